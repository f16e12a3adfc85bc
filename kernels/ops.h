#ifndef FOOTNOTE_KERNELS_OPS_H_
#define FOOTNOTE_KERNELS_OPS_H_

#include <cstddef>
#include <cstdint>
#include <memory>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "kernels/matrix.h"
#include "kernels/op_types.h"

namespace footnote::kernels {

// y = w x + bias for each row, or y += it.
struct MatMulArgs {
  const Matrix* w = nullptr;
  const float* x = nullptr;  // [rows, k], ldx between rows
  int64_t ldx = 0;
  int64_t rows = 0;
  const float* bias = nullptr;  // [n], or null
  float* y = nullptr;           // [rows, n], ldy between rows; no aliasing with x
  int64_t ldy = 0;
  bool add = false;   // to what is in y: a residual
  float scale = 1.f;  // of w x, before the bias
};

// What one step works on: the new rows of several sequences one after another.
// Host arrays; Ops::Upload copies them to the device once per step.
struct StepLayout {
  absl::Span<const int32_t> positions;  // [rows] of each token in its sequence
  absl::Span<const int32_t> first_row;  // [sequences + 1] row where each sequence begins
  absl::Span<const int32_t> kv_length;  // [sequences] tokens to attend to, the new ones among them
  absl::Span<const int32_t> block_table;  // [sequences, max_blocks] cache blocks in order
  int64_t max_blocks = 0;
};

// A StepLayout on the device. Valid until the next Upload into the same object.
class Step {
 public:
  virtual ~Step() = default;
};

// Bytes of one block of a KvLayer.
size_t KvBlockBytes(KvFormat format, int64_t kv_heads, int64_t head_dim);

// The operations that a transformer is made of, on one device. Activations are
// f32 and row-major; every pointer in the arguments points to memory of this
// device, except where "host" is said. One thread at a time uses an Ops (it has
// scratch space of its own); matrices are shared freely.
//
// CPU: an op returns when it is done, having run on its team of threads. CUDA:
// ops are enqueued on one stream; CopyOut and Synchronize wait.
//
// The result of a row doesn't depend on which rows are beside it, on the number
// of threads, nor on how the rows of a sequence were split into steps (on CUDA:
// in deterministic mode).
//
// Errors: shapes are the caller's promise (asserted). What a device reports
// comes from Synchronize and CopyOut.
class Ops {
 public:
  virtual ~Ops() = default;

  // "cpu (avx512_bf16, 2 threads)", "cuda:0 (NVIDIA H200)".
  virtual absl::string_view name() const = 0;

  // Memory of the device, zero at first; freed with the returned object. On the
  // CPU, pages that are never written occupy nothing. Errors: ResourceExhausted.
  struct Free {
    Ops* ops = nullptr;
    size_t bytes = 0;
    void operator()(void* p) const {
      if (p != nullptr) ops->Release(p, bytes);
    }
  };
  using Memory = std::unique_ptr<void, Free>;
  virtual absl::StatusOr<Memory> Allocate(size_t bytes) = 0;
  virtual void CopyIn(const void* host, size_t bytes, void* device) = 0;
  virtual absl::Status CopyOut(const void* device, size_t bytes, void* host) = 0;
  virtual absl::Status Synchronize() = 0;

  // A matrix of the parts' rows one under another, stored as `format`: the
  // parts' own format (which must be one and the same then), or kF32, kF16,
  // kBf16, kInt8 or kInt4, to which any part is converted. Reads each part once,
  // in order. Thread-safe. Errors: InvalidArgument (shapes), ResourceExhausted,
  // DataLoss (a number that isn't finite).
  virtual absl::StatusOr<std::unique_ptr<const Matrix>> Pack(absl::Span<const MatrixPart> parts,
                                                             WeightFormat format) = 0;

  virtual std::unique_ptr<Step> NewStep() = 0;
  virtual void Upload(const StepLayout& layout, Step* step) = 0;

  virtual void MatMul(const MatMulArgs& args) = 0;
  // y[r] = row ids[r] of `table`. ids on the host.
  virtual void Gather(const Matrix& table, absl::Span<const int32_t> ids, float* y,
                      int64_t ldy) = 0;
  // y[r] = x[rows[r]]. rows on the host.
  virtual void GatherRows(const float* x, int64_t ldx, int64_t dim, absl::Span<const int32_t> rows,
                          float* y, int64_t ldy) = 0;
  virtual void Norm(const NormArgs& args) = 0;
  // Writes the new rows' keys and values, [rows, kv_heads * head_dim] each, at
  // their sequences' last positions.
  virtual void StoreKv(const Step& step, const KvLayer& cache, const float* k, int64_t ldk,
                       const float* v, int64_t ldv) = 0;
  virtual void Attend(const AttendArgs& args) = 0;
  // y = kind(x); y may alias x. [rows, dim] each.
  virtual void Activate(Unary kind, const float* x, int64_t ldx, int64_t rows, int64_t dim,
                        float* y, int64_t ldy) = 0;
  // y[r, i] = kind(x[r, i]) * x[r, dim + i]: SwiGLU and its kin. y may alias x's first half.
  virtual void GatedActivate(Unary kind, const float* x, int64_t ldx, int64_t rows, int64_t dim,
                             float* y, int64_t ldy) = 0;
  // y = a * x + b * y.
  virtual void Combine(float a, const float* x, int64_t ldx, float b, float* y, int64_t ldy,
                       int64_t rows, int64_t dim) = 0;
  // x = c * tanh(x / c).
  virtual void SoftCap(float c, float* x, int64_t ldx, int64_t rows, int64_t dim) = 0;

  // Runs `fn`, which calls ops on this object. A device may record what they
  // enqueue and replay it in later calls with the same key without calling `fn`.
  // So the same key promises the same calls with the same arguments (pointers,
  // shapes); what changes from step to step is in device memory: Upload, Gather
  // and everything else that takes host data come before, outside of `fn`. The
  // key need not cover the shape of the Step, whose changes a device sees itself.
  virtual void RunGraph(uint64_t /*key*/, absl::FunctionRef<void()> fn) { fn(); }

 protected:
  virtual void Release(void* p, size_t bytes) = 0;
};

struct CpuOpsOptions {
  // Threads, the caller's among them; below 1: one per available CPU.
  int threads = 0;
};
std::unique_ptr<Ops> MakeCpuOps(const CpuOpsOptions& options);

struct CudaOpsOptions {
  // Fixed kernels and split sizes whatever the number of rows, so that a row's
  // bits don't depend on the step that it is in. Prompts take longer.
  bool deterministic = false;
};
// Device `device` through CUDA. Errors: Unavailable (this build has no CUDA, or
// the machine has no such device or driver; the message says which).
absl::StatusOr<std::unique_ptr<Ops>> MakeCudaOps(int device, const CudaOpsOptions& options = {});

}  // namespace footnote::kernels

#endif  // FOOTNOTE_KERNELS_OPS_H_
