#ifndef FOOTNOTE_RETRIEVAL_SEARCH_FILTER_MATCHER_H_
#define FOOTNOTE_RETRIEVAL_SEARCH_FILTER_MATCHER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/string_view.h"
#include "retrieval/filter/filter.h"
#include "retrieval/index/collection_state.h"
#include "retrieval/search/field_ref.h"

namespace footnote::retrieval {

// A filter made ready for one collection: says document by document whether it
// passes. Documents that share a field's value share the judgement of it, so
// that a condition costs a comparison per different value and a look-up per
// document. Must outlive neither the state nor the filter. For one thread.
class FilterMatcher {
 public:
  static constexpr size_t kJudgementBytes = size_t{64} << 20;

  // A condition remembers a byte per different value of the state, as long as all of
  // them take at most `judgement_bytes`; those beyond compare for every document.
  // Precondition: CheckFilter passes the filter.
  FilterMatcher(const CollectionState& state, const Filter& filter,
                size_t judgement_bytes = kJudgementBytes);

  // Whether the document of a slot passes.
  bool Matches(size_t slot) { return Passes(root_, slot); }

 private:
  enum class Judgement : uint8_t { kUnknown, kPasses, kFails };
  struct Node {
    const Filter* filter = nullptr;
    std::vector<Node> children;
    // Of conditions.
    FieldRef field;
    absl::flat_hash_set<absl::string_view> texts;  // of kOneOf
    absl::flat_hash_set<double> numbers;
    std::vector<Judgement> judged;  // by the value's number; empty: not remembered
  };
  Node MakeNode(const Filter& filter, size_t* bytes_left) const;
  bool Passes(Node& node, size_t slot) const;
  static bool TextPasses(const Node& node, absl::string_view text);

  const CollectionState& state_;
  Node root_;
};

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_SEARCH_FILTER_MATCHER_H_
