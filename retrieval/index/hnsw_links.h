#ifndef FOOTNOTE_RETRIEVAL_INDEX_HNSW_LINKS_H_
#define FOOTNOTE_RETRIEVAL_INDEX_HNSW_LINKS_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "kernels/base/pages.h"

namespace footnote::retrieval {

// Who is whose neighbour on each level of an HNSW graph: a fixed room for each
// row's links, which end at kNone or at the room's end. The lowest level, where
// nearly all of a search happens, lies in huge pages.
//
// Levels are drawn when it is made, from `seed` alone. Threads may write the links
// of different rows at once; who reads what another writes must lock.
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

  // Room for `links` neighbours of each row on the levels above the lowest and
  // for twice as many there. Throws std::bad_alloc. Preconditions: links > 1,
  // rows < kNone.
  HnswLinks(size_t rows, int links, uint64_t seed);

  // The highest level that a row is on.
  int LevelOf(uint32_t row) const;
  size_t Room(int level) const { return level == 0 ? 2 * links_ : links_; }
  // [Room(level)]. Precondition: level <= LevelOf(row).
  const uint32_t* Of(uint32_t row, int level) const { return OnLevel(*this, row, level); }
  uint32_t* Of(uint32_t row, int level) { return OnLevel(*this, row, level); }
  size_t MemoryBytes() const;

 private:
  size_t links_;
  kernels::Pages lowest_;
  absl::flat_hash_map<uint32_t, Upper> upper_;  // of rows above the lowest level
  std::vector<uint32_t> upper_links_;
};

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_INDEX_HNSW_LINKS_H_
