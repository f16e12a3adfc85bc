#include "kernels/isa_avx2.h"
#include "kernels/row_ops_internal.h"
#include "kernels/row_ops_tile.h"

namespace footnote::kernels::internal {

const RowOps kRowOpsAvx2 = {LayerNormImpl<FloatAvx2>, ActivateImpl<FloatAvx2>,
                            QuantizeImpl<FloatAvx2>, ToBf16Impl<FloatAvx2>};

}  // namespace footnote::kernels::internal
