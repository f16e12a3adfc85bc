#ifndef FOOTNOTE_RETRIEVAL_FILTER_FILTER_PARSER_H_
#define FOOTNOTE_RETRIEVAL_FILTER_FILTER_PARSER_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "retrieval/filter/expression_scanner.h"
#include "retrieval/filter/filter.h"

// A filter as a person writes it:
//
//   lang = "en" and (year >= 2020 or not exists(draft))
//
//   filter    = and-part { "or" and-part }
//   and-part  = not-part { "and" not-part }
//   not-part  = "not" not-part | "(" filter ")" | condition
//   condition = field ( "=" | "!=" | "<" | "<=" | ">" | ">=" ) value
//             | field [ "not" ] "in" "(" value { "," value } ")"
//             | "exists" "(" field ")"
//             | "prefix" "(" field "," text ")"
//   field     = a letter or '_', then letters, digits, '_', '-' and '.'; any
//               other name without a back quote between back quotes
//   value     = number | text
//   text      = between '"' or '\'', where \\ stands for a backslash, \" and \' for quotes
//
// Words are of either case. a != b is not a = b: documents without the field pass.
namespace footnote::retrieval {

// Errors: InvalidArgument; the message names the byte (from 1) and what is there,
// and says what is expected.
absl::StatusOr<Filter> ParseFilter(absl::string_view text);
// One that is part of something else, within `depth` brackets; not yet checked.
absl::StatusOr<Filter> ParseFilterAt(ExpressionScanner* scanner, int depth);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_FILTER_FILTER_PARSER_H_
