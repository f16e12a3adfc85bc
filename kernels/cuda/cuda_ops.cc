#include "kernels/cuda/cuda_ops.h"

#include <algorithm>
#include <cassert>
#include <cstring>
#include <utility>

#include "absl/hash/hash.h"
#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "kernels/cuda/cuda_matrix.h"
#include "kernels/cuda/devices.h"

namespace footnote::kernels {
namespace cuda {
namespace {

constexpr size_t kRingBytes = size_t{4} << 20;
// Parts of attention kept at a time.
constexpr int64_t kPartBytes = int64_t{64} << 20;
constexpr size_t kLoadRingBytes = size_t{32} << 20;

}  // namespace

absl::StatusOr<std::unique_ptr<CudaOps>> CudaOps::Make(int device, const CudaOpsOptions& options) {
  FN_ASSIGN_OR_RETURN(const CudaDeviceInfo info, DescribeCudaDevice(device));
  if (info.major < 8) {
    return absl::UnavailableError(absl::StrCat("CUDA device ", device, " (", info.name,
                                               ") has compute capability ", info.major, ".",
                                               info.minor, "; 8.0 or later is needed"));
  }
  FN_RETURN_IF_ERROR(CudaStatus(cudaSetDevice(device), "choosing the device"));
  FN_ASSIGN_OR_RETURN(Stream stream, Stream::Create());
  FN_ASSIGN_OR_RETURN(Stream load_stream, Stream::Create());
  FN_ASSIGN_OR_RETURN(PinnedRing ring, PinnedRing::Create(kRingBytes, stream.get()));
  FN_ASSIGN_OR_RETURN(PinnedRing load_ring, PinnedRing::Create(kLoadRingBytes, load_stream.get()));
  absl::StatusOr<std::unique_ptr<Gemm>> gemm = MakeGemm(stream.get());
  if (!gemm.ok() && !absl::IsNotFound(gemm.status())) return gemm.status();
  const std::string name =
      absl::StrCat("cuda:", device, " (", info.name, gemm.ok() ? "" : ", without cuBLASLt",
                   options.deterministic ? ", deterministic)" : ")");
  return absl::WrapUnique(new CudaOps(device, options, std::move(stream), std::move(load_stream),
                                      std::move(ring), std::move(load_ring),
                                      gemm.ok() ? *std::move(gemm) : nullptr, name));
}

CudaOps::CudaOps(int device, const CudaOpsOptions& options, Stream stream, Stream load_stream,
                 PinnedRing ring, PinnedRing load_ring, std::unique_ptr<Gemm> gemm,
                 std::string name)
    : device_(device),
      options_(options),
      stream_(std::move(stream)),
      load_stream_(std::move(load_stream)),
      ring_(std::move(ring)),
      gemm_(std::move(gemm)),
      name_(std::move(name)),
      graphs_(stream_.get()),
      load_ring_(std::move(load_ring)) {}

CudaOps::~CudaOps() {
  cudaSetDevice(device_);
  cudaStreamSynchronize(stream_.get());
}

void CudaOps::Keep(const absl::Status& status) {
  if (status_.ok()) status_ = status;
}

absl::StatusOr<Ops::Memory> CudaOps::Allocate(size_t bytes) {
  TakesHostData();
  FN_RETURN_IF_ERROR(status_);
  FN_RETURN_IF_ERROR(CudaStatus(cudaSetDevice(device_), "choosing the device"));
  const size_t allocated = std::max<size_t>(bytes, 1);
  void* p = nullptr;
  const cudaError_t error = cudaMalloc(&p, allocated);
  if (error != cudaSuccess) {
    cudaGetLastError();  // reported here, and not again
    return CudaStatus(error, absl::StrCat("allocating ", bytes, " bytes"));
  }
  Memory memory(p, Free{this, allocated});
  FN_RETURN_IF_ERROR(CudaStatus(cudaMemsetAsync(p, 0, allocated, stream_.get()), "Allocate"));
  return memory;
}

void CudaOps::Release(void* p, size_t /*bytes*/) {
  cudaSetDevice(device_);
  cudaStreamSynchronize(stream_.get());
  graphs_.Clear();  // they may hold the address
  cudaFree(p);
}

void CudaOps::CopyIn(const void* host, size_t bytes, void* device) {
  TakesHostData();
  const auto* from = static_cast<const uint8_t*>(host);
  auto* to = static_cast<uint8_t*>(device);
  while (bytes > 0 && status_.ok()) {
    const size_t piece = std::min(bytes, ring_.size() / 2);
    const absl::StatusOr<void*> pinned = ring_.Take(piece);
    if (!pinned.ok()) return Keep(pinned.status());
    std::memcpy(*pinned, from, piece);
    Enqueue("CopyIn", [&] {
      return cudaMemcpyAsync(to, *pinned, piece, cudaMemcpyHostToDevice, stream_.get());
    });
    from += piece;
    to += piece;
    bytes -= piece;
  }
}

absl::Status CudaOps::CopyOut(const void* device, size_t bytes, void* host) {
  TakesHostData();
  const auto* from = static_cast<const uint8_t*>(device);
  auto* to = static_cast<uint8_t*>(host);
  while (bytes > 0 && status_.ok()) {
    const size_t piece = std::min(bytes, ring_.size() / 2);
    FN_ASSIGN_OR_RETURN(void* const pinned, ring_.Take(piece));
    Enqueue("CopyOut", [&] {
      return cudaMemcpyAsync(pinned, from, piece, cudaMemcpyDeviceToHost, stream_.get());
    });
    FN_RETURN_IF_ERROR(Synchronize());
    std::memcpy(to, pinned, piece);
    from += piece;
    to += piece;
    bytes -= piece;
  }
  return Synchronize();
}

absl::Status CudaOps::Synchronize() {
  if (!status_.ok()) return status_;
  const cudaError_t error = cudaStreamSynchronize(stream_.get());
  if (error != cudaSuccess) {
    Keep(CudaStatus(error, absl::StrCat("an op, the last one before waiting was ", last_op_)));
  }
  return status_;
}

absl::StatusOr<std::unique_ptr<const Matrix>> CudaOps::Pack(absl::Span<const MatrixPart> parts,
                                                            WeightFormat format) {
  const absl::MutexLock lock(&load_mutex_);
  FN_RETURN_IF_ERROR(CudaStatus(cudaSetDevice(device_), "choosing the device"));
  return PackCudaMatrix(parts, format, load_ring_, load_stream_.get());
}

std::unique_ptr<Step> CudaOps::NewStep() { return std::make_unique<CudaStep>(graph_steps_); }

void CudaOps::Upload(const StepLayout& layout, Step* step) {
  TakesHostData();
  if (!status_.ok()) return;
  auto& to = static_cast<CudaStep&>(*step);
  to.image.Build(layout, options_.deterministic);
  const std::vector<uint8_t>& bytes = to.image.bytes();
  if (to.memory.bytes() < bytes.size()) {
    if (absl::Status waited = Synchronize(); !waited.ok()) return;
    graphs_.Clear();
    absl::StatusOr<DeviceMemory> memory = DeviceMemory::Allocate(bytes.size());
    if (!memory.ok()) return Keep(memory.status());
    to.memory = *std::move(memory);
  }
  to.view = to.image.At(to.memory.as<uint8_t>());
  CopyIn(bytes.data(), bytes.size(), to.memory.as<void>());
}

const StepView& CudaOps::Use(const Step& step) {
  const auto& used = static_cast<const CudaStep&>(step);
  if (std::find(used_steps_.begin(), used_steps_.end(), &used) == used_steps_.end()) {
    used_steps_.push_back(&used);
  }
  return used.view;
}

void* CudaOps::ScratchFor(Scratch purpose, size_t bytes) {
  DeviceMemory& memory = scratch_[purpose];
  if (memory.bytes() < bytes) {
    if (graphs_.recording()) {
      // Memory can't be had now; the work is run again without a record.
      TakesHostData();
      return nullptr;
    }
    if (absl::Status waited = Synchronize(); !waited.ok()) return nullptr;
    graphs_.Clear();
    memory = DeviceMemory();
    absl::StatusOr<DeviceMemory> grown = DeviceMemory::Allocate(bytes + bytes / 4);
    if (!grown.ok()) {
      Keep(grown.status());
      return nullptr;
    }
    memory = *std::move(grown);
  }
  return memory.as<void>();
}

const int32_t* CudaOps::Ids(absl::Span<const int32_t> ids) {
  TakesHostData();
  auto* device = static_cast<int32_t*>(ScratchFor(kIds, ids.size() * sizeof(int32_t)));
  if (device != nullptr) CopyIn(ids.data(), ids.size() * sizeof(int32_t), device);
  return status_.ok() ? device : nullptr;
}

void CudaOps::Gather(const Matrix& table, absl::Span<const int32_t> ids, float* y, int64_t ldy) {
  const WeightView& w = static_cast<const CudaMatrix&>(table).view();
  const int32_t* device = Ids(ids);
  if (device == nullptr) return;
  Enqueue("Gather", [&] {
    return ExpandRows(w, device, 0, static_cast<int64_t>(ids.size()), y, false, ldy, stream_.get());
  });
}

void CudaOps::GatherRows(const float* x, int64_t ldx, int64_t dim, absl::Span<const int32_t> rows,
                         float* y, int64_t ldy) {
  const int32_t* device = Ids(rows);
  if (device == nullptr) return;
  Enqueue("GatherRows", [&] {
    return CopyRows(x, ldx, dim, device, static_cast<int64_t>(rows.size()), y, ldy, stream_.get());
  });
}

void CudaOps::Norm(const NormArgs& args) {
  Enqueue("Norm", [&] { return NormRows(args, stream_.get()); });
}

void CudaOps::StoreKv(const Step& step, const KvLayer& cache, const float* k, int64_t ldk,
                      const float* v, int64_t ldv) {
  Enqueue("StoreKv", [&] { return StoreKvRows(Use(step), cache, k, ldk, v, ldv, stream_.get()); });
}

void CudaOps::AttendRows(const AttendArgs& args, const StepView& step, const int32_t* list,
                         int64_t count) {
  SplitScratch scratch;
  scratch.splits = (step.max_keys + kSplitKeys - 1) / kSplitKeys;
  const int64_t row_bytes =
      args.heads * scratch.splits * (2 + args.cache.head_dim) * static_cast<int64_t>(sizeof(float));
  const int64_t rows = std::min(count, std::max<int64_t>(1, kPartBytes / row_bytes));
  if (count == 0) return;
  scratch.partial = static_cast<float*>(ScratchFor(kPartial, rows * row_bytes));
  if (scratch.partial == nullptr) return;
  for (int64_t first = 0; first < count; first += rows) {
    Enqueue("Attend", [&] {
      return AttendSplit(args, step, list, first, std::min(rows, count - first), scratch,
                         stream_.get());
    });
  }
}

void CudaOps::Attend(const AttendArgs& args) {
  const StepView& step = Use(*args.step);
  // f32 products have no tensor cores; an f32 cache asks for their precision.
  if (args.cache.format == KvFormat::kF32) {
    AttendRows(args, step, step.all_rows, step.rows);
    return;
  }
  AttendRows(args, step, step.split_rows, step.num_split_rows);
  Enqueue("Attend (prompt)", [&] { return AttendPrefill(args, step, stream_.get()); });
}

void CudaOps::Activate(Unary kind, const float* x, int64_t ldx, int64_t rows, int64_t dim, float* y,
                       int64_t ldy) {
  Enqueue("Activate", [&] { return ActivateRows(kind, x, ldx, rows, dim, y, ldy, stream_.get()); });
}

void CudaOps::GatedActivate(Unary kind, const float* x, int64_t ldx, int64_t rows, int64_t dim,
                            float* y, int64_t ldy) {
  Enqueue("GatedActivate",
          [&] { return GatedActivateRows(kind, x, ldx, rows, dim, y, ldy, stream_.get()); });
}

void CudaOps::Combine(float a, const float* x, int64_t ldx, float b, float* y, int64_t ldy,
                      int64_t rows, int64_t dim) {
  Enqueue("Combine", [&] { return CombineRows(a, x, ldx, b, y, ldy, rows, dim, stream_.get()); });
}

void CudaOps::SoftCap(float c, float* x, int64_t ldx, int64_t rows, int64_t dim) {
  Enqueue("SoftCap", [&] { return SoftCapRows(c, x, ldx, rows, dim, stream_.get()); });
}

void CudaOps::RunGraph(uint64_t key, absl::FunctionRef<void()> fn) {
  if (!status_.ok()) return;
  const auto found = graph_steps_->find(key);
  if (found == graph_steps_->end()) {
    // The first time shows which steps the work uses.
    used_steps_.clear();
    fn();
    (*graph_steps_)[key] = std::move(used_steps_);
    used_steps_.clear();
    return;
  }
  uint64_t full_key = key;
  bool prompts = false;
  for (const CudaStep* step : found->second) {
    full_key = absl::HashOf(full_key, reinterpret_cast<uintptr_t>(step), step->image.shape());
    prompts = prompts || step->view.num_tiles > 0;
  }
  // Prompts differ each time, and their kernels run long: nothing is gained by a record.
  if (prompts) {
    fn();
    return;
  }
  Enqueue("RunGraph", [] { return cudaSuccess; });  // chooses the device
  Keep(graphs_.Run(full_key, [&] {
    replayable_ = true;
    fn();
    return replayable_ && status_.ok();
  }));
}

void CudaOps::Sample(const float* logits, int64_t ld, int64_t vocab,
                     absl::Span<const SampleRow> settings, int32_t* tokens) {
  const size_t bytes = settings.size() * sizeof(SampleRow);
  auto* device = static_cast<SampleRow*>(ScratchFor(kIds, bytes));
  if (device == nullptr) return;
  CopyIn(settings.data(), bytes, device);
  Enqueue("Sample", [&] {
    return SampleRows(logits, ld, static_cast<int64_t>(settings.size()), vocab, device, tokens,
                      stream_.get());
  });
}

}  // namespace cuda

absl::StatusOr<std::unique_ptr<Ops>> MakeCudaOps(int device, const CudaOpsOptions& options) {
  return cuda::CudaOps::Make(device, options);
}

}  // namespace footnote::kernels
