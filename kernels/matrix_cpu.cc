#include "kernels/matrix_cpu.h"

#include <algorithm>
#include <atomic>
#include <cassert>

#include "kernels/bfloat16.h"
#include "kernels/matrix_cpu_impl.h"

namespace footnote::kernels {
namespace internal {
namespace {

PanelKernels KernelsOf(CpuLevel level) {
#if defined(__x86_64__)
  if (level >= CpuLevel::kAvx512Bf16) return PanelKernelsAvx512Bf16();
  if (level >= CpuLevel::kAvx512Vnni) return PanelKernelsAvx512Vnni();
  if (level >= CpuLevel::kAvx512) return PanelKernelsAvx512();
  if (level >= CpuLevel::kAvx2) return PanelKernelsAvx2();
#endif
  (void)level;
  return PanelKernelsPortable();
}

// Rows so few that each member prepares the inputs for itself: cheaper than
// waiting for one another.
constexpr int64_t kFewRows = 4;
// Inputs that are multiplied with some panels before the next ones are: they
// should stay in the second-level cache.
constexpr int64_t kInputsAtOnce = 512 * 1024;

// Bytes of weights that a member takes at once.
constexpr int64_t kWeightsAtOnce = 128 * 1024;
// With at most so many rows most of the time goes into reading the weights: each
// member then reads one long run, and this much at its end.
constexpr int64_t kReadingRows = 16;
constexpr int64_t kWeightsAtEnd = 16 * 1024;

int64_t RoundUp(int64_t v, int64_t to) { return (v + to - 1) / to * to; }

// One product on one team.
class Product {
 public:
  Product(ThreadTeam& team, CpuLevel level, const MatMulArgs& args, MatMulScratch* scratch)
      : team_(team),
        level_(level),
        args_(args),
        matrix_(static_cast<const CpuMatrix&>(*args.w)),
        kernels_(KernelsOf(level)),
        scratch_(scratch) {
    if (IsFloat(matrix_.kind())) {
      direct_ = matrix_.kind() != PanelKind::kBf16;
      row_bytes_ = matrix_.shape().k_stored * (direct_ ? 4 : 2);
    } else {
      row_bytes_ = matrix_.shape().k_stored / kGroupInputs * kGroupBytes;
    }
    const int64_t tile = kernels_.tile_rows;
    block_rows_ = std::max<int64_t>(1, kInputsAtOnce / row_bytes_ / tile) * tile;
  }

  void Run() {
    if (args_.rows == 0) return;
    const bool few = args_.rows <= kFewRows;
    const int64_t bytes = direct_ ? 0 : RoundUp(args_.rows * row_bytes_, 64);
    const size_t needed = static_cast<size_t>(bytes * (few ? team_.size() : 1));
    if (scratch_->inputs.size() < needed) scratch_->inputs = Buffer<uint8_t>(needed);
    uint8_t* inputs = scratch_->inputs.data();
    const bool reading = args_.rows <= kReadingRows;
    if (reading) scratch_->panels.Reset(team_.size(), matrix_.shape().panels);
    if (!few && !direct_) {
      team_.Run([&](int) { PrepareBlocks(inputs); });
    }
    team_.Run([&](int member) {
      uint8_t* mine = few && !direct_ ? inputs + member * bytes : inputs;
      if (few && !direct_) Prepare(mine, 0, args_.rows);
      if (reading) {
        MultiplyReading(member, mine);
      } else {
        Multiply(mine);
      }
    });
  }

 private:
  void PrepareBlocks(uint8_t* inputs) {
    const int64_t step = kernels_.tile_rows * std::max<int64_t>(1, 16 / kernels_.tile_rows);
    while (true) {
      const int64_t first = next_input_.fetch_add(step);
      if (first >= args_.rows) return;
      Prepare(inputs, first, std::min(args_.rows, first + step));
    }
  }

