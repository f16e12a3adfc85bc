// kernels/cuda/cublaslt_api.h says what cuBLASLt's own headers say. Compiled where
// the toolkit has them; there is nothing to run.
#include "kernels/cuda/cublaslt_api.h"

#include <cublasLt.h>

#include <cstddef>
#include <type_traits>

namespace footnote::kernels::cuda::cublaslt {

static_assert(CUBLAS_STATUS_SUCCESS == 0);
static_assert(kR32F == static_cast<int>(CUDA_R_32F));
static_assert(kR16BF == static_cast<int>(CUDA_R_16BF));
static_assert(kCompute32F == static_cast<int>(CUBLAS_COMPUTE_32F));
static_assert(kCompute32FFastTf32 == static_cast<int>(CUBLAS_COMPUTE_32F_FAST_TF32));
static_assert(kOpN == static_cast<int>(CUBLAS_OP_N));
static_assert(kOpT == static_cast<int>(CUBLAS_OP_T));
static_assert(kDescTransA == static_cast<int>(CUBLASLT_MATMUL_DESC_TRANSA));
static_assert(kDescTransB == static_cast<int>(CUBLASLT_MATMUL_DESC_TRANSB));
static_assert(kDescEpilogue == static_cast<int>(CUBLASLT_MATMUL_DESC_EPILOGUE));
static_assert(kDescBiasPointer == static_cast<int>(CUBLASLT_MATMUL_DESC_BIAS_POINTER));
static_assert(kDescBiasDataType == static_cast<int>(CUBLASLT_MATMUL_DESC_BIAS_DATA_TYPE));
static_assert(kEpilogueDefault == static_cast<int>(CUBLASLT_EPILOGUE_DEFAULT));
static_assert(kEpilogueBias == static_cast<int>(CUBLASLT_EPILOGUE_BIAS));
static_assert(kPrefMaxWorkspaceBytes == static_cast<int>(CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES));
static_assert(kPrefMinAlignmentA == static_cast<int>(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES));
static_assert(kPrefMinAlignmentB == static_cast<int>(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES));
static_assert(kPrefMinAlignmentC == static_cast<int>(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES));
static_assert(kPrefMinAlignmentD == static_cast<int>(CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES));
static_assert(sizeof(Algo) == sizeof(cublasLtMatmulAlgo_t));
static_assert(sizeof(Heuristic) == sizeof(cublasLtMatmulHeuristicResult_t));
static_assert(offsetof(Heuristic, workspace_size) ==
              offsetof(cublasLtMatmulHeuristicResult_t, workspaceSize));
static_assert(offsetof(Heuristic, state) == offsetof(cublasLtMatmulHeuristicResult_t, state));
static_assert(sizeof(cublasComputeType_t) == sizeof(int) && sizeof(cudaDataType) == sizeof(int) &&
              sizeof(cublasStatus_t) == sizeof(int) &&
              sizeof(cublasLtMatmulDescAttributes_t) == sizeof(int) &&
              sizeof(cublasLtMatmulPreferenceAttributes_t) == sizeof(int));

// The functions take as many arguments, in the same order: handles, enumerations and pointers are
// named differently, so that only their number and their sizes can be compared.
template <typename Ours, typename Theirs, typename... A, typename... B>
constexpr bool SameArguments(Ours (*)(A...), Theirs (*)(B...)) {
  if constexpr (sizeof...(A) != sizeof...(B)) {
    return false;
  } else {
    return ((sizeof(A) == sizeof(B) && std::is_pointer_v<A> == std::is_pointer_v<B>)&&...);
  }
}
static_assert(SameArguments(CreateFn(), &cublasLtCreate));
static_assert(SameArguments(DestroyFn(), &cublasLtDestroy));
static_assert(SameArguments(DescCreateFn(), &cublasLtMatmulDescCreate));
static_assert(SameArguments(DescDestroyFn(), &cublasLtMatmulDescDestroy));
static_assert(SameArguments(DescSetFn(), &cublasLtMatmulDescSetAttribute));
static_assert(SameArguments(LayoutCreateFn(), &cublasLtMatrixLayoutCreate));
static_assert(SameArguments(LayoutDestroyFn(), &cublasLtMatrixLayoutDestroy));
static_assert(SameArguments(PreferenceCreateFn(), &cublasLtMatmulPreferenceCreate));
static_assert(SameArguments(PreferenceDestroyFn(), &cublasLtMatmulPreferenceDestroy));
static_assert(SameArguments(PreferenceSetFn(), &cublasLtMatmulPreferenceSetAttribute));
static_assert(SameArguments(HeuristicFn(), &cublasLtMatmulAlgoGetHeuristic));
static_assert(SameArguments(MatmulFn(), &cublasLtMatmul));

}  // namespace footnote::kernels::cuda::cublaslt
