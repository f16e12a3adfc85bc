#include "kernels/isa_avx2.h"
#include "kernels/vector_ops_internal.h"
#include "kernels/vector_ops_tile.h"

namespace footnote::kernels::internal {

const VectorOps kVectorOpsAvx2 = MakeVectorOps<FloatAvx2>();

}  // namespace footnote::kernels::internal
