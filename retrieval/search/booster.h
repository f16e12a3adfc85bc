#ifndef FOOTNOTE_RETRIEVAL_SEARCH_BOOSTER_H_
#define FOOTNOTE_RETRIEVAL_SEARCH_BOOSTER_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "retrieval/filter/boost.h"
#include "retrieval/index/collection_state.h"
#include "retrieval/search/field_ref.h"
#include "retrieval/search/filter_matcher.h"

namespace footnote::retrieval {

// The bounds of what a boost does to a score, whatever it comes to.
inline constexpr double kMinBoost = 1e-3;
inline constexpr double kMaxBoost = 1e3;

// The instant that a date such as 2024, 2024-02, 2024-02-29 or 2024-02-29T12:30:00Z
// begins with, in UTC; nullopt: it isn't one.
std::optional<absl::Time> ReadDate(absl::string_view text);

// A boost made ready for one collection. Must outlive neither the state nor the
// boost. For one thread.
class Booster {
 public:
  Booster(const CollectionState& state, const Boost& boost, absl::Time now);

  // What the score of a passage of the slot's document is multiplied by, between
  // kMinBoost and kMaxBoost.
  double Of(size_t slot);

 private:
  struct Node {
    const Boost* boost = nullptr;
    FieldRef field;                          // of kField and kRecent
    std::unique_ptr<FilterMatcher> matcher;  // of kPasses
    std::vector<Node> children;
  };
  Node MakeNode(const Boost& boost) const;
  double Value(Node& node, size_t slot) const;
  const CollectionState& state_;
  const absl::Time now_;
  Node root_;
};

// A score under a boost: a positive one is multiplied and a negative one divided, so
// that more is never worse.
double Boosted(double score, double boost);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_SEARCH_BOOSTER_H_
