#ifndef FOOTNOTE_RETRIEVAL_INDEX_HNSW_LINKS_H_
#define FOOTNOTE_RETRIEVAL_INDEX_HNSW_LINKS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/types/span.h"
#include "kernels/base/pages.h"

namespace footnote::retrieval {

// Who is whose neighbour on each level of an HNSW graph: a fixed room for each
// row's links, which end at kNone or at the room's end. The lowest level, where
// nearly all of a search happens, lies in huge pages.
//
// Threads may write the links of different rows at once; who reads what another
// writes must lock.
class HnswLinks {
  struct Upper {
    int level = 0;
    size_t begin = 0;  // of level 1 in upper_links_; the others follow
  };
  const uint32_t* lowest() const { return reinterpret_cast<const uint32_t*>(lowest_.data()); }
  uint32_t* lowest() { return reinterpret_cast<uint32_t*>(lowest_.data()); }
  template <typename Self>
  static auto OnLevel(Self& self, uint32_t row, int level) {
    return level == 0 ? self.lowest() + row * 2 * self.links_
                      : self.upper_links_.data() + self.upper_.find(row)->second.begin +
                            static_cast<size_t>(level - 1) * self.links_;
  }

 public:
  static constexpr uint32_t kNone = UINT32_MAX;
  // The chance of a higher one is below 1e-15 with the least number of links.
  static constexpr int kMaxLevel = 48;

  // A row that is on more than the lowest level.
  struct RowLevel {
    uint32_t row = 0;
    uint32_t level = 0;  // the highest that it is on, 1 to kMaxLevel
    friend bool operator==(const RowLevel&, const RowLevel&) = default;
  };

  // Room for `links` neighbours of each row on the levels above the lowest and
  // for twice as many there. Levels are drawn from `seed` alone. Throws
  // std::bad_alloc. Preconditions: links > 1, rows < kNone.
  HnswLinks(size_t rows, int links, uint64_t seed);
  // The same with levels that are given. Precondition: rows of `upper` ascend.
  HnswLinks(size_t rows, int links, absl::Span<const RowLevel> upper);

  // The highest level that a row is on.
  int LevelOf(uint32_t row) const;
  size_t Room(int level) const { return level == 0 ? 2 * links_ : links_; }
  // [Room(level)]. Precondition: level <= LevelOf(row).
  const uint32_t* Of(uint32_t row, int level) const { return OnLevel(*this, row, level); }
  uint32_t* Of(uint32_t row, int level) { return OnLevel(*this, row, level); }
  int links() const { return static_cast<int>(links_); }

  // All links as they lie: of the lowest level row by row, then of the rows above it,
  // ascending, from level 1 on.
  absl::Span<const uint32_t> AllLowest() const { return {lowest(), LowestSize()}; }
  absl::Span<uint32_t> AllLowest() { return {lowest(), LowestSize()}; }
  const std::vector<uint32_t>& AllUpper() const { return upper_links_; }
  std::vector<uint32_t>& AllUpper() { return upper_links_; }
  // Ascending.
  std::vector<RowLevel> UpperRows() const;
  size_t MemoryBytes() const;

 private:
  size_t LowestSize() const { return lowest_.size() / sizeof(uint32_t); }

  size_t links_;
  kernels::Pages lowest_;
  absl::flat_hash_map<uint32_t, Upper> upper_;  // of rows above the lowest level
  std::vector<uint32_t> upper_links_;
};

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_INDEX_HNSW_LINKS_H_
