// Any bytes as text, through a tokenizer with a small vocabulary that has all kinds of tokens. The
// two ways of counting agree, ids are in range, and a cut changes nothing before it.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "transformer/tokenizer/wordpiece.h"

namespace {

using footnote::transformer::MakeWordPieceTokenizer;
using footnote::transformer::Tokenizer;
using footnote::transformer::WordPieceSpec;

std::unique_ptr<const Tokenizer> Make(bool normalize) {
  WordPieceSpec spec;
  spec.vocab = {{"[UNK]", 0}, {"[CLS]", 1}, {"[SEP]", 2}, {"a", 3},    {"##a", 4}, {"ab", 5},
                {"##b", 6},   {"é", 7},     {"##e", 8},   {"中", 9},   {"=", 10},  {"##\u0301", 11},
                {"A", 12},    {"##中", 13}, {"ᄀ", 14},   {"##ᅡ", 15}};
  spec.added_tokens = {{"[CLS]", 1}, {"[SEP]", 2}, {"中a", 16}};
  spec.prefix_ids = {1};
  spec.suffix_ids = {2};
  spec.max_chars_per_word = 5;
  if (!normalize) spec.normalization = {false, false, false, false};
  auto tokenizer = MakeWordPieceTokenizer("fuzz", std::move(spec));
  if (!tokenizer.ok()) std::abort();
  return *std::move(tokenizer);
}

void Check(const Tokenizer& tokenizer, absl::string_view text) {
  const auto ids = tokenizer.Encode(text, 1 << 30);
  if (ids.size() != static_cast<size_t>(tokenizer.CountTokens(text)) + 2) std::abort();
  for (const int32_t id : ids) {
    if (id < 0 || id >= tokenizer.vocab_size()) std::abort();
  }
  for (const int max_tokens : {2, 3, 5, 9}) {
    const auto cut = tokenizer.Encode(text, max_tokens);
    if (cut.size() != std::min<size_t>(ids.size(), max_tokens)) std::abort();
    if (!std::equal(cut.begin(), cut.end() - 1, ids.begin())) std::abort();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::unique_ptr<const Tokenizer> kNormalizing = Make(true);
  static const std::unique_ptr<const Tokenizer> kPlain = Make(false);
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  Check(*kNormalizing, text);
  Check(*kPlain, text);
  return 0;
}
