#include "kernels/isa_avx512.h"
#include "kernels/matrix_float_tile.h"
#include "kernels/matrix_isa_avx512_vnni.h"
#include "kernels/matrix_layout.h"
#include "kernels/matrix_tile.h"

namespace footnote::kernels::internal {
namespace {

void Multiply(PanelKind kind, const PanelArgs& args) {
  if (IsFloat(kind)) return PanelKernelsAvx512().multiply(kind, args);
  MultiplyBlocks<BlocksVnni>(kind, args);
}

}  // namespace

PanelKernels PanelKernelsAvx512Vnni() {
  return {BlocksVnni::kMaxRows, QuantizeGroups<BlocksVnni>, Multiply};
}

}  // namespace footnote::kernels::internal
