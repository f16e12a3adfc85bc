#ifndef FOOTNOTE_RETRIEVAL_INDEX_APPEND_ONLY_H_
#define FOOTNOTE_RETRIEVAL_INDEX_APPEND_ONLY_H_

#include <cstddef>
#include <memory>
#include <utility>
#include <vector>

namespace footnote::retrieval {

// An array whose copies share their elements. A copy costs one pointer per
// kBlock elements, and sees exactly the elements that stood in it when it was
// made, although the newest copy goes on appending.
//
// Only the newest copy may append, from one thread at a time. Its new elements
// lie beyond the size of every older copy, so readers of those need no lock; how
// the newer copy is published must order the writes before its reads.
template <typename T, size_t kBlock = 1024>
class AppendOnly {
 public:
  size_t size() const { return size_; }
  const T& operator[](size_t i) const { return blocks_[i / kBlock][i % kBlock]; }

  void push_back(T value) {
    if (size_ % kBlock == 0) blocks_.push_back(std::shared_ptr<T[]>(new T[kBlock]()));
    blocks_.back()[size_ % kBlock] = std::move(value);
    ++size_;
  }

  // Of the blocks themselves, not of what elements own.
  size_t MemoryBytes() const { return blocks_.size() * kBlock * sizeof(T); }

 private:
  std::vector<std::shared_ptr<T[]>> blocks_;
  size_t size_ = 0;
};

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_INDEX_APPEND_ONLY_H_
