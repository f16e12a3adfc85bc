#ifndef FOOTNOTE_TRANSFORMER_TOKENIZER_VOCABULARY_H_
#define FOOTNOTE_TRANSFORMER_TOKENIZER_VOCABULARY_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace footnote::transformer {

// The tokens of a model, by id and by text. Immutable and thread-safe.
class Vocabulary {
 public:
  using Entries = std::vector<std::pair<std::string, int32_t>>;

  // Ids may have gaps, but not out of proportion. Of equal texts the last wins.
  // Errors: DataLoss (an id that is negative or far beyond their number); the
  // message begins with `name`.
  static absl::StatusOr<Vocabulary> Make(absl::string_view name, const Entries& entries);

  Vocabulary(Vocabulary&&) = default;
  Vocabulary& operator=(Vocabulary&&) = default;

  // The id of a token; -1 where there is none.
  int32_t Find(absl::string_view text) const {
    const auto it = ids_.find(text);
    return it == ids_.end() ? -1 : it->second;
  }
  // Empty for an id without a token.
  absl::string_view Text(int32_t id) const {
    if (id < 0 || id >= size()) return {};
    return texts_[static_cast<size_t>(id)];
  }
  // One more than the greatest id.
  int32_t size() const { return static_cast<int32_t>(texts_.size()); }

 private:
  Vocabulary() = default;

  std::vector<std::string> texts_;
  absl::flat_hash_map<absl::string_view, int32_t> ids_;  // views of texts_
};

// The greatest id that a vocabulary of so many tokens may have.
int64_t MaxTokenId(size_t tokens);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TOKENIZER_VOCABULARY_H_
