#ifndef FOOTNOTE_RETRIEVAL_FILTER_EXPRESSION_SCANNER_H_
#define FOOTNOTE_RETRIEVAL_FILTER_EXPRESSION_SCANNER_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace footnote::retrieval {

inline constexpr size_t kMaxExpressionBytes = 64 << 10;
// Of brackets, "not" and signs: a bound on the stack of who parses.
inline constexpr int kMaxExpressionDepth = 64;

// Walks over an expression that a person wrote: a filter or a boost. Blanks before
// what is taken are passed over. Never leaves the text, which it must not outlive.
class ExpressionScanner {
 public:
  // `what` names the expression in errors: "the filter". Errors: InvalidArgument
  // (too long, not UTF-8).
  static absl::StatusOr<ExpressionScanner> Make(absl::string_view what, absl::string_view text);

  // The error that something else stands here; names the byte (from 1) and what is there.
  absl::Status Wrong(absl::string_view expected) const;

  bool AtEnd();
  // The character that comes next; '\0' at the end.
  char Peek();
  // The name or keyword that comes next, or nothing.
  absl::string_view PeekWord();
  // Whether `keyword`, in either case, comes next and was taken; `sign` likewise.
  bool TakeWord(absl::string_view keyword);
  bool Take(absl::string_view sign);

  // A field's name: a letter or '_', then letters, digits, '_', '-' and '.'; any
  // other name without a back quote between back quotes. `is_keyword` names those
  // that must be quoted; `otherwise` is what else could stand there, for the error.
  absl::StatusOr<std::string> Field(bool (*is_keyword)(absl::string_view),
                                    absl::string_view otherwise);
  absl::StatusOr<double> Number(absl::string_view expected);
  // The same without a sign, which ends where a sign follows: "2" of "2-1".
  absl::StatusOr<double> UnsignedNumber(absl::string_view expected);
  // A text between '"' or '\'', which comes next; \\ stands for a backslash, \" and
  // \' for quotes.
  absl::StatusOr<std::string> Quoted();

 private:
  ExpressionScanner(absl::string_view what, absl::string_view text) : what_(what), text_(text) {}
  void SkipBlanks();

  absl::string_view what_;
  absl::string_view text_;
  size_t at_ = 0;
};

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_FILTER_EXPRESSION_SCANNER_H_
