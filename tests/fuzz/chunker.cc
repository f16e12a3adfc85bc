// Any bytes as an HTML page or a text file, in chunks for embedders of any size: the
// first byte chooses both.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "ingest/chunker.h"
#include "ingest/readers/html_reader.h"
#include "ingest/readers/text_reader.h"
#include "tests/ingest/chunk_checks.h"
#include "tests/ingest/fake_embedder.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace footnote::ingest;
  if (size == 0) return 0;
  const absl::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto content = data[0] % 2 == 0 ? ReadText(bytes) : ReadHtml(bytes);
  if (!content.ok()) return 0;
  const FakeEmbedder embedder(18 + data[0]);
  ChunkerOptions options;
  if (data[0] % 4 < 2) options.max_chunk_bytes = 100;
  const auto chunks = MakeChunks(*content, content->title, embedder, options);
  const std::string unsound = UnsoundChunks(*content, chunks, embedder, options);
  if (unsound.empty()) return 0;
  std::fprintf(stderr, "%s\n", unsound.c_str());
  std::abort();
}
