#ifndef FOOTNOTE_TESTS_GENERATOR_BYTE_TOKENIZER_H_
#define FOOTNOTE_TESTS_GENERATOR_BYTE_TOKENIZER_H_

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "transformer/text/utf8.h"
#include "transformer/tokenizer/tokenizer.h"

namespace footnote::generator {

// A tokenizer for tests, without files: ids 0 to 255 are bytes, then come <s>
// (256), </s> (257) and <|user|> (258), which are special, then the given longer
// pieces, of which the longest that fits is taken.
class ByteTokenizer : public transformer::Tokenizer {
 public:
  static constexpr int32_t kBos = 256;
  static constexpr int32_t kEos = 257;
  static constexpr int32_t kUser = 258;
  static constexpr int32_t kFirstPiece = 259;

  explicit ByteTokenizer(std::vector<std::string> pieces = {}) {
    for (int i = 0; i < 256; ++i) texts_.push_back(std::string(1, static_cast<char>(i)));
    for (const char* special : {"<s>", "</s>", "<|user|>"}) texts_.emplace_back(special);
    for (std::string& piece : pieces) texts_.push_back(std::move(piece));
    special_.bos = kBos;
    special_.eos = kEos;
  }

  std::vector<int32_t> Encode(absl::string_view text, int max_tokens) const override {
    std::vector<int32_t> ids = Tokenize(text, {});
    if (ids.size() > static_cast<size_t>(max_tokens)) ids.resize(max_tokens);
    return ids;
  }
  int CountTokens(absl::string_view text) const override {
    return static_cast<int>(Tokenize(text, {false, false}).size());
  }
  std::vector<int32_t> Tokenize(absl::string_view text,
                                const transformer::TokenizeOptions& options) const override {
    std::vector<int32_t> ids;
    if (options.add_special) ids.push_back(kBos);
    while (!text.empty()) {
      int32_t best = static_cast<unsigned char>(text[0]);
      for (int32_t id = kBos; id < vocab_size(); ++id) {
        if (IsSpecial(id) && !options.parse_special) continue;
        if (absl::StartsWith(text, texts_[id]) && texts_[id].size() > texts_[best].size()) {
          best = id;
        }
      }
      ids.push_back(best);
      text.remove_prefix(texts_[best].size());
    }
    return ids;
  }
  std::string Decode(absl::Span<const int32_t> ids, bool skip_special) const override {
    std::string bytes;
    for (const int32_t id : ids) {
      if (!(skip_special && IsSpecial(id))) bytes += TokenBytes(id);
    }
    return transformer::ReplaceInvalidUtf8(bytes);
  }
  int SpecialCount() const override { return 1; }
  const transformer::SpecialTokens& special() const override { return special_; }
  int vocab_size() const override { return static_cast<int>(texts_.size()); }
  absl::string_view TokenText(int32_t id) const override {
    return id >= 0 && id < vocab_size() ? absl::string_view(texts_[id]) : absl::string_view();
  }
  std::string TokenBytes(int32_t id) const override { return std::string(TokenText(id)); }
  bool IsSpecial(int32_t id) const override { return id >= kBos && id < kFirstPiece; }
  absl::string_view kind() const override { return "bytes"; }
  const std::string& content_hash() const override { return hash_; }

 private:
  std::vector<std::string> texts_;
  transformer::SpecialTokens special_;
  std::string hash_ = "bytes";
};

}  // namespace footnote::generator

#endif  // FOOTNOTE_TESTS_GENERATOR_BYTE_TOKENIZER_H_
