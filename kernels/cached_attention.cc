#include "kernels/cached_attention.h"

#include <algorithm>
#include <atomic>
#include <cassert>

#include "kernels/cached_attention_internal.h"
#include "kernels/cpu_step.h"

namespace footnote::kernels {
namespace {

// Multiplications below which waking the team takes longer than they do.
constexpr int64_t kAloneWork = 256 * 1024;

internal::AttendFn FunctionFor(CpuLevel level, KvFormat format) {
#if defined(__x86_64__)
  if (level >= CpuLevel::kAvx512Bf16 && format != KvFormat::kF32) {
    return internal::AttendBf16Avx512Bf16;
  }
  if (level >= CpuLevel::kAvx512) return internal::AttendF32Avx512;
  if (level >= CpuLevel::kAvx2) return internal::AttendF32Avx2;
#endif
  (void)level;
  (void)format;
  return internal::AttendF32Portable;
}

// Queries that share one reading of keys and values: few enough to stay in the
// second-level cache with their sums, many enough that reading costs little.
int64_t MostQueries(int64_t head_dim) {
  const int64_t whole = 16 * 1024 / internal::PaddedHeadDim(head_dim) / internal::kAttendTileRows;
  return std::max<int64_t>(whole, 1) * internal::kAttendTileRows;
}

// Returns the number of multiplications.
int64_t ListItems(const AttendArgs& args, const CpuStep& step, std::vector<AttendItem>* items) {
  const int64_t share = args.heads / args.cache.kv_heads, most = MostQueries(args.cache.head_dim);
  int64_t work = 0;
  items->clear();
  for (int64_t s = 0; s < step.sequences(); ++s) {
    const int64_t queries = (step.first_row[s + 1] - step.first_row[s]) * share;
    work += queries * args.cache.kv_heads * step.kv_length[s] * args.cache.head_dim;
    // The last queries of a prompt see the most: they go first, so that the
    // threads end together.
    for (int64_t last = queries; last > 0;) {
      const int64_t first = (last - 1) / most * most;
      for (int64_t h = 0; h < args.cache.kv_heads; ++h) items->push_back({s, h, first, last});
      last = first;
    }
  }
  return work;
}

internal::AttendPiece PieceOf(const AttendArgs& args, const CpuStep& step, const AttendItem& item) {
  const int64_t row = step.first_row[item.sequence];
  internal::AttendPiece piece;
  piece.args = &args;
  piece.positions = step.positions.data() + row;
  piece.blocks = step.block_table.data() + item.sequence * step.max_blocks;
  piece.kv_length = step.kv_length[item.sequence];
  piece.q = args.q + row * args.ldq;
  piece.out = args.out + row * args.ldo;
  piece.share = args.heads / args.cache.kv_heads;
  piece.first_head = item.kv_head * piece.share;
  piece.kv_head = item.kv_head;
  piece.first = item.first;
  piece.last = item.last;
  return piece;
}

// Whether the tables of positions reach as far as the step does.
[[maybe_unused]] bool IsWithin(const RotaryTable& rotary, const CpuStep& step) {
  const auto inside = [&](int64_t position) { return position < rotary.positions; };
  return rotary.dims == 0 || (std::all_of(step.positions.begin(), step.positions.end(), inside) &&
                              std::all_of(step.kv_length.begin(), step.kv_length.end(),
                                          [&](int64_t length) { return inside(length - 1); }));
}

}  // namespace

void CachedAttention(ThreadTeam& team, CpuLevel level, const AttendArgs& args,
                     AttendScratch* scratch) {
  assert(args.step != nullptr && args.cache.kv_heads > 0);
  assert(args.heads % args.cache.kv_heads == 0 && args.cache.head_dim % 8 == 0);
  assert(args.rotary.dims <= args.cache.head_dim && args.rotary.dims % 2 == 0);
  const CpuStep& step = *static_cast<const CpuStep*>(args.step);
  assert(IsWithin(args.rotary, step));
  const internal::AttendFn attend = FunctionFor(level, args.cache.format);
  const int64_t work = ListItems(args, step, &scratch->items);
  const int64_t items = static_cast<int64_t>(scratch->items.size());
  if (items == 0) return;
  int64_t most = 0;
  for (const AttendItem& item : scratch->items) most = std::max(most, item.last - item.first);
  const size_t floats = internal::AttendScratchFloats(args.cache.head_dim, most);
  scratch->members.resize(team.size());
  std::atomic<int64_t> next = 0;
  const auto run = [&](int member) {
    int64_t i = next++;
    if (i >= items) return;
    Buffer<float>& space = scratch->members[member];
    if (space.size() < floats) space = Buffer<float>(floats);
    for (; i < items; i = next++) {
      internal::AttendPiece piece = PieceOf(args, step, scratch->items[i]);
      piece.scratch = space.data();
      attend(piece);
    }
  };
  if (work < kAloneWork || items == 1) return run(0);
  team.Run(run);
}

}  // namespace footnote::kernels
