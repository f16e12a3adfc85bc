#ifndef FOOTNOTE_RETRIEVAL_INDEX_STRING_TABLE_H_
#define FOOTNOTE_RETRIEVAL_INDEX_STRING_TABLE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "retrieval/index/append_only.h"

namespace footnote::retrieval {

// Each text once, by its number, counted from 0.
//
// Copies share as AppendOnly's do and have its rule for threads: only the newest
// copy may Intern, and every older one can be read meanwhile.
class StringTable {
 public:
  // The number of `text`, new if it must be.
  uint32_t Intern(absl::string_view text);

  size_t size() const { return texts_.size(); }
  const std::string& operator[](uint32_t number) const { return texts_[number]; }
  size_t MemoryBytes() const;

 private:
  AppendOnly<std::string> texts_;
  uint64_t text_bytes_ = 0;
  // By the text's hash, or the next free number after it. Read and changed by the
  // newest copy alone; what a write that failed has left in it is told by
  // comparing with texts_.
  std::shared_ptr<absl::flat_hash_map<uint64_t, uint32_t>> numbers_ =
      std::make_shared<absl::flat_hash_map<uint64_t, uint32_t>>();
};

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_INDEX_STRING_TABLE_H_
