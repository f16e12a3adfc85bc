#include "retrieval/index/hnsw_links.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <new>
#include <random>

namespace footnote::retrieval {
namespace {

// Malkov and Yashunin 2016, https://arxiv.org/abs/1603.09320, section 4.1: each level
// has 1 / links of the rows of the one below.
std::vector<HnswLinks::RowLevel> DrawLevels(size_t rows, int links, uint64_t seed) {
  std::mt19937_64 random(seed);
  const double scale = 1 / std::log(static_cast<double>(links));
  std::vector<HnswLinks::RowLevel> out;
  for (size_t row = 0; row < rows; ++row) {
    const double uniform = (static_cast<double>(random() >> 11) + 1) * 0x1p-53;  // (0, 1]
    const int level = std::min(HnswLinks::kMaxLevel, static_cast<int>(-std::log(uniform) * scale));
    if (level > 0) out.push_back({static_cast<uint32_t>(row), static_cast<uint32_t>(level)});
  }
  return out;
}

}  // namespace

HnswLinks::HnswLinks(size_t rows, int links, uint64_t seed)
    : HnswLinks(rows, links, DrawLevels(rows, links, seed)) {}

HnswLinks::HnswLinks(size_t rows, int links, absl::Span<const RowLevel> upper)
    : links_(static_cast<size_t>(links)) {
  const size_t row_bytes = 2 * links_ * sizeof(uint32_t);
  if (rows > SIZE_MAX / row_bytes) throw std::bad_alloc();
  lowest_ = kernels::Pages(rows * row_bytes);
  if (lowest_.data() == nullptr && rows > 0) throw std::bad_alloc();
  static_assert(kNone == UINT32_MAX);
  if (rows > 0) std::memset(lowest_.data(), 0xff, rows * row_bytes);
  size_t upper_size = 0;
  upper_.reserve(upper.size());
  for (const RowLevel& r : upper) {
    upper_.emplace(r.row, Upper{static_cast<int>(r.level), upper_size});
    upper_size += size_t{r.level} * links_;
  }
  upper_links_.assign(upper_size, kNone);
}

std::vector<HnswLinks::RowLevel> HnswLinks::UpperRows() const {
  std::vector<RowLevel> out;
  out.reserve(upper_.size());
  for (const auto& [row, upper] : upper_) {
    out.push_back({row, static_cast<uint32_t>(upper.level)});
  }
  std::sort(out.begin(), out.end(),
            [](const RowLevel& a, const RowLevel& b) { return a.row < b.row; });
  return out;
}

int HnswLinks::LevelOf(uint32_t row) const {
  const auto it = upper_.find(row);
  return it == upper_.end() ? 0 : it->second.level;
}

size_t HnswLinks::MemoryBytes() const {
  return lowest_.size() + upper_links_.capacity() * sizeof(uint32_t) +
         upper_.capacity() * (sizeof(uint32_t) + sizeof(Upper));
}

}  // namespace footnote::retrieval
