#include "retrieval/search/access.h"

#include <algorithm>

namespace footnote::retrieval {

bool MaySee(absl::Span<const std::string> acl, const Principals& principals) {
  if (!principals.has_value() || acl.empty()) return true;
  return std::any_of(acl.begin(), acl.end(), [&](const std::string& allowed) {
    return std::find(principals->begin(), principals->end(), allowed) != principals->end();
  });
}

Visibility::Visibility(const CollectionState& state, const std::vector<std::string>& principals)
    : rows_(&state.alive()) {
  // Documents share few different ACLs: each is judged once.
  std::vector<bool> allowed;
  bool all = true;
  for (const AccessSet& set : state.access_sets()) {
    allowed.push_back(MaySee(*set.principals, principals));
    if (allowed.back()) {
      chunks_ += set.chunks;
      terms_ += set.terms;
    } else if (set.chunks > 0) {
      all = false;
    }
  }
  if (all) return;
  own_.emplace();
  own_->Append(state.rows(), false);
  for (size_t slot = 0; slot < state.slots(); ++slot) {
    const DocumentEntry& entry = state.document(slot);
    if (allowed[entry.access_set] && state.alive().Test(entry.first_row)) {
      own_->SetRange(entry.first_row, entry.chunks, true);
    }
  }
  rows_ = &*own_;
}

}  // namespace footnote::retrieval
