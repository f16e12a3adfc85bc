#ifndef FOOTNOTE_TRANSFORMER_TOKENIZER_GGUF_VOCABULARY_H_
#define FOOTNOTE_TRANSFORMER_TOKENIZER_GGUF_VOCABULARY_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "transformer/tokenizer/added_tokens.h"
#include "transformer/tokenizer/post_processor.h"
#include "transformer/tokenizer/token_model.h"
#include "transformer/tokenizer/tokenizer.h"
#include "transformer/tokenizer/vocabulary.h"
#include "transformer/weights/gguf.h"

namespace footnote::transformer {

// Values of tokenizer.ggml.token_type; any other number is read as kUndefined.
enum class GgufTokenType { kUndefined, kNormal, kUnknown, kControl, kUserDefined, kUnused, kByte };

// What begins a word in SentencePiece's tokens.
inline constexpr absl::string_view kSpaceMark = "\xE2\x96\x81";

// The tokens of a GGUF file, with what all kinds of tokenizers have in common,
// checked. Errors are DataLoss and name the file. It views `metadata` and `name`.
class GgufVocabulary {
 public:
  GgufVocabulary(const GgufMetadata& metadata, absl::string_view name)
      : metadata_(metadata), name_(name) {}

  // Before anything else.
  absl::Status ReadTokens();

  absl::StatusOr<std::vector<double>> Scores() const;
  // -1 where the key is missing.
  absl::StatusOr<int32_t> TokenId(const char* key) const;
  absl::StatusOr<bool> Flag(const char* key, bool otherwise) const;
  absl::StatusOr<SpecialTokens> Special() const;
  // Control tokens are special; those that a user defined are not.
  std::vector<AddedToken> AddedTokens() const;
  // `bos` and `eos`: what is added unless the file says otherwise.
  absl::StatusOr<SpecialFrame> Frame(const SpecialTokens& special, bool bos, bool eos) const;
  // Of equal texts only the first can be met in a text.
  Vocabulary::Entries Entries() const;
  // The merges of a byte-level BPE.
  absl::StatusOr<std::vector<BpeSpec::Merge>> Merges() const;
  // tokenizer.ggml.pre; "gpt-2" where it is missing.
  absl::StatusOr<std::string> Pre() const;
  // SentencePiece's table of characters; empty: none.
  std::string Charsmap() const;
  // Changes with everything that is read here.
  std::string Hash() const;

  absl::Status Damaged(absl::string_view what) const;

  absl::string_view name() const { return name_; }
  const std::vector<std::string>& tokens() const { return tokens_; }
  const std::vector<GgufTokenType>& types() const { return types_; }

 private:
  const GgufMetadata& metadata_;
  const absl::string_view name_;
  std::vector<std::string> tokens_;
  std::vector<GgufTokenType> types_;
};

// SentencePiece joins the pair whose token has the highest score, so the merges
// are all ways to make a token of two, ranked by its score.
std::vector<BpeSpec::Merge> MergesByScore(const GgufVocabulary& vocabulary,
                                          const std::vector<double>& scores,
                                          std::vector<uint32_t>* ranks);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TOKENIZER_GGUF_VOCABULARY_H_
