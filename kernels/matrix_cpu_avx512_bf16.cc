#include "kernels/isa_avx512_bf16.h"
#include "kernels/matrix_float_tile.h"
#include "kernels/matrix_layout.h"

namespace footnote::kernels::internal {
namespace {

void Multiply(PanelKind kind, const PanelArgs& args) {
  if (kind == PanelKind::kBf16) return RunFloatPanels<Bf16Native>(args);
  PanelKernelsAvx512Vnni().multiply(kind, args);
}

}  // namespace

PanelKernels PanelKernelsAvx512Bf16() {
  PanelKernels kernels = PanelKernelsAvx512Vnni();
  kernels.multiply = Multiply;
  return kernels;
}

}  // namespace footnote::kernels::internal
