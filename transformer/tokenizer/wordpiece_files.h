#ifndef FOOTNOTE_TRANSFORMER_TOKENIZER_WORDPIECE_FILES_H_
#define FOOTNOTE_TRANSFORMER_TOKENIZER_WORDPIECE_FILES_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json_fwd.hpp"
#include "transformer/tokenizer/wordpiece.h"

namespace footnote::transformer {

// What a tokenizer.json of a BERT model says; `json` is its text and `name` its path, for
// messages. Its truncation and padding are left out: Encode's caller decides.
// Errors: DataLoss (damaged), Unimplemented (a normalizer, pre-tokenizer, model
// or post-processor of another kind, or an added token that is matched after
// normalisation or as a single word; the message names it).
absl::StatusOr<WordPieceSpec> ParseTokenizerJson(absl::string_view json, absl::string_view name);

// The same from parsed JSON.
absl::StatusOr<WordPieceSpec> ParseBertTokenizer(const nlohmann::json& root,
                                                 absl::string_view name);

// What a vocab.txt and the tokenizer_config.json beside it say; `config_json`
// may be empty where that file is missing, and then it is an uncased BERT.
// Errors: as above.
absl::StatusOr<WordPieceSpec> ParseVocabTxt(absl::string_view vocab, absl::string_view vocab_name,
                                            absl::string_view config_json,
                                            absl::string_view config_name);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TOKENIZER_WORDPIECE_FILES_H_
