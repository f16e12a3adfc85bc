#include "retrieval/filter/filter.h"

#include <cmath>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/text/utf8.h"

namespace footnote::retrieval {
namespace {

struct Totals {
  size_t conditions = 0;
  size_t values = 0;
};

absl::Status CheckFilterText(absl::string_view what, absl::string_view text) {
  if (text.size() > kMaxFilterTextBytes) {
    return absl::InvalidArgumentError(absl::StrCat(what, " has ", text.size(), " bytes; at most ",
                                                   kMaxFilterTextBytes, " are allowed"));
  }
  if (!transformer::IsValidUtf8(text)) {
    return absl::InvalidArgumentError(absl::StrCat(what, " isn't valid UTF-8"));
  }
  return absl::OkStatus();
}

absl::Status CheckCondition(const Filter& filter, Totals* totals) {
  if (filter.field.empty()) {
    return absl::InvalidArgumentError(
        "a condition has no field; name \"doc\", \"title\", \"source\" or a key of the metadata");
  }
  FN_RETURN_IF_ERROR(CheckFilterText("the field's name", filter.field));
  const std::string name = absl::StrCat("the condition on \"", filter.field, "\"");
  if (filter.field == kMetadataPrefix) {
    return absl::InvalidArgumentError(absl::StrCat(name, " names no key after the dot"));
  }
  if (++totals->conditions > kMaxFilterConditions) {
    return absl::InvalidArgumentError(
        absl::StrCat("it has more than ", kMaxFilterConditions,
                     " conditions; name several values of one field in one condition"));
  }
  totals->values += filter.values.size();
  if (totals->values > kMaxFilterValues) {
    return absl::InvalidArgumentError(absl::StrCat("it has more than ", kMaxFilterValues,
                                                   " values; split it into several requests"));
  }
  const bool is_set = filter.kind == Filter::Kind::kOneOf;
  const size_t wanted = filter.kind == Filter::Kind::kExists ? 0 : 1;
  if (is_set ? filter.values.empty() : filter.values.size() != wanted) {
    return absl::InvalidArgumentError(absl::StrCat(name, " has ", filter.values.size(),
                                                   " values; it takes ",
                                                   is_set ? "at least 1" : absl::StrCat(wanted)));
  }
  for (const FilterValue& value : filter.values) {
    if (const double* number = std::get_if<double>(&value); number != nullptr) {
      if (!std::isfinite(*number)) {
        return absl::InvalidArgumentError(absl::StrCat(name, " has a number that isn't finite"));
      }
      if (filter.kind == Filter::Kind::kPrefix) {
        return absl::InvalidArgumentError(
            absl::StrCat(name, ": a prefix is a text; put it in quotes"));
      }
    } else {
      FN_RETURN_IF_ERROR(
          CheckFilterText(absl::StrCat("a value of ", name), std::get<std::string>(value)));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckPart(const Filter& filter, int depth, Totals* totals) {
  if (depth > kMaxFilterDepth) {
    return absl::InvalidArgumentError(
        absl::StrCat("it is nested deeper than ", kMaxFilterDepth, " levels; write it flatter"));
  }
  if (!filter.IsGroup()) return CheckCondition(filter, totals);
  if (filter.children.empty()) {
    return absl::InvalidArgumentError("a group has no condition; leave it out, or give it one");
  }
  for (const Filter& child : filter.children) {
    FN_RETURN_IF_ERROR(CheckPart(child, depth + 1, totals));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckFilter(const Filter& filter) {
  Totals totals;
  absl::Status status = CheckPart(filter, 1, &totals);
  if (status.ok()) return status;
  return absl::InvalidArgumentError(absl::StrCat("the filter: ", status.message()));
}

bool ReadNumber(absl::string_view text, double* number) {
  if (text.empty() || text.find_first_not_of("0123456789+-.eE") != absl::string_view::npos) {
    return false;  // SimpleAtod also takes blanks, hexadecimal, "inf" and "nan"
  }
  double value = 0;
  if (!absl::SimpleAtod(text, &value) || !std::isfinite(value)) return false;
  *number = value;
  return true;
}

}  // namespace footnote::retrieval
