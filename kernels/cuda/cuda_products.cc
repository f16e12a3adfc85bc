// CudaOps::MatMul: which kernel makes a product.
#include <algorithm>
#include <cstdint>

#include "kernels/cuda/cuda_matrix.h"
#include "kernels/cuda/cuda_ops.h"

namespace footnote::kernels::cuda {
namespace {

// Weights expanded at a time.
constexpr int64_t kSliceBytes = int64_t{64} << 20;
// Rows up to which the products read the weights as they are stored.
constexpr int64_t kMaxDenseMatVecRows = 8;
constexpr int64_t kMaxBlockMatVecRows = 32;

}  // namespace

void CudaOps::MatVec(const MatMulArgs& args, const WeightView& w) {
  MatVecArgs product;
  product.w = w;
  product.x = args.x;
  product.ldx = args.ldx;
  product.rows = args.rows;
  product.bias = args.bias;
  product.y = args.y;
  product.ldy = args.ldy;
  product.add = args.add;
  product.scale = args.scale;
  product.deterministic = options_.deterministic;
  if (IsDense(w.packing)) {
    Enqueue("MatMul", [&] { return MatVecDense(product, stream_.get()); });
    return;
  }
  const int64_t groups = args.rows * w.groups;
  auto* scratch = static_cast<uint8_t*>(ScratchFor(kInputs, groups * (32 + 2 * sizeof(float))));
  if (scratch == nullptr) return;
  product.xq.q = reinterpret_cast<int8_t*>(scratch);
  product.xq.scale = reinterpret_cast<float*>(scratch + groups * 32);
  product.xq.sum = product.xq.scale + groups;
  product.xq.groups = w.groups;
  Enqueue("MatMul (inputs)", [&] {
    return QuantizeRows(args.x, args.ldx, args.rows, w.k, product.xq, stream_.get());
  });
  Enqueue("MatMul", [&] { return MatVecBlocks(product, stream_.get()); });
}

void CudaOps::RunGemm(const MatMulArgs& args, GemmType type, const void* w, int64_t ldw,
                      int64_t first, int64_t n, const void* x, int64_t ldx) {
  if (!status_.ok()) return;
  GemmArgs product;
  product.type = type;
  product.w = w;
  product.ldw = ldw;
  product.x = x;
  product.ldx = ldx;
  product.y = args.y + first;
  product.ldy = args.ldy;
  product.n = n;
  product.k = args.w->k();
  product.rows = args.rows;
  product.bias = args.bias == nullptr ? nullptr : args.bias + first;
  product.add = args.add;
  product.scale = args.scale;
  Keep(gemm_->Run(product));
}

void CudaOps::LargeProduct(const MatMulArgs& args, const WeightView& w) {
  // f16 weights are multiplied as TF32, which has f16's fraction and f32's range: activations
  // beyond 65504 (T5's) would overflow in f16.
  const bool bf16 = w.packing != Packing::kF32 && w.packing != Packing::kF16;
  const void* x = args.x;
  int64_t ldx = args.ldx;
  if (bf16) {
    ldx = (w.k + 7) / 8 * 8;
    auto* to = static_cast<uint16_t*>(ScratchFor(kInputs, args.rows * ldx * sizeof(uint16_t)));
    if (to == nullptr) return;
    Enqueue("MatMul (inputs)",
            [&] { return ToBf16Rows(args.x, args.ldx, args.rows, w.k, to, ldx, stream_.get()); });
    x = to;
  }
  if (w.packing == Packing::kBf16 || w.packing == Packing::kF32) {
    RunGemm(args, bf16 ? GemmType::kBf16 : GemmType::kF32, w.quants, w.pitch, 0, w.n, x, ldx);
    return;
  }
  // A slice of the weights at a time as plain numbers.
  const int64_t pitch = (w.k + 7) / 8 * 8;
  const int64_t row_bytes = pitch * (bf16 ? 2 : 4);
  const int64_t slice = std::min(w.n, std::max<int64_t>(64, kSliceBytes / row_bytes / 64 * 64));
  void* weights = ScratchFor(kWeights, slice * row_bytes);
  if (weights == nullptr) return;
  for (int64_t first = 0; first < w.n; first += slice) {
    const int64_t n = std::min(slice, w.n - first);
    Enqueue("MatMul (weights)",
            [&] { return ExpandRows(w, nullptr, first, n, weights, bf16, pitch, stream_.get()); });
    RunGemm(args, bf16 ? GemmType::kBf16 : GemmType::kTf32, weights, pitch, first, n, x, ldx);
  }
}

void CudaOps::MatMul(const MatMulArgs& args) {
  if (args.rows == 0) return;
  const WeightView& w = static_cast<const CudaMatrix&>(*args.w).view();
  const int64_t limit = IsDense(w.packing) ? kMaxDenseMatVecRows : kMaxBlockMatVecRows;
  if (options_.deterministic || gemm_ == nullptr || args.rows <= limit) {
    MatVec(args, w);
  } else {
    LargeProduct(args, w);
  }
}

}  // namespace footnote::kernels::cuda
