#ifndef FOOTNOTE_KERNELS_MATRIX_CPU_H_
#define FOOTNOTE_KERNELS_MATRIX_CPU_H_

#include <cstdint>
#include <memory>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "kernels/base/buffer.h"
#include "kernels/base/cpu.h"
#include "kernels/base/pages.h"
#include "kernels/base/shared_range.h"
#include "kernels/base/thread_team.h"
#include "kernels/matrix.h"
#include "kernels/ops.h"

// Matrices and their products on the CPU: what CpuOps does in Pack, MatMul and
// Gather.
namespace footnote::kernels {

// Space that products use while they run; it grows to what the largest needed.
// One product at a time.
struct MatMulScratch {
  Buffer<uint8_t> inputs;
  SharedRange panels;
};

// See Ops::Pack. The result holds panels of outputs laid out for one pass in
// order (kernels/matrix_layout.h). Thread-safe.
//
// Numeric: the block formats and f32, f16 and bf16 keep the stored numbers; f16
//          and bf16 made from another format are rounded to nearest. kInt8: to
//          nearest of 127 steps of the greatest magnitude of its row. kInt4: as
//          GGUF's reference makes Q4_0: d = the number of greatest magnitude / -8.
// Errors:  InvalidArgument: shapes, formats, row orders out of range. DataLoss:
//          a number that isn't finite. ResourceExhausted: memory.
absl::StatusOr<std::unique_ptr<const Matrix>> PackCpuMatrix(ThreadTeam& team, CpuLevel level,
                                                            absl::Span<const MatrixPart> parts,
                                                            WeightFormat format,
                                                            PageArena* arena = nullptr);

// y = [y +] scale * w x + bias. args.w was made by PackCpuMatrix.
//
// Numeric: kF32, kF16: f32 products and sums over k in order. kBf16: x is rounded to bf16; exact
//          products, f32 sums. All others: x is rounded to 8 bits in groups of 32 inputs (d =
//          greatest magnitude / 127), products and sums of a group are exact integers, the groups'
//          sums are scaled and added in f32 in order. So the result of a row doesn't depend on the
//          rows beside it nor on the number of threads.
void CpuMatMul(ThreadTeam& team, CpuLevel level, const MatMulArgs& args, MatMulScratch* scratch);

// y[r] = row ids[r] of `table`, as the exact numbers that are stored. Asserted:
// ids in [0, n).
void CpuGather(const Matrix& table, absl::Span<const int32_t> ids, float* y, int64_t ldy);

}  // namespace footnote::kernels

#endif  // FOOTNOTE_KERNELS_MATRIX_CPU_H_
