#include "kernels/isa_avx512.h"
#include "kernels/row_ops_internal.h"
#include "kernels/row_ops_tile.h"

namespace footnote::kernels::internal {

const RowOps kRowOpsAvx512 = {LayerNormImpl<FloatAvx512>, ActivateImpl<FloatAvx512>,
                              QuantizeImpl<FloatAvx512>, ToBf16Impl<FloatAvx512>};

}  // namespace footnote::kernels::internal
