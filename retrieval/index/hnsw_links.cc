#include "retrieval/index/hnsw_links.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <new>
#include <random>

namespace footnote::retrieval {
namespace {

// The chance of a higher one is below 1e-15 with the least number of links.
constexpr int kMaxLevel = 48;

}  // namespace

HnswLinks::HnswLinks(size_t rows, int links, uint64_t seed) : links_(static_cast<size_t>(links)) {
  const size_t row_bytes = 2 * links_ * sizeof(uint32_t);
  if (rows > SIZE_MAX / row_bytes) throw std::bad_alloc();
  lowest_ = kernels::Pages(rows * row_bytes);
  if (lowest_.data() == nullptr && rows > 0) throw std::bad_alloc();
  static_assert(kNone == UINT32_MAX);
  if (rows > 0) std::memset(lowest_.data(), 0xff, rows * row_bytes);
  // Malkov and Yashunin 2016, https://arxiv.org/abs/1603.09320, section 4.1: each
  // level has 1 / links of the rows of the one below.
  std::mt19937_64 random(seed);
  const double scale = 1 / std::log(static_cast<double>(links));
  size_t upper_size = 0;
  for (size_t row = 0; row < rows; ++row) {
    const double uniform = (static_cast<double>(random() >> 11) + 1) * 0x1p-53;  // (0, 1]
    const int level = std::min(kMaxLevel, static_cast<int>(-std::log(uniform) * scale));
    if (level == 0) continue;
    upper_.emplace(static_cast<uint32_t>(row), Upper{level, upper_size});
    upper_size += static_cast<size_t>(level) * links_;
  }
  upper_links_.assign(upper_size, kNone);
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
