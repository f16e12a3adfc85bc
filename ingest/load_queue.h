#ifndef FOOTNOTE_INGEST_LOAD_QUEUE_H_
#define FOOTNOTE_INGEST_LOAD_QUEUE_H_

#include <condition_variable>
#include <cstdint>
#include <deque>
#include <mutex>
#include <optional>
#include <utility>

#include "absl/time/time.h"

namespace footnote::ingest {

// A queue from one producer to one consumer that also bounds the bytes of all
// that has been admitted and not yet been released, wherever it is by then.
// Thread-safe.
template <typename T>
class LoadQueue {
 public:
  explicit LoadQueue(uint64_t max_bytes) : max_bytes_(max_bytes) {}

  // The producer asks before it takes up work of this size, and waits. Work
  // larger than the bound is admitted when nothing else is under way. false:
  // the queue was stopped.
  bool Admit(uint64_t bytes) {
    std::unique_lock lock(mutex_);
    const auto admitted = [&] { return stopped_ || used_ == 0 || used_ + bytes <= max_bytes_; };
    if (!admitted()) {
      starving_ = true;
      changed_.notify_all();
      changed_.wait(lock, admitted);
      starving_ = false;
    }
    used_ += bytes;
    return !stopped_;
  }

  void Release(uint64_t bytes) {
    const std::lock_guard lock(mutex_);
    used_ -= bytes;
    changed_.notify_all();
  }

  void Push(T item) {
    const std::lock_guard lock(mutex_);
    items_.push_back(std::move(item));
    changed_.notify_all();
  }

  // No more items come.
  void Close() {
    const std::lock_guard lock(mutex_);
    closed_ = true;
    changed_.notify_all();
  }

  // The producer gives up.
  void Stop() {
    const std::lock_guard lock(mutex_);
    stopped_ = true;
    changed_.notify_all();
  }

  bool stopped() {
    const std::lock_guard lock(mutex_);
    return stopped_;
  }

  // The next item. nullopt: there is none at the moment, and none will come
  // before the consumer has done something: waited `timeout`, gone on with what
  // it has (the producer waits for bytes), or seen that the queue is finished().
  std::optional<T> Pop(absl::Duration timeout) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, absl::ToChronoNanoseconds(timeout),
                      [&] { return !items_.empty() || closed_ || starving_; });
    if (items_.empty()) return std::nullopt;
    T item = std::move(items_.front());
    items_.pop_front();
    return item;
  }

  // The producer waits for bytes, and there is no item.
  bool starving() {
    const std::lock_guard lock(mutex_);
    return starving_ && items_.empty();
  }

  // Closed and empty.
  bool finished() {
    const std::lock_guard lock(mutex_);
    return closed_ && items_.empty();
  }

 private:
  const uint64_t max_bytes_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<T> items_;
  uint64_t used_ = 0;
  bool starving_ = false, closed_ = false, stopped_ = false;
};

}  // namespace footnote::ingest

#endif  // FOOTNOTE_INGEST_LOAD_QUEUE_H_
