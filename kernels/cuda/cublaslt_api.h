#ifndef FOOTNOTE_KERNELS_CUDA_CUBLASLT_API_H_
#define FOOTNOTE_KERNELS_CUDA_CUBLASLT_API_H_

#include <cuda_runtime_api.h>

#include <cstddef>
#include <cstdint>

// The part of cuBLASLt's C interface that gemm_cublaslt.cc calls, so that a build
// needs neither its headers nor its library of half a gigabyte. Names without
// their prefixes; values as in cublasLt.h, cublas_api.h and library_types.h of
// CUDA 12 and 13, against which tests/kernels/cuda/cublaslt_api_test.cc checks them.
namespace footnote::kernels::cuda::cublaslt {

using Status = int;  // 0: success
using Handle = void*;
using Desc = void*;
using Layout = void*;
using Preference = void*;

enum DataType : int { kR32F = 0, kR16BF = 14 };
enum ComputeType : int { kCompute32F = 68, kCompute32FFastTf32 = 77 };
enum Operation : int { kOpN = 0, kOpT = 1 };
enum DescAttribute : int {
  kDescTransA = 3,
  kDescTransB = 4,
  kDescEpilogue = 7,
  kDescBiasPointer = 8,
  kDescBiasDataType = 26,
};
enum Epilogue : int { kEpilogueDefault = 1, kEpilogueBias = 4 };
enum PreferenceAttribute : int {
  kPrefMaxWorkspaceBytes = 1,
  kPrefMinAlignmentA = 5,
  kPrefMinAlignmentB = 6,
  kPrefMinAlignmentC = 7,
  kPrefMinAlignmentD = 8,
};

struct Algo {
  uint64_t data[8];
};
struct Heuristic {
  Algo algo;
  size_t workspace_size;
  Status state;
  float waves;
  int reserved[4];
};

using CreateFn = Status (*)(Handle*);
using DestroyFn = Status (*)(Handle);
using DescCreateFn = Status (*)(Desc*, ComputeType, DataType);
using DescDestroyFn = Status (*)(Desc);
using DescSetFn = Status (*)(Desc, DescAttribute, const void*, size_t);
using LayoutCreateFn = Status (*)(Layout*, DataType, uint64_t rows, uint64_t cols, int64_t ld);
using LayoutDestroyFn = Status (*)(Layout);
using PreferenceCreateFn = Status (*)(Preference*);
using PreferenceDestroyFn = Status (*)(Preference);
using PreferenceSetFn = Status (*)(Preference, PreferenceAttribute, const void*, size_t);
using HeuristicFn = Status (*)(Handle, Desc, Layout a, Layout b, Layout c, Layout d, Preference,
                               int requested, Heuristic*, int* returned);
using MatmulFn = Status (*)(Handle, Desc, const void* alpha, const void* a, Layout, const void* b,
                            Layout, const void* beta, const void* c, Layout, void* d, Layout,
                            const Algo*, void* workspace, size_t workspace_size, cudaStream_t);

}  // namespace footnote::kernels::cuda::cublaslt

#endif  // FOOTNOTE_KERNELS_CUDA_CUBLASLT_API_H_
