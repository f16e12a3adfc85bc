#ifndef FOOTNOTE_TRANSFORMER_CONVERT_TOKENIZER_CHECK_H_
#define FOOTNOTE_TRANSFORMER_CONVERT_TOKENIZER_CHECK_H_

#include <string>

#include "absl/status/status.h"
#include "transformer/tokenizer/tokenizer.h"

namespace footnote::transformer {

// That both give the same tokens of some built-in texts in many scripts, and
// decode them to the same. Errors: Unimplemented: beginning with `what`, and with
// the text that differs.
absl::Status CheckSameTokens(const Tokenizer& before, const Tokenizer& after,
                             const std::string& what);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_CONVERT_TOKENIZER_CHECK_H_