  // Rounds rows [first, last) of x; `first` is where a tile begins.
  void Prepare(uint8_t* inputs, int64_t first, int64_t last) {
    const int64_t k = matrix_.k(), k_stored = matrix_.shape().k_stored;
    const float* x = args_.x + first * args_.ldx;
    if (matrix_.kind() == PanelKind::kBf16) {
      Bf16* to = reinterpret_cast<Bf16*>(inputs) + first * k_stored;
      for (int64_t r = first; r < last; ++r, x += args_.ldx, to += k_stored) {
        ToBf16(level_, x, k, to);
        std::fill(to + k, to + k_stored, Bf16{0});
      }
      return;
    }
    const ChunkLayout layout = LayoutOf(matrix_.kind());
    QuantizeGroupsArgs quantize;
    quantize.x = x;
    quantize.ldx = args_.ldx;
    quantize.rows = last - first;
    quantize.k = k;
    quantize.groups = k_stored / kGroupInputs;
    quantize.zero = layout.zero;
    quantize.halves = layout.sub_inputs == 16;
    quantize.out = inputs + first * row_bytes_;
    kernels_.quantize(quantize);
  }

  // Takes panels until none is left; all rows of the first block of rows, then
  // of the next.
  void Multiply(const uint8_t* inputs) {
    const PanelShape& shape = matrix_.shape();
    const int64_t step = std::max<int64_t>(1, kWeightsAtOnce / shape.panel_bytes);
    const int64_t steps = (shape.panels + step - 1) / step;
    const int64_t blocks = (args_.rows + block_rows_ - 1) / block_rows_;
    while (true) {
      const int64_t task = next_task_.fetch_add(1);
      if (task >= steps * blocks) return;
      const int64_t first = task % steps * step;
      MultiplyPanels(inputs, task / steps * block_rows_, first,
                     std::min(first + step, shape.panels));
    }
  }

  // Takes panels until none is left, and multiplies them by all rows.
  void MultiplyReading(int member, const uint8_t* inputs) {
    const int64_t least = std::max<int64_t>(1, kWeightsAtEnd / matrix_.shape().panel_bytes);
    int64_t first, last;
    while (scratch_->panels.Take(member, least, &first, &last)) {
      for (int64_t row = 0; row < args_.rows; row += block_rows_) {
        MultiplyPanels(inputs, row, first, last);
      }
    }
  }

  // The block of rows from `row` with panels [first, last).
  void MultiplyPanels(const uint8_t* inputs, int64_t row, int64_t first, int64_t last) {
    const PanelShape& shape = matrix_.shape();
    PanelArgs args;
    args.panels = matrix_.panels();
    args.panel_bytes = shape.panel_bytes;
    args.first_panel = first;
    args.last_panel = last;
    args.n = matrix_.n();
    args.k = shape.k_stored;
    args.rows = std::min(block_rows_, args_.rows - row);
    args.x =
        direct_ ? static_cast<const void*>(args_.x + row * args_.ldx) : inputs + row * row_bytes_;
    args.ldx = direct_ ? args_.ldx : shape.k_stored;
    args.scale = args_.scale;
    args.bias = args_.bias;
    args.y = args_.y + row * args_.ldy;
    args.ldy = args_.ldy;
    args.add = args_.add;
    kernels_.multiply(matrix_.kind(), args);
  }

  ThreadTeam& team_;
  const CpuLevel level_;
  const MatMulArgs& args_;
  const CpuMatrix& matrix_;
  const PanelKernels kernels_;
  MatMulScratch* const scratch_;
  bool direct_ = false;  // x is multiplied as it is
  int64_t row_bytes_ = 0;
  int64_t block_rows_ = 0;
  std::atomic<int64_t> next_input_{0};
  std::atomic<int64_t> next_task_{0};
};

}  // namespace
}  // namespace internal

void CpuMatMul(ThreadTeam& team, CpuLevel level, const MatMulArgs& args, MatMulScratch* scratch) {
  assert(args.w != nullptr && args.rows >= 0);
  assert(args.rows == 0 || (args.ldx >= args.w->k() && args.ldy >= args.w->n()));
  internal::Product(team, level, args, scratch).Run();
}

}  // namespace footnote::kernels
