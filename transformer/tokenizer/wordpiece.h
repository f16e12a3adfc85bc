#ifndef FOOTNOTE_TRANSFORMER_TOKENIZER_WORDPIECE_H_
#define FOOTNOTE_TRANSFORMER_TOKENIZER_WORDPIECE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "transformer/tokenizer/added_tokens.h"
#include "transformer/tokenizer/character_map.h"
#include "transformer/tokenizer/decoder.h"
#include "transformer/tokenizer/tokenizer.h"

namespace footnote::transformer {

// Everything that the files of a BERT tokenizer say.
struct WordPieceSpec {
  std::vector<std::pair<std::string, int32_t>> vocab;
  std::string unk_token = "[UNK]";
  std::string continuing_prefix = "##";
  int max_chars_per_word = 100;  // a longer word is unknown
  BertNormalization normalization;
  std::vector<AddedToken> added_tokens;
  // What Encode puts before and after the text's ids.
  std::vector<int32_t> prefix_ids;
  std::vector<int32_t> suffix_ids;
  SpecialTokens special;
  std::shared_ptr<const Decoder> decoder;  // null: a space between tokens
  std::string content_hash;
};

// The tokenizer of BERT: BertNormalizer, BertPreTokenizer and greedy
// longest-match WordPiece, with the ids of `tokenizers`. Errors: DataLoss (the
// vocabulary lacks unk_token or has an id that is negative or far beyond its size,
// or max_chars_per_word is outside [1, 1000]). Messages begin with `name`.
absl::StatusOr<std::unique_ptr<const Tokenizer>> MakeWordPieceTokenizer(const std::string& name,
                                                                        WordPieceSpec spec);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TOKENIZER_WORDPIECE_H_
