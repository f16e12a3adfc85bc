#include "retrieval/index/string_table.h"

#include <utility>

#include "kernels/base/hash.h"

namespace footnote::retrieval {

uint32_t StringTable::Intern(absl::string_view text) {
  const auto next = static_cast<uint32_t>(texts_.size());
  // Another text of the same hash sends this one to the next place, and it is
  // looked for along the same way.
  for (uint64_t place = kernels::Hash64(text);; ++place) {
    const auto [it, is_new] = numbers_->try_emplace(place, next);
    if (!is_new && it->second < next) {
      if (texts_[it->second] == text) return it->second;
      continue;
    }
    it->second = next;  // also where a failed write has left a number
    texts_.push_back(std::string(text));
    text_bytes_ += text.size();
    return next;
  }
}

size_t StringTable::MemoryBytes() const {
  // A slot of the hash table is its pair and a byte of control.
  return texts_.MemoryBytes() + text_bytes_ +
         texts_.size() * (sizeof(std::pair<uint64_t, uint32_t>) + 1);
}

}  // namespace footnote::retrieval
