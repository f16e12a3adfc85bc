#ifndef FOOTNOTE_KERNELS_CUDA_CUDA_OPS_H_
#define FOOTNOTE_KERNELS_CUDA_CUDA_OPS_H_

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/types/span.h"
#include "kernels/cuda/cuda_step.h"
#include "kernels/cuda/device_memory.h"
#include "kernels/cuda/gemm.h"
#include "kernels/cuda/graph_cache.h"
#include "kernels/cuda/launch.h"
#include "kernels/ops.h"

namespace footnote::kernels::cuda {

// kernels/ops.h on one CUDA device: one stream for the ops, one for loading
// weights. Scratch memory grows to what the largest op needed and is kept. The
// first error of any op stays: later ops do nothing, and Synchronize and CopyOut
// return it with the op's name.
class CudaOps final : public Ops {
 public:
  static absl::StatusOr<std::unique_ptr<CudaOps>> Make(int device, const CudaOpsOptions& options);
  ~CudaOps() override;

  absl::string_view name() const override { return name_; }
  absl::StatusOr<Memory> Allocate(size_t bytes) override;
  void CopyIn(const void* host, size_t bytes, void* device) override;
  absl::Status CopyOut(const void* device, size_t bytes, void* host) override;
  absl::Status Synchronize() override;
  absl::StatusOr<std::unique_ptr<const Matrix>> Pack(absl::Span<const MatrixPart> parts,
                                                     WeightFormat format) override;
  std::unique_ptr<Step> NewStep() override;
  void Upload(const StepLayout& layout, Step* step) override;
  void MatMul(const MatMulArgs& args) override;
  void Gather(const Matrix& table, absl::Span<const int32_t> ids, float* y, int64_t ldy) override;
  void GatherRows(const float* x, int64_t ldx, int64_t dim, absl::Span<const int32_t> rows,
                  float* y, int64_t ldy) override;
  void Norm(const NormArgs& args) override;
  void StoreKv(const Step& step, const KvLayer& cache, const float* k, int64_t ldk, const float* v,
               int64_t ldv) override;
  void Attend(const AttendArgs& args) override;
  void Activate(Unary kind, const float* x, int64_t ldx, int64_t rows, int64_t dim, float* y,
                int64_t ldy) override;
  void GatedActivate(Unary kind, const float* x, int64_t ldx, int64_t rows, int64_t dim, float* y,
                     int64_t ldy) override;
  void Combine(float a, const float* x, int64_t ldx, float b, float* y, int64_t ldy, int64_t rows,
               int64_t dim) override;
  void SoftCap(float c, float* x, int64_t ldx, int64_t rows, int64_t dim) override;
  void RunGraph(uint64_t key, absl::FunctionRef<void()> fn) override;

  // Beyond Ops, for tests and benchmarks.
  // tokens[r] for each row of logits, both on the device; settings on the host.
  void Sample(const float* logits, int64_t ld, int64_t vocab, absl::Span<const SampleRow> settings,
              int32_t* tokens);
  // Replays of recorded graphs so far.
  int64_t graph_replays() const { return graphs_.replays(); }
  cudaStream_t stream() const { return stream_.get(); }

 protected:
  void Release(void* p, size_t bytes) override;

 private:
  enum Scratch { kInputs, kWeights, kPartial, kIds, kScratches };

  CudaOps(int device, const CudaOpsOptions& options, Stream stream, Stream load_stream,
          PinnedRing ring, PinnedRing load_ring, std::unique_ptr<Gemm> gemm, std::string name);

  // Runs `enqueue` unless there is an error, and keeps the one that it returns.
  template <typename F>
  void Enqueue(absl::string_view op, const F& enqueue) {
    if (!status_.ok()) return;
    cudaError_t error = cudaSetDevice(device_);
    if (error == cudaSuccess) error = enqueue();
    if (error != cudaSuccess) return Keep(CudaStatus(error, op));
    last_op_ = op;
  }
  void Keep(const absl::Status& status);
  // Host data can't be part of a recorded graph.
  void TakesHostData() { replayable_ = false; }
  // Device memory of at least `bytes`, valid until the next call for the same
  // purpose; null after an error.
  void* ScratchFor(Scratch purpose, size_t bytes);
  // Host numbers to the device's scratch; null after an error.
  const int32_t* Ids(absl::Span<const int32_t> ids);
  // The step on the device, noted for the graph that is being learned.
  const StepView& Use(const Step& step);

  void MatVec(const MatMulArgs& args, const WeightView& w);
  void LargeProduct(const MatMulArgs& args, const WeightView& w);
  void RunGemm(const MatMulArgs& args, GemmType type, const void* w, int64_t ldw, int64_t first,
               int64_t n, const void* x, int64_t ldx);
  void AttendRows(const AttendArgs& args, const StepView& step, const int32_t* list, int64_t count);

  const int device_;
  const CudaOpsOptions options_;
  Stream stream_;
  Stream load_stream_;
  PinnedRing ring_;
  std::unique_ptr<Gemm> gemm_;  // null: there is no cuBLASLt
  std::string name_;
  std::array<DeviceMemory, kScratches> scratch_;
  std::shared_ptr<GraphSteps> graph_steps_ = std::make_shared<GraphSteps>();
  std::vector<const CudaStep*> used_steps_;
  GraphCache graphs_;
  bool replayable_ = true;
  absl::string_view last_op_ = "nothing";  // a literal
  absl::Status status_;

  absl::Mutex load_mutex_;
  PinnedRing load_ring_ ABSL_GUARDED_BY(load_mutex_);
};

}  // namespace footnote::kernels::cuda

#endif  // FOOTNOTE_KERNELS_CUDA_CUDA_OPS_H_
