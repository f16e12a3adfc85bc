#include "kernels/cpu_ops.h"

#include <sys/mman.h>

#include <algorithm>
#include <cassert>
#include <cstring>
#include <functional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "kernels/base/pages.h"
#include "kernels/base/thread_team.h"
#include "kernels/cached_attention.h"
#include "kernels/cpu_step.h"
#include "kernels/kv_cache.h"
#include "kernels/matrix_cpu.h"
#include "kernels/vector_ops.h"

namespace footnote::kernels {
namespace {

// Values that a member of the team should have at least: below, waking it takes
// longer than its share of the work.
constexpr int64_t kGrain = 16 * 1024;

class CpuOps final : public Ops {
 public:
  CpuOps(CpuLevel level, const CpuOpsOptions& options)
      : level_(level),
        team_(options.threads),
        name_(absl::StrCat("cpu (", CpuLevelName(level), ", ", team_.size(),
                           team_.size() == 1 ? " thread)" : " threads)")) {}

  absl::string_view name() const override { return name_; }

  absl::StatusOr<Memory> Allocate(size_t bytes) override {
    // An empty mapping is an error; a page that is never written costs nothing.
    const size_t mapped = std::max<size_t>(bytes, 1);
    void* data = mmap(nullptr, mapped, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (data == MAP_FAILED) {
      return absl::ResourceExhaustedError(
          absl::StrCat("the system gave no ", bytes, " bytes of memory"));
    }
    return Memory(data, Free{this, mapped});
  }

  void CopyIn(const void* host, size_t bytes, void* device) override {
    if (bytes > 0) std::memcpy(device, host, bytes);
  }

  absl::Status CopyOut(const void* device, size_t bytes, void* host) override {
    if (bytes > 0) std::memcpy(host, device, bytes);
    return absl::OkStatus();
  }

  absl::Status Synchronize() override { return absl::OkStatus(); }

  absl::StatusOr<std::unique_ptr<const Matrix>> Pack(absl::Span<const MatrixPart> parts,
                                                     WeightFormat format) override {
    return PackCpuMatrix(team_, level_, parts, format, &arena_);
  }

  std::unique_ptr<Step> NewStep() override { return std::make_unique<CpuStep>(); }

  void Upload(const StepLayout& layout, Step* step) override {
    CpuStep& to = *static_cast<CpuStep*>(step);
    assert(layout.first_row.size() == layout.kv_length.size() + 1);
    assert(layout.block_table.size() == layout.kv_length.size() * layout.max_blocks);
    to.positions.assign(layout.positions.begin(), layout.positions.end());
    to.first_row.assign(layout.first_row.begin(), layout.first_row.end());
    to.kv_length.assign(layout.kv_length.begin(), layout.kv_length.end());
    to.block_table.assign(layout.block_table.begin(), layout.block_table.end());
    to.max_blocks = layout.max_blocks;
  }

  void MatMul(const MatMulArgs& args) override { CpuMatMul(team_, level_, args, &scratch_); }

  void Gather(const Matrix& table, absl::Span<const int32_t> ids, float* y, int64_t ldy) override {
    CpuGather(table, ids, y, ldy);
  }

  void GatherRows(const float* x, int64_t ldx, int64_t dim, absl::Span<const int32_t> rows,
                  float* y, int64_t ldy) override {
    for (size_t r = 0; r < rows.size(); ++r) {
      std::memcpy(y + r * ldy, x + rows[r] * ldx, dim * sizeof(float));
    }
  }

  void Norm(const NormArgs& args) override {
    ForRows(args.rows, args.groups * args.dim, [&](int64_t begin, int64_t end) {
      NormArgs part = args;
      part.x += begin * args.ldx;
      part.y += begin * args.ldy;
      part.rows = end - begin;
      Normalize(level_, part);
    });
  }

  void StoreKv(const Step& step, const KvLayer& cache, const float* k, int64_t ldk, const float* v,
               int64_t ldv) override {
    const CpuStep& s = static_cast<const CpuStep&>(step);
    ForRows(s.rows(), 2 * cache.kv_heads * cache.head_dim, [&](int64_t begin, int64_t end) {
      StoreKvRows(level_, s, cache, k, ldk, v, ldv, begin, end);
    });
  }

  void Attend(const AttendArgs& args) override { CachedAttention(team_, level_, args, &attend_); }

  void Activate(Unary kind, const float* x, int64_t ldx, int64_t rows, int64_t dim, float* y,
                int64_t ldy) override {
    ForPieces(rows, dim, [&](int64_t r, int64_t i, int64_t n) {
      ApplyUnary(level_, kind, x + r * ldx + i, n, y + r * ldy + i);
    });
  }

  void GatedActivate(Unary kind, const float* x, int64_t ldx, int64_t rows, int64_t dim, float* y,
                     int64_t ldy) override {
    ForPieces(rows, dim, [&](int64_t r, int64_t i, int64_t n) {
      const float* at = x + r * ldx + i;
      ApplyGated(level_, kind, at, at + dim, n, y + r * ldy + i);
    });
  }

  void Combine(float a, const float* x, int64_t ldx, float b, float* y, int64_t ldy, int64_t rows,
               int64_t dim) override {
    ForPieces(rows, dim, [&](int64_t r, int64_t i, int64_t n) {
      CombineInto(level_, a, x + r * ldx + i, b, y + r * ldy + i, n);
    });
  }

  void SoftCap(float c, float* x, int64_t ldx, int64_t rows, int64_t dim) override {
    ForPieces(rows, dim, [&](int64_t r, int64_t i, int64_t n) {
      SoftCapInPlace(level_, c, x + r * ldx + i, n);
    });
  }

 protected:
  void Release(void* p, size_t bytes) override { munmap(p, bytes); }

 private:
  // Calls fn(begin, end) for ranges of [0, n) that make it up, on as many threads
  // as `values` values in all are worth.
  template <class Fn>
  void Split(int64_t n, int64_t values, const Fn& fn) {
    const int64_t members = std::min<int64_t>({team_.size(), n, values / kGrain});
    if (members <= 1) return fn(int64_t{0}, n);
    team_.Run([&](int member) {
      if (member < members) fn(n * member / members, n * (member + 1) / members);
    });
  }

  template <class Fn>
  void ForRows(int64_t rows, int64_t dim, const Fn& fn) {
    Split(rows, rows * dim, fn);
  }

  // Calls fn(row, first column, columns) for pieces that make up [rows, dim].
  template <class Fn>
  void ForPieces(int64_t rows, int64_t dim, const Fn& fn) {
    Split(rows * dim, rows * dim, [&](int64_t begin, int64_t end) {
      while (begin < end) {
        const int64_t row = begin / dim, column = begin % dim;
        const int64_t n = std::min(dim - column, end - begin);
        fn(row, column, n);
        begin += n;
      }
    });
  }

  const CpuLevel level_;
  ThreadTeam team_;
  PageArena arena_;
  const std::string name_;
  MatMulScratch scratch_;
  AttendScratch attend_;
};

}  // namespace

std::unique_ptr<Ops> MakeCpuOpsAt(CpuLevel level, const CpuOpsOptions& options) {
  return std::make_unique<CpuOps>(level, options);
}

std::unique_ptr<Ops> MakeCpuOps(const CpuOpsOptions& options) {
  return MakeCpuOpsAt(ActiveCpuLevel(), options);
}

}  // namespace footnote::kernels
