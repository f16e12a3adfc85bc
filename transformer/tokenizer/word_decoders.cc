// Decoders that put spaces between tokens.
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "transformer/tokenizer/decoder.h"

namespace footnote::transformer {
namespace {

// The replacements of `tokenizers`, one after the other.
void CleanUp(std::string* text) {
  static constexpr std::pair<absl::string_view, absl::string_view> kReplacements[] = {
      {" .", "."},   {" ?", "?"},     {" !", "!"},     {" ,", ","},
      {" ' ", "'"},  {" n't", "n't"}, {" 'm", "'m"},   {" do not", " don't"},
      {" 's", "'s"}, {" 've", "'ve"}, {" 're", "'re"},
  };
  for (const auto& replacement : kReplacements) absl::StrReplaceAll({replacement}, text);
}

class WordPieceDecoder final : public Decoder {
 public:
  WordPieceDecoder(std::string prefix, bool cleanup)
      : prefix_(std::move(prefix)), cleanup_(cleanup) {}

  void Decode(std::vector<std::string>* tokens) const override {
    for (size_t i = 0; i < tokens->size(); ++i) {
      std::string& token = (*tokens)[i];
      if (i > 0) {
        token = Middle(std::move(token));
      } else if (cleanup_) {
        CleanUp(&token);
      }
    }
  }

  std::string Middle(std::string token) const override {
    if (!prefix_.empty() && absl::StartsWith(token, prefix_)) {
      token.erase(0, prefix_.size());
    } else {
      token.insert(0, 1, ' ');
    }
    if (cleanup_) CleanUp(&token);
    return token;
  }

 private:
  const std::string prefix_;
  const bool cleanup_;
};

class SpaceDecoder final : public Decoder {
 public:
  void Decode(std::vector<std::string>* tokens) const override {
    for (size_t i = 1; i < tokens->size(); ++i) (*tokens)[i] = Middle(std::move((*tokens)[i]));
  }
  std::string Middle(std::string token) const override { return absl::StrCat(" ", token); }
};

}  // namespace

DecoderPtr MakeWordPieceDecoder(std::string prefix, bool cleanup) {
  return std::make_unique<WordPieceDecoder>(std::move(prefix), cleanup);
}

DecoderPtr MakeSpaceDecoder() { return std::make_unique<SpaceDecoder>(); }

std::string DecodeTokens(const Decoder& decoder, std::vector<std::string> tokens) {
  decoder.Decode(&tokens);
  return absl::StrJoin(tokens, "");
}

}  // namespace footnote::transformer
