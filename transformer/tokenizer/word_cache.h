#ifndef FOOTNOTE_TRANSFORMER_TOKENIZER_WORD_CACHE_H_
#define FOOTNOTE_TRANSFORMER_TOKENIZER_WORD_CACHE_H_

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/hash/hash.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

namespace footnote::transformer {

// The ids of words met before, in a table of fixed size in which a newer word
// takes the place of an older one. Long words and words of many ids are not
// kept. Not thread-safe: see Pool.
class WordCache {
 public:
  WordCache() : entries_(kEntries) {}

  // Appends the ids of `word` if it is known.
  bool Find(absl::string_view word, std::vector<int32_t>* ids) const {
    if (word.size() > kMaxBytes) return false;
    const Entry& entry = entries_[Slot(word)];
    if (entry.bytes != word.size() || std::memcmp(entry.word, word.data(), word.size()) != 0) {
      return false;
    }
    ids->insert(ids->end(), entry.ids, entry.ids + entry.count);
    return true;
  }

  void Keep(absl::string_view word, const int32_t* ids, size_t count) {
    if (word.size() > kMaxBytes || count > kMaxIds || word.empty()) return;
    Entry& entry = entries_[Slot(word)];
    std::memcpy(entry.word, word.data(), word.size());
    std::copy_n(ids, count, entry.ids);
    entry.bytes = static_cast<uint8_t>(word.size());
    entry.count = static_cast<uint8_t>(count);
  }

 private:
  static constexpr size_t kEntries = 1 << 13;
  static constexpr size_t kMaxBytes = 30;
  static constexpr size_t kMaxIds = 8;

  struct Entry {
    uint8_t bytes = 0;  // 0: free
    uint8_t count = 0;
    char word[kMaxBytes] = {};
    int32_t ids[kMaxIds] = {};
  };

  static size_t Slot(absl::string_view word) {
    return absl::Hash<absl::string_view>()(word) % kEntries;
  }

  std::vector<Entry> entries_;
};

// Lends each caller a T of its own, and keeps what comes back for the next.
// Thread-safe.
template <typename T>
class Pool {
 public:
  class Lease {
   public:
    explicit Lease(Pool* pool) : pool_(*pool), item_(pool->Take()) {}
    ~Lease() { pool_.GiveBack(std::move(item_)); }
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    T* operator->() { return item_.get(); }
    T& operator*() { return *item_; }

   private:
    Pool& pool_;
    std::unique_ptr<T> item_;
  };

 private:
  static constexpr size_t kMaxIdle = 64;

  std::unique_ptr<T> Take() {
    {
      absl::MutexLock lock(&mutex_);
      if (!idle_.empty()) {
        std::unique_ptr<T> item = std::move(idle_.back());
        idle_.pop_back();
        return item;
      }
    }
    return std::make_unique<T>();
  }
  void GiveBack(std::unique_ptr<T> item) {
    absl::MutexLock lock(&mutex_);
    if (idle_.size() < kMaxIdle) idle_.push_back(std::move(item));
  }

  absl::Mutex mutex_;
  std::vector<std::unique_ptr<T>> idle_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TOKENIZER_WORD_CACHE_H_
