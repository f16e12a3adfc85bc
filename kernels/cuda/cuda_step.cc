#include "kernels/cuda/cuda_step.h"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstring>
#include <iterator>

#include "absl/hash/hash.h"

namespace footnote::kernels::cuda {
namespace {

constexpr size_t kAlign = 64;

template <typename T>
void CopyTo(absl::Span<const T> from, T* to) {
  if (!from.empty()) std::memcpy(to, from.data(), from.size() * sizeof(T));
}

}  // namespace

void StepImage::Place(const size_t (&sizes)[kParts]) {
  bool fits = true;
  for (int p = 0; p < kParts; ++p) fits = fits && sizes[p] <= capacity_[p];
  if (!fits) {
    size_t end = 0;
    for (int p = 0; p < kParts; ++p) {
      capacity_[p] = std::max(capacity_[p], std::bit_ceil(std::max(sizes[p], kAlign)));
      offset_[p] = end;
      end += capacity_[p];
    }
    bytes_.assign(end, 0);
    ++placement_;
  }
}

void StepImage::Build(const StepLayout& layout, bool split_only) {
  const auto rows = static_cast<int64_t>(layout.positions.size());
  const auto sequences = static_cast<int64_t>(layout.kv_length.size());
  assert(static_cast<int64_t>(layout.first_row.size()) == sequences + 1);
  assert(static_cast<int64_t>(layout.block_table.size()) == sequences * layout.max_blocks);
  std::vector<int32_t> row_sequence(rows);
  std::vector<int32_t> split_rows;
  std::vector<PrefillTile> tiles;
  int64_t max_keys = 1;
  for (int64_t s = 0; s < sequences; ++s) {
    const int32_t begin = layout.first_row[s];
    const int32_t end = layout.first_row[s + 1];
    std::fill(row_sequence.begin() + begin, row_sequence.begin() + end, static_cast<int32_t>(s));
    max_keys = std::max<int64_t>(max_keys, layout.kv_length[s]);
    if (split_only || end - begin <= kMaxSplitRows) {
      for (int32_t r = begin; r < end; ++r) split_rows.push_back(r);
      continue;
    }
    for (int32_t r = begin; r < end; r += kPrefillRows) {
      tiles.push_back({static_cast<int32_t>(s), r, std::min(r + kPrefillRows, end), 0});
    }
  }
  // Later rows of a prompt see more keys: blocks that work longest start first.
  std::reverse(tiles.begin(), tiles.end());

  constexpr size_t kInt = sizeof(int32_t);
  Place({kInt, rows * kInt, rows * kInt, (sequences + 1) * kInt, sequences * kInt,
         layout.block_table.size() * kInt, rows * kInt, rows * kInt,
         tiles.size() * sizeof(PrefillTile)});
  *PartData<int32_t>(kMaxBlocks) = static_cast<int32_t>(layout.max_blocks);
  CopyTo(layout.positions, PartData<int32_t>(kPositions));
  CopyTo<int32_t>(row_sequence, PartData<int32_t>(kRowSequence));
  CopyTo(layout.first_row, PartData<int32_t>(kFirstRow));
  CopyTo(layout.kv_length, PartData<int32_t>(kKvLength));
  CopyTo(layout.block_table, PartData<int32_t>(kBlockTable));
  for (int64_t r = 0; r < rows; ++r) PartData<int32_t>(kAllRows)[r] = static_cast<int32_t>(r);
  CopyTo<int32_t>(split_rows, PartData<int32_t>(kSplitRows));
  CopyTo<PrefillTile>(tiles, PartData<PrefillTile>(kTiles));

  view_.rows = rows;
  view_.num_split_rows = static_cast<int64_t>(split_rows.size());
  view_.num_tiles = static_cast<int64_t>(tiles.size());
  // Rounded up, so that a growing sequence rarely changes the grid's size.
  view_.max_keys = static_cast<int64_t>(std::bit_ceil(static_cast<uint64_t>(max_keys)));
  shape_ = absl::HashOf(placement_, rows, sequences, view_.num_split_rows, view_.num_tiles,
                        view_.max_keys);
}

CudaStep::~CudaStep() {
  for (auto entry = graphs_->begin(); entry != graphs_->end();) {
    const std::vector<const CudaStep*>& steps = entry->second;
    const bool uses = std::find(steps.begin(), steps.end(), this) != steps.end();
    entry = uses ? graphs_->erase(entry) : std::next(entry);
  }
}

StepView StepImage::At(const uint8_t* base) const {
  const auto ints = [&](Part part) {
    return reinterpret_cast<const int32_t*>(base + offset_[part]);
  };
  StepView view = view_;
  view.max_blocks = ints(kMaxBlocks);
  view.positions = ints(kPositions);
  view.row_sequence = ints(kRowSequence);
  view.first_row = ints(kFirstRow);
  view.kv_length = ints(kKvLength);
  view.block_table = ints(kBlockTable);
  view.all_rows = ints(kAllRows);
  view.split_rows = ints(kSplitRows);
  view.tiles = reinterpret_cast<const PrefillTile*>(base + offset_[kTiles]);
  return view;
}

}  // namespace footnote::kernels::cuda
