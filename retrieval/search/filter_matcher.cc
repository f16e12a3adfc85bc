#include "retrieval/search/filter_matcher.h"

#include <algorithm>
#include <variant>

#include "absl/strings/match.h"

namespace footnote::retrieval {
namespace {

// How `value` stands to `bound`.
template <typename T>
bool InRange(Filter::Kind kind, const T& value, const T& bound) {
  switch (kind) {
    case Filter::Kind::kBelow:
      return value < bound;
    case Filter::Kind::kAtMost:
      return value <= bound;
    case Filter::Kind::kAbove:
      return value > bound;
    default:
      return value >= bound;
  }
}

}  // namespace

FilterMatcher::FilterMatcher(const CollectionState& state, const Filter& filter,
                             size_t judgement_bytes)
    : state_(state), root_(MakeNode(filter, &judgement_bytes)) {}

FilterMatcher::Node FilterMatcher::MakeNode(const Filter& filter, size_t* bytes_left) const {
  Node node;
  node.filter = &filter;
  for (const Filter& child : filter.children) {
    node.children.push_back(MakeNode(child, bytes_left));
  }
  if (filter.IsGroup()) return node;
  node.field = FindField(state_, filter.field);
  const size_t values = state_.fields().values();
  if (node.field.key.has_value() && values * sizeof(Judgement) <= *bytes_left) {
    node.judged.resize(values);
    *bytes_left -= values * sizeof(Judgement);
  }
  if (filter.kind == Filter::Kind::kOneOf) {
    for (const FilterValue& value : filter.values) {
      if (const double* number = std::get_if<double>(&value); number != nullptr) {
        node.numbers.insert(*number);
      } else {
        node.texts.insert(std::get<std::string>(value));
      }
    }
  }
  return node;
}

bool FilterMatcher::TextPasses(const Node& node, absl::string_view text) {
  const Filter& filter = *node.filter;
  if (filter.kind == Filter::Kind::kExists) return true;
  if (filter.kind == Filter::Kind::kPrefix) {
    return absl::StartsWith(text, std::get<std::string>(filter.values[0]));
  }
  double number = 0;
  if (filter.kind == Filter::Kind::kOneOf) {
    if (node.texts.contains(text)) return true;
    return !node.numbers.empty() && ReadNumber(text, &number) && node.numbers.contains(number);
  }
  if (const double* bound = std::get_if<double>(&filter.values[0]); bound != nullptr) {
    return ReadNumber(text, &number) && InRange(filter.kind, number, *bound);
  }
  return InRange(filter.kind, text, absl::string_view(std::get<std::string>(filter.values[0])));
}

bool FilterMatcher::Passes(Node& node, size_t slot) const {
  const auto child_passes = [this, slot](Node& child) { return Passes(child, slot); };
  switch (node.filter->kind) {
    case Filter::Kind::kAll:
      return std::all_of(node.children.begin(), node.children.end(), child_passes);
    case Filter::Kind::kAny:
      return std::any_of(node.children.begin(), node.children.end(), child_passes);
    case Filter::Kind::kNone:
      return std::none_of(node.children.begin(), node.children.end(), child_passes);
    default:
      break;
  }
  if (node.field.is_id) return TextPasses(node, state_.document(slot).id);
  if (!node.field.key.has_value()) return false;
  const std::optional<uint32_t> value = state_.fields().ValueOf(slot, *node.field.key);
  if (!value.has_value()) return false;
  const auto judge = [&] { return TextPasses(node, state_.fields().text(*value)); };
  if (node.judged.empty()) return judge();
  Judgement& judged = node.judged[*value];
  if (judged == Judgement::kUnknown) judged = judge() ? Judgement::kPasses : Judgement::kFails;
  return judged == Judgement::kPasses;
}

}  // namespace footnote::retrieval
