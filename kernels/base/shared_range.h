#ifndef FOOTNOTE_KERNELS_BASE_SHARED_RANGE_H_
#define FOOTNOTE_KERNELS_BASE_SHARED_RANGE_H_

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <memory>

namespace footnote::kernels {

// The numbers [0, n) shared out to the members of a ThreadTeam. Each has a part of
// its own and takes from its front, half of what is left at a time, so that what
// it reads lies in one row; who has nothing left takes from the back of another's
// part. Reset while no member takes.
class SharedRange {
 public:
  // n is at least 0 and below 2^32.
  void Reset(int members, int64_t n) {
    if (members > capacity_) {
      parts_ = std::make_unique<Part[]>(members);
      capacity_ = members;
    }
    members_ = members;
    for (int i = 0; i < members; ++i) {
      parts_[i].left.store(Pack(n * i / members, n * (i + 1) / members), std::memory_order_relaxed);
    }
  }

  // Takes [*first, *last), at least `least` numbers where there are as many in one
  // place. False: nothing is left. Thread-safe.
  bool Take(int member, int64_t least, int64_t* first, int64_t* last) {
    for (int i = 0; i < members_; ++i) {
      std::atomic<uint64_t>& part = parts_[(member + i) % members_].left;
      uint64_t old = part.load(std::memory_order_relaxed);
      while (true) {
        const auto begin = static_cast<int64_t>(old >> 32);
        const auto end = static_cast<int64_t>(old & 0xffffffff);
        if (begin >= end) break;
        const int64_t count = std::min(end - begin, std::max(least, (end - begin + 1) / 2));
        *first = i == 0 ? begin : end - count;
        *last = *first + count;
        const uint64_t rest = i == 0 ? Pack(*last, end) : Pack(begin, *first);
        if (part.compare_exchange_weak(old, rest, std::memory_order_relaxed)) return true;
      }
    }
    return false;
  }

 private:
  struct alignas(64) Part {
    std::atomic<uint64_t> left{0};  // the first number, and in the lower half one past the last
  };

  static uint64_t Pack(int64_t begin, int64_t end) {
    return static_cast<uint64_t>(begin) << 32 | static_cast<uint64_t>(end);
  }

  std::unique_ptr<Part[]> parts_;
  int capacity_ = 0;
  int members_ = 0;
};

}  // namespace footnote::kernels

#endif  // FOOTNOTE_KERNELS_BASE_SHARED_RANGE_H_
