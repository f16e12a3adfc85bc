#ifndef FOOTNOTE_KERNELS_CUDA_LAUNCH_H_
#define FOOTNOTE_KERNELS_CUDA_LAUNCH_H_

// How the host side calls the kernels: plain structs and functions, so that
// neither side includes the other's libraries. Every launcher enqueues on the
// stream and returns what the launch gave; nothing waits.

#include <cuda_runtime_api.h>

#include <cstdint>

#include "kernels/cuda/step_view.h"
#include "kernels/cuda/weight_view.h"
#include "kernels/op_types.h"

namespace footnote::kernels::cuda {

// ---- products (matvec_dense.cu, matvec_blocks.cu) ----

// Rows of activations as 8-bit numbers, in groups of 32: x = scale * q.
struct QuantizedRows {
  int8_t* q = nullptr;     // [rows, groups * 32], 0 past the row's end
  float* scale = nullptr;  // [rows, groups]
  float* sum = nullptr;    // [rows, groups]: scale * the sum of the group's q
  int64_t groups = 0;
};

struct MatVecArgs {
  WeightView w;
  const float* x = nullptr;  // dense formats: [rows, k]
  int64_t ldx = 0;
  QuantizedRows xq;  // block formats
  int64_t rows = 0;
  const float* bias = nullptr;
  float* y = nullptr;
  int64_t ldy = 0;
  bool add = false;
  float scale = 1.f;
  // The same instructions whatever the number of rows.
  bool deterministic = false;
};
// y = scale * w x + bias (+ y), the weights read once per 8 rows.
cudaError_t MatVecDense(const MatVecArgs& args, cudaStream_t stream);
cudaError_t MatVecBlocks(const MatVecArgs& args, cudaStream_t stream);
cudaError_t QuantizeRows(const float* x, int64_t ldx, int64_t rows, int64_t k,
                         const QuantizedRows& out, cudaStream_t stream);

// ---- weights as plain numbers (expand.cu) ----

// y[r, :] = row ids[r] of w, or row first + r where ids is null. y is f32 or bf16,
// ldy elements between rows.
cudaError_t ExpandRows(const WeightView& w, const int32_t* ids, int64_t first, int64_t rows,
                       void* y, bool bf16, int64_t ldy, cudaStream_t stream);

// ---- row by row (norm.cu, row_ops.cu) ----

cudaError_t NormRows(const NormArgs& args, cudaStream_t stream);
cudaError_t ActivateRows(Unary kind, const float* x, int64_t ldx, int64_t rows, int64_t dim,
                         float* y, int64_t ldy, cudaStream_t stream);
cudaError_t GatedActivateRows(Unary kind, const float* x, int64_t ldx, int64_t rows, int64_t dim,
                              float* y, int64_t ldy, cudaStream_t stream);
cudaError_t CombineRows(float a, const float* x, int64_t ldx, float b, float* y, int64_t ldy,
                        int64_t rows, int64_t dim, cudaStream_t stream);
cudaError_t SoftCapRows(float c, float* x, int64_t ldx, int64_t rows, int64_t dim,
                        cudaStream_t stream);
// y[r, :] = x[ids[r], :], ids on the device.
cudaError_t CopyRows(const float* x, int64_t ldx, int64_t dim, const int32_t* ids, int64_t rows,
                     float* y, int64_t ldy, cudaStream_t stream);
// bf16, rounded to nearest even; columns dim to ldy become 0.
cudaError_t ToBf16Rows(const float* x, int64_t ldx, int64_t rows, int64_t dim, uint16_t* y,
                       int64_t ldy, cudaStream_t stream);
// y[r, :] += bias.
cudaError_t AddBiasRows(const float* bias, int64_t rows, int64_t dim, float* y, int64_t ldy,
                        cudaStream_t stream);

// ---- cache and attention (store_kv.cu, attend_split.cu, attend_prefill.cu) ----

cudaError_t StoreKvRows(const StepView& step, const KvLayer& cache, const float* k, int64_t ldk,
                        const float* v, int64_t ldv, cudaStream_t stream);

// Keys that one block of the split kernel works on. Fixed, so that a row's bits
// depend on neither the length nor the neighbours.
inline constexpr int64_t kSplitKeys = 256;
inline constexpr int64_t kMaxHeadDim = 256;

// Part of what a row's head sees: the softmax's maximum and sum, and the sum of
// values. [rows, heads, splits] of (2 + head_dim) floats.
struct SplitScratch {
  float* partial = nullptr;
  int64_t splits = 0;
};
// Rows row_list[first .. first + rows) of the step, in f32 arithmetic, any cache format.
cudaError_t AttendSplit(const AttendArgs& args, const StepView& step, const int32_t* row_list,
                        int64_t first, int64_t rows, const SplitScratch& scratch,
                        cudaStream_t stream);
// The step's tiles (StepView::tiles), bf16 products with f32 sums; not for KvFormat::kF32.
cudaError_t AttendPrefill(const AttendArgs& args, const StepView& step, cudaStream_t stream);

// ---- sampling (sample.cu) ----

// One row's choice. temperature <= 0: the largest logit, the first of equals.
// Else from softmax(logits / temperature), limited to the top_k largest (0: all),
// then to the smallest set of largest probabilities whose sum reaches top_p
// (>= 1: all), then to probabilities of at least min_p times the largest. Equals
// of the last one kept are kept too. `uniform` in [0, 1) picks by cumulative
// probability in order of the ids.
struct SampleRow {
  float temperature = 0;
  int32_t top_k = 0;
  float top_p = 1;
  float min_p = 0;
  float uniform = 0;
};
// logits: [rows, vocab] f32; settings: [rows]; tokens: [rows]; all on the device.
// A row without a finite logit gives -1.
cudaError_t SampleRows(const float* logits, int64_t ld, int64_t rows, int64_t vocab,
                       const SampleRow* settings, int32_t* tokens, cudaStream_t stream);

}  // namespace footnote::kernels::cuda

#endif  // FOOTNOTE_KERNELS_CUDA_LAUNCH_H_
