#include "kernels/isa_portable.h"
#include "kernels/vector_ops_internal.h"
#include "kernels/vector_ops_tile.h"

namespace footnote::kernels::internal {

const VectorOps kVectorOpsPortable = MakeVectorOps<FloatPortable>();

}  // namespace footnote::kernels::internal
