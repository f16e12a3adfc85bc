#ifndef FOOTNOTE_TRANSFORMER_TOKENIZER_TOKEN_MODEL_H_
#define FOOTNOTE_TRANSFORMER_TOKENIZER_TOKEN_MODEL_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "transformer/tokenizer/pre_tokenizer.h"
#include "transformer/tokenizer/vocabulary.h"

namespace footnote::transformer {

// The step of a tokenizer that turns pieces of text into ids. Immutable and
// thread-safe.
class TokenModel {
 public:
  virtual ~TokenModel() = default;
  // Appends the ids of every piece.
  virtual void Tokenize(const Pieces& pieces, std::vector<int32_t>* ids) const = 0;
  virtual const Vocabulary& vocabulary() const = 0;
  // For people: "byte-level BPE".
  virtual absl::string_view kind() const = 0;
};

using TokenModelPtr = std::unique_ptr<const TokenModel>;

// The ids of "<0x00>" to "<0xFF>", for characters that the vocabulary lacks; -1
// where there is none.
std::array<int32_t, 256> ByteTokens(const Vocabulary& vocabulary);

// Byte-pair encoding: the parts of a word are joined, the pair of the lowest rank
// first, and of equal ones the leftmost. Source: Sennrich et al. 2016,
// https://arxiv.org/abs/1508.07909; ids as `tokenizers` gives them.
struct BpeSpec {
  struct Merge {
    std::string left, right;
  };
  Vocabulary::Entries vocab;
  std::vector<Merge> merges;
  std::vector<uint32_t> ranks;  // of the merges; empty: the earlier, the lower
  std::string unk_token;        // for unknown characters; empty: they are left out
  bool fuse_unk = false;        // a run of unknown characters is one token
  bool byte_fallback = false;   // unknown characters become their bytes' tokens
  bool ignore_merges = false;   // a word that is a token is that token
  std::string continuing_prefix;
  std::string end_of_word_suffix;
  // The pieces are bytes, and the vocabulary is written in GPT-2's byte alphabet.
  bool raw_bytes = false;
};

// Errors: DataLoss (a merge of tokens that the vocabulary lacks; no unk_token).
absl::StatusOr<TokenModelPtr> MakeBpe(absl::string_view name, BpeSpec spec);

// Whether the vocabulary has all 256 characters of GPT-2's byte alphabet, so that
// BpeSpec::raw_bytes may be set.
bool HasByteAlphabet(const Vocabulary::Entries& vocab);

// Unigram: the most probable split of a word into tokens. Source: Kudo 2018,
// https://arxiv.org/abs/1804.10959.
struct UnigramSpec {
  std::vector<std::pair<std::string, double>> vocab;  // with scores, by id
  int32_t unk_id = -1;
  bool byte_fallback = false;
};

// Errors: DataLoss (unk_id is not in the vocabulary, a score is no number).
absl::StatusOr<TokenModelPtr> MakeUnigram(absl::string_view name, const UnigramSpec& spec);

// WordPiece: the longest token again and again. (MakeWordPieceTokenizer is the
// fast one for BERT's whole pipeline.)
struct WordPieceModelSpec {
  Vocabulary::Entries vocab;
  std::string unk_token = "[UNK]";
  std::string continuing_prefix = "##";
  int64_t max_chars_per_word = 100;
};

// Errors: DataLoss (no unk_token).
absl::StatusOr<TokenModelPtr> MakeWordPieceModel(absl::string_view name,
                                                 const WordPieceModelSpec& spec);

// WordLevel: a piece is a token or unknown. Errors: DataLoss (no unk_token).
absl::StatusOr<TokenModelPtr> MakeWordLevel(absl::string_view name,
                                            const Vocabulary::Entries& vocab,
                                            const std::string& unk_token);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TOKENIZER_TOKEN_MODEL_H_
