#include "retrieval/search/access.h"

#include <algorithm>
#include <utility>

#include "kernels/base/status_macros.h"
#include "retrieval/search/filter_matcher.h"

namespace footnote::retrieval {
namespace {

// By number of the access set: documents share few, and each is judged once.
std::vector<bool> AllowedSets(const CollectionState& state, const Principals& principals) {
  std::vector<bool> allowed;
  allowed.reserve(state.access_sets().size());
  for (const AccessSet& set : state.access_sets()) {
    allowed.push_back(MaySee(*set.access, principals));
  }
  return allowed;
}

}  // namespace

bool MaySee(const AccessList& access, const Principals& principals) {
  if (!principals.has_value() || (access.allow.empty() && access.deny.empty())) return true;
  const auto named_in = [&](const std::vector<std::string>& list) {
    return std::any_of(principals->begin(), principals->end(), [&](const std::string& p) {
      return std::binary_search(list.begin(), list.end(), p);
    });
  };
  if (principals->empty() || named_in(access.deny)) return false;
  return access.allow.empty() || named_in(access.allow);
}

std::shared_ptr<const CollectionState> FindVisible(const View& view, absl::string_view name,
                                                   const Principals& principals) {
  auto state = view.Find(name);
  if (state != nullptr && !MaySee(state->record().access, principals)) return nullptr;
  return state;
}

bool MaySeeDocument(const CollectionState& state, uint64_t number, const Principals& principals) {
  const std::optional<size_t> slot = state.SlotOf(number);
  return slot.has_value() && state.is_alive(*slot) && MaySee(state.access(*slot), principals);
}

Visibility::Visibility(const CollectionState& state, const Principals& principals,
                       const Filter* filter)
    : visible_(&state.alive()) {
  const std::vector<bool> allowed = AllowedSets(state, principals);
  bool all = true;
  for (size_t i = 0; i < allowed.size(); ++i) {
    const AccessSet& set = state.access_sets()[i];
    if (allowed[i]) {
      chunks_ += set.chunks;
      terms_ += set.terms;
      if (set.chunks > 0) languages_.push_back(set.language);
    } else if (set.chunks > 0) {
      all = false;
    }
  }
  std::sort(languages_.begin(), languages_.end());
  languages_.erase(std::unique(languages_.begin(), languages_.end()), languages_.end());
  if (languages_.empty()) languages_.push_back(&transformer::English());
  selected_chunks_ = chunks_;
  if (!all || filter != nullptr) {
    std::optional<FilterMatcher> matcher;
    if (filter != nullptr) {
      matcher.emplace(state, *filter);
      own_selected_.emplace().Append(state.rows(), false);
      selected_chunks_ = 0;
    }
    if (!all) own_visible_.emplace().Append(state.rows(), false);
    for (size_t slot = 0; slot < state.slots(); ++slot) {
      const DocumentEntry& entry = state.document(slot);
      if (!allowed[entry.access_set] || !state.is_alive(slot)) continue;
      if (!all) own_visible_->SetRange(entry.first_row, entry.chunks, true);
      if (matcher.has_value() && matcher->Matches(slot)) {
        own_selected_->SetRange(entry.first_row, entry.chunks, true);
        selected_chunks_ += entry.chunks;
      }
    }
    if (!all) visible_ = &*own_visible_;
  }
  selected_ = filter != nullptr ? &*own_selected_ : visible_;
}

absl::Status Visibility::Restrict(const CollectionState& state, const WordConstraints& constraints,
                                  const std::function<bool()>& cancelled) {
  if (constraints.empty()) return absl::OkStatus();
  Bitmap selected = *selected_;
  FN_RETURN_IF_ERROR(constraints.Apply(state.words(), *visible_, cancelled, &selected));
  own_selected_ = std::move(selected);
  selected_ = &*own_selected_;
  selected_chunks_ = selected_->Count();
  return absl::OkStatus();
}

std::vector<uint64_t> SelectDocuments(const CollectionState& state, const Principals& principals,
                                      const Filter& filter, uint64_t number_end, size_t most) {
  const std::vector<bool> allowed = AllowedSets(state, principals);
  FilterMatcher matcher(state, filter);
  std::vector<uint64_t> out;
  for (size_t slot = 0; slot < state.slots() && out.size() < most; ++slot) {
    const DocumentEntry& entry = state.document(slot);
    if (entry.number >= number_end) break;
    if (state.is_alive(slot) && allowed[entry.access_set] && matcher.Matches(slot)) {
      out.push_back(entry.number);
    }
  }
  return out;
}

}  // namespace footnote::retrieval
