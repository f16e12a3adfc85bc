#include "services/filter_messages.h"

#include <string>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"

namespace footnote::services {
namespace {

using google::protobuf::Value;
using retrieval::Filter;
using retrieval::FilterValue;

absl::StatusOr<FilterValue> ValueFromProto(const std::string& field, const Value& value) {
  switch (value.kind_case()) {
    case Value::kStringValue:
      return FilterValue(value.string_value());
    case Value::kNumberValue:
      return FilterValue(value.number_value());
    default:
      return absl::InvalidArgumentError(
          absl::StrCat("the filter: a value for \"", field,
                       "\" is neither a string nor a number; write truth values as strings"));
  }
}

// The tests of a message's own field, added to `parts`.
absl::Status AddTests(const v1::Filter& message, std::vector<Filter>* parts) {
  const auto add = [&](Filter::Kind kind, std::vector<FilterValue> values) {
    Filter& part = parts->emplace_back();
    part.kind = kind;
    part.field = message.field();
    part.values = std::move(values);
  };
  const auto compare = [&](bool has, Filter::Kind kind,
                           const Value& message_value) -> absl::Status {
    if (!has) return absl::OkStatus();
    FN_ASSIGN_OR_RETURN(FilterValue value, ValueFromProto(message.field(), message_value));
    add(kind, {std::move(value)});
    return absl::OkStatus();
  };
  FN_RETURN_IF_ERROR(compare(message.has_equals(), Filter::Kind::kOneOf, message.equals()));
  FN_RETURN_IF_ERROR(compare(message.has_lt(), Filter::Kind::kBelow, message.lt()));
  FN_RETURN_IF_ERROR(compare(message.has_lte(), Filter::Kind::kAtMost, message.lte()));
  FN_RETURN_IF_ERROR(compare(message.has_gt(), Filter::Kind::kAbove, message.gt()));
  FN_RETURN_IF_ERROR(compare(message.has_gte(), Filter::Kind::kAtLeast, message.gte()));
  if (!message.one_of().empty()) {
    std::vector<FilterValue> values;
    for (const Value& value : message.one_of()) {
      FN_ASSIGN_OR_RETURN(FilterValue one, ValueFromProto(message.field(), value));
      values.push_back(std::move(one));
    }
    add(Filter::Kind::kOneOf, std::move(values));
  }
  if (message.has_prefix()) add(Filter::Kind::kPrefix, {message.prefix()});
  if (message.has_exists()) {
    add(Filter::Kind::kExists, {});
    if (!message.exists()) {
      Filter absent;
      absent.kind = Filter::Kind::kNone;
      absent.children.push_back(std::move(parts->back()));
      parts->back() = std::move(absent);
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Filter> FromMessage(const v1::Filter& message, int depth) {
  if (depth > retrieval::kMaxFilterDepth) {
    return absl::InvalidArgumentError(absl::StrCat("the filter: it is nested deeper than ",
                                                   retrieval::kMaxFilterDepth,
                                                   " levels; write it flatter"));
  }
  std::vector<Filter> parts;
  const auto children_of = [depth](const auto& messages, std::vector<Filter>* out) -> absl::Status {
    for (const v1::Filter& child : messages) {
      FN_ASSIGN_OR_RETURN(Filter filter, FromMessage(child, depth + 1));
      out->push_back(std::move(filter));
    }
    return absl::OkStatus();
  };
  FN_RETURN_IF_ERROR(children_of(message.all(), &parts));
  for (const auto& [kind, messages] : {std::pair(Filter::Kind::kAny, &message.any()),
                                       std::pair(Filter::Kind::kNone, &message.none())}) {
    if (messages->empty()) continue;
    Filter group;
    group.kind = kind;
    FN_RETURN_IF_ERROR(children_of(*messages, &group.children));
    parts.push_back(std::move(group));
  }
  const size_t groups = parts.size();
  FN_RETURN_IF_ERROR(AddTests(message, &parts));
  if (parts.size() == groups && !message.field().empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("the filter: nothing is asked of \"", message.field(),
                     "\"; set equals, one_of, lt, lte, gt, gte, prefix or exists"));
  }
  if (parts.empty()) {
    return absl::InvalidArgumentError(
        "the filter: it is empty; set all, any or none, or a field and a test, or leave it out");
  }
  if (parts.size() == 1) return std::move(parts[0]);
  Filter all;
  all.children = std::move(parts);
  return all;
}

void SetValue(const FilterValue& value, Value* message) {
  if (const double* number = std::get_if<double>(&value); number != nullptr) {
    message->set_number_value(*number);
  } else {
    message->set_string_value(std::get<std::string>(value));
  }
}

}  // namespace

absl::StatusOr<Filter> FilterFromProto(const v1::Filter& message) {
  FN_ASSIGN_OR_RETURN(Filter filter, FromMessage(message, 1));
  FN_RETURN_IF_ERROR(retrieval::CheckFilter(filter));
  return filter;
}

v1::Filter ToProto(const Filter& filter) {
  v1::Filter out;
  out.set_field(filter.field);
  for (const Filter& child : filter.children) {
    if (filter.kind == Filter::Kind::kAll) *out.add_all() = ToProto(child);
    if (filter.kind == Filter::Kind::kAny) *out.add_any() = ToProto(child);
    if (filter.kind == Filter::Kind::kNone) *out.add_none() = ToProto(child);
  }
  switch (filter.kind) {
    case Filter::Kind::kBelow:
      SetValue(filter.values[0], out.mutable_lt());
      break;
    case Filter::Kind::kAtMost:
      SetValue(filter.values[0], out.mutable_lte());
      break;
    case Filter::Kind::kAbove:
      SetValue(filter.values[0], out.mutable_gt());
      break;
    case Filter::Kind::kAtLeast:
      SetValue(filter.values[0], out.mutable_gte());
      break;
    case Filter::Kind::kPrefix:
      out.set_prefix(std::get<std::string>(filter.values[0]));
      break;
    case Filter::Kind::kExists:
      out.set_exists(true);
      break;
    default:  // groups are done; kOneOf
      if (filter.values.size() == 1) SetValue(filter.values[0], out.mutable_equals());
      for (size_t i = 0; filter.values.size() > 1 && i < filter.values.size(); ++i) {
        SetValue(filter.values[i], out.add_one_of());
      }
  }
  return out;
}

}  // namespace footnote::services
