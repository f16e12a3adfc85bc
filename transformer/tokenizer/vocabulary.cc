#include "transformer/tokenizer/vocabulary.h"

#include <algorithm>
#include <limits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace footnote::transformer {

// A table by id must stay in proportion to the file.
int64_t MaxTokenId(size_t tokens) {
  constexpr size_t kMaxGapFactor = 4;
  constexpr size_t kMaxGap = 1000;
  return static_cast<int64_t>(
      std::min<size_t>(kMaxGap + kMaxGapFactor * tokens, std::numeric_limits<int32_t>::max() / 2));
}

absl::StatusOr<Vocabulary> Vocabulary::Make(absl::string_view name, const Entries& entries) {
  Vocabulary out;
  const int64_t max_id = MaxTokenId(entries.size());
  int32_t greatest = -1;
  for (const auto& [text, id] : entries) {
    if (id < 0 || id > max_id) {
      return absl::DataLossError(absl::StrCat(name, ": token \"", text, "\" has the id ", id,
                                              "; ids of such a vocabulary go from 0 to ", max_id));
    }
    greatest = std::max(greatest, id);
  }
  out.texts_.resize(static_cast<size_t>(greatest) + 1);
  out.ids_.reserve(entries.size());
  for (const auto& [text, id] : entries) {
    std::string& slot = out.texts_[static_cast<size_t>(id)];
    if (!slot.empty() && slot != text) {
      return absl::DataLossError(absl::StrCat(name, ": the tokens \"", slot, "\" and \"", text,
                                              "\" have the same id ", id));
    }
    slot = text;
  }
  // Only now, for a text may be written twice, and views need strings that stay.
  for (size_t id = 0; id < out.texts_.size(); ++id) {
    if (!out.texts_[id].empty()) out.ids_[out.texts_[id]] = static_cast<int32_t>(id);
  }
  return out;
}

}  // namespace footnote::transformer
