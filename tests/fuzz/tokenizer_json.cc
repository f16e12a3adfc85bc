// Any bytes as a tokenizer.json, as a vocab.txt, and what is read from them at work.
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "transformer/tokenizer/wordpiece_files.h"

namespace {

// Building a tokenizer's table of characters takes half a second under the sanitizers, against
// microseconds for the parsing, so one length in 64 is built; the corpus has such inputs.
void Use(absl::StatusOr<footnote::transformer::WordPieceSpec> spec, bool build) {
  if (!spec.ok() || !build) return;
  const auto tokenizer = footnote::transformer::MakeWordPieceTokenizer("fuzz", *std::move(spec));
  if (!tokenizer.ok()) return;
  const absl::string_view text = "Café [MASK] a 中文 unaffable";
  for (const int32_t id : (*tokenizer)->Encode(text, 64)) {
    if (id < 0 || id >= (*tokenizer)->vocab_size()) std::abort();
    (*tokenizer)->TokenText(id);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const bool build = size % 64 == 0;
  Use(footnote::transformer::ParseTokenizerJson(text, "tokenizer.json"), build);
  const absl::string_view vocab = "[UNK]\n[CLS]\n[SEP]\na\n##b\n";
  Use(footnote::transformer::ParseVocabTxt(text, "vocab.txt", "", ""), build);
  Use(footnote::transformer::ParseVocabTxt(vocab, "vocab.txt", text, "tokenizer_config.json"),
      build);
  return 0;
}
