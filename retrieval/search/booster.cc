#include "retrieval/search/booster.h"

#include <algorithm>
#include <cmath>
#include <string>

#include "retrieval/filter/filter.h"

namespace footnote::retrieval {
namespace {

// Beyond it numbers say no more, and nothing that is computed of them is infinite.
constexpr double kLargest = 1e12;

double Bounded(double x) { return std::clamp(x, -kLargest, kLargest); }

}  // namespace

std::optional<absl::Time> ReadDate(absl::string_view text) {
  for (const char* format : {"%Y-%m-%d", "%Y-%m", "%Y", "%Y-%m-%dT%H:%M:%E*S%Ez",
                             "%Y-%m-%d %H:%M:%E*S", "%Y-%m-%dT%H:%M:%E*S"}) {
    absl::Time time;
    if (absl::ParseTime(format, text, &time, nullptr)) return time;
  }
  return std::nullopt;
}

Booster::Booster(const CollectionState& state, const Boost& boost, absl::Time now)
    : state_(state), now_(now), root_(MakeNode(boost)) {}

Booster::Node Booster::MakeNode(const Boost& boost) const {
  Node node;
  node.boost = &boost;
  if (!boost.field.empty()) node.field = FindField(state_, boost.field);
  // Few documents are judged: remembering judgements costs more than it saves.
  if (boost.kind == Boost::Kind::kPasses) {
    node.matcher = std::make_unique<FilterMatcher>(state_, boost.filter, /*judgement_bytes=*/0);
  }
  for (const Boost& child : boost.children) node.children.push_back(MakeNode(child));
  return node;
}

double Booster::Value(Node& node, size_t slot) const {
  const Boost& boost = *node.boost;
  switch (boost.kind) {
    case Boost::Kind::kNumber:
      return Bounded(boost.number);
    case Boost::Kind::kField: {
      const std::optional<std::string> text = FieldText(state_, node.field, slot);
      double number = boost.number;
      if (text.has_value()) ReadNumber(*text, &number);
      return Bounded(number);
    }
    case Boost::Kind::kRecent: {
      const std::optional<std::string> text = FieldText(state_, node.field, slot);
      const std::optional<absl::Time> date = text.has_value() ? ReadDate(*text) : std::nullopt;
      if (!date.has_value()) return 0;
      const double age = std::max(0.0, absl::ToDoubleSeconds(now_ - *date));
      return std::exp2(-age / (86400.0 * boost.number));
    }
    case Boost::Kind::kPasses:
      return node.matcher->Matches(slot) ? 1 : 0;
    case Boost::Kind::kLog:
      return std::log1p(std::max(0.0, Value(node.children[0], slot)));
    default:
      break;
  }
  double out = Value(node.children[0], slot);
  for (size_t i = 1; i < node.children.size(); ++i) {
    const double next = Value(node.children[i], slot);
    switch (boost.kind) {
      case Boost::Kind::kSum:
        out = Bounded(out + next);
        break;
      case Boost::Kind::kProduct:
        out = Bounded(out * next);
        break;
      case Boost::Kind::kMin:
        out = std::min(out, next);
        break;
      default:
        out = std::max(out, next);
        break;
    }
  }
  return out;
}

double Booster::Of(size_t slot) { return std::clamp(Value(root_, slot), kMinBoost, kMaxBoost); }

double Boosted(double score, double boost) { return score < 0 ? score / boost : score * boost; }

}  // namespace footnote::retrieval
