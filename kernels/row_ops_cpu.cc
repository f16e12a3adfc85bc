#include "kernels/isa_portable.h"
#include "kernels/row_ops_internal.h"
#include "kernels/row_ops_tile.h"

namespace footnote::kernels::internal {

const RowOps kRowOpsPortable = {LayerNormImpl<FloatPortable>, ActivateImpl<FloatPortable>,
                                QuantizeImpl<FloatPortable>, ToBf16Impl<FloatPortable>};

}  // namespace footnote::kernels::internal
