#include "kernels/isa_avx512_bf16.h"
#include "kernels/linear_internal.h"
#include "kernels/linear_tile.h"

namespace footnote::kernels::internal {

void LinearBf16Avx512Bf16(const LinearArgs& args) { RunLinear<Bf16Native>(args); }

}  // namespace footnote::kernels::internal
