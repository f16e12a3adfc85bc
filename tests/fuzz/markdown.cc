// Any bytes as a Markdown file: sound blocks or a clean error.
#include <cstdint>
#include <cstdio>
#include <cstdlib>

#include "ingest/readers/markdown_reader.h"
#include "tests/ingest/readers/describe.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const auto content =
      footnote::ingest::ReadMarkdown(absl::string_view(reinterpret_cast<const char*>(data), size));
  if (!content.ok()) return 0;
  const std::string unsound = footnote::ingest::Unsound(*content);
  if (unsound.empty()) return 0;
  std::fprintf(stderr, "%s\n", unsound.c_str());
  std::abort();
}
