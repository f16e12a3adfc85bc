#include "kernels/isa_avx512.h"
#include "kernels/vector_ops_internal.h"
#include "kernels/vector_ops_tile.h"

namespace footnote::kernels::internal {

const VectorOps kVectorOpsAvx512 = MakeVectorOps<FloatAvx512>();

}  // namespace footnote::kernels::internal
