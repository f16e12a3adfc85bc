#ifndef FOOTNOTE_RETRIEVAL_FILTER_BOOST_H_
#define FOOTNOTE_RETRIEVAL_FILTER_BOOST_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "retrieval/filter/filter.h"

namespace footnote::retrieval {

// A number that depends on a document's fields. A plain value.
struct Boost {
  enum class Kind : uint8_t {
    kNumber,   // `number`
    kField,    // the field as a number; `number` where it isn't one
    kRecent,   // 0.5 ^ (age / `number` days) by the date in the field: 1 for now and
               // what is to come, 0 where there is no date
    kPasses,   // 1 if the document passes `filter`, else 0
    kSum,      // of the children
    kProduct,  // of the children
    kMin,      // the least of the children
    kMax,      // the greatest
    kLog,      // ln(1 + x) of the child, 0 below 0
  };
  Kind kind = Kind::kNumber;
  double number = 0;
  std::string field;  // as a Filter's
  Filter filter;
  std::vector<Boost> children;
};

inline constexpr size_t kMaxBoostBytes = 4096;

// A boost as a person writes it:
//
//   1 + 0.5 * recent(updated, 180) + 0.2 * passes(type = "manual") - 0.1 * log(number(age))
//
//   boost    = product { ( "+" | "-" ) product }
//   product  = factor { "*" factor }
//   factor   = number | "-" factor | "(" boost ")" | function
//   function = "recent" "(" field "," days ")"
//            | "number" "(" field [ "," default ] ")"
//            | "passes" "(" filter ")"
//            | ( "min" | "max" ) "(" boost { "," boost } ")"
//            | "log" "(" boost ")"
//
// A date is written 2024, 2024-02, 2024-02-29 or 2024-02-29T12:30:00Z. Errors:
// InvalidArgument; the message names the byte (from 1) and says what is expected.
absl::StatusOr<Boost> ParseBoost(absl::string_view text);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_FILTER_BOOST_H_
