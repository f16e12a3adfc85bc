#ifndef FOOTNOTE_KERNELS_MATRIX_CPU_IMPL_H_
#define FOOTNOTE_KERNELS_MATRIX_CPU_IMPL_H_

#include <cstddef>
#include <cstdint>
#include <utility>

#include "kernels/base/pages.h"
#include "kernels/matrix.h"
#include "kernels/matrix_layout.h"

namespace footnote::kernels::internal {

PanelKind PanelKindOf(WeightFormat format);

// The sizes that follow from a matrix's shape. Preconditions: n, k >= 1 and so
// small that n * k * 8 fits in 63 bits.
struct PanelShape {
  PanelShape(PanelKind kind, int64_t n, int64_t k);
  int64_t outputs = 0;  // of a panel
  int64_t panels = 0;
  int64_t k_stored = 0;  // inputs: of whole pairs (kBf16) or chunks
  int64_t panel_bytes = 0;
};

// What PackCpuMatrix makes.
class CpuMatrix final : public Matrix {
 public:
  CpuMatrix(WeightFormat format, int64_t n, int64_t k, const PanelShape& shape, Pages memory)
      : format_(format),
        kind_(PanelKindOf(format)),
        n_(n),
        k_(k),
        shape_(shape),
        memory_(std::move(memory)) {}
  int64_t n() const override { return n_; }
  int64_t k() const override { return k_; }
  WeightFormat format() const override { return format_; }
  size_t bytes() const override { return memory_.size(); }

  PanelKind kind() const { return kind_; }
  const PanelShape& shape() const { return shape_; }
  const uint8_t* panels() const { return memory_.data(); }

 private:
  WeightFormat format_;
  PanelKind kind_;
  int64_t n_, k_;
  PanelShape shape_;
  Pages memory_;
};

}  // namespace footnote::kernels::internal

#endif  // FOOTNOTE_KERNELS_MATRIX_CPU_IMPL_H_
