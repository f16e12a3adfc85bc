#ifndef FOOTNOTE_RETRIEVAL_FILTER_FILTER_H_
#define FOOTNOTE_RETRIEVAL_FILTER_FILTER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace footnote::retrieval {

// What a field is compared with. A text is compared byte by byte, so ISO dates
// ("2024-02-29") are in their order. A number is compared with the field's value
// read as a decimal number; a value that isn't one differs from every number and
// is in no range of numbers.
using FilterValue = std::variant<std::string, double>;

// Which documents a search, an answer or a delete is about: a condition on one
// field, or several filters joined. A plain value; CheckFilter says whether it
// is sound, and who takes filters from outside asks it.
//
// A field is "doc" (the document's id), "title" or "source", or else a key of
// the document's metadata; "meta.K" is always the key K, whatever its name. A
// document without the field passes no condition on it.
struct Filter {
  enum class Kind : uint8_t {
    kAll,      // every child passes
    kAny,      // at least one child passes
    kNone,     // no child passes
    kOneOf,    // the field equals one of `values`
    kBelow,    // the field < values[0]; and so on
    kAtMost,   // <=
    kAbove,    // >
    kAtLeast,  // >=
    kPrefix,   // the field begins with the text values[0]
    kExists,   // the document has the field
  };
  Kind kind = Kind::kAll;
  std::string field;                // of conditions
  std::vector<FilterValue> values;  // kOneOf: at least one; kExists: none; else one
  std::vector<Filter> children;     // of kAll, kAny and kNone: at least one
  friend bool operator==(const Filter&, const Filter&) = default;

  bool IsGroup() const { return kind <= Kind::kNone; }
};

inline constexpr int kMaxFilterDepth = 12;            // a condition alone has 1
inline constexpr size_t kMaxFilterConditions = 1000;  // of the whole filter
inline constexpr size_t kMaxFilterValues = 10000;     // of the whole filter
inline constexpr size_t kMaxFilterTextBytes = 4096;   // of a field or a value
inline constexpr char kMetadataPrefix[] = "meta.";

// Errors: InvalidArgument: an empty group, a condition without its field or
// value, a number that isn't finite, text that isn't UTF-8, or more of anything
// than the limits above. The message says how to mend it.
absl::Status CheckFilter(const Filter& filter);

// Reads a value as a decimal number, such as "-12.5" or "1e3". False, and
// `*number` untouched, if it isn't one or isn't finite.
bool ReadNumber(absl::string_view text, double* number);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_FILTER_FILTER_H_
