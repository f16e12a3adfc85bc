# CUDA for kernels/cuda/. Included where FOOTNOTE_CUDA is ON, before any target.
#
# The toolkit: an installed one (nvcc on the path or in /usr/local/cuda), else the one that
# `./bootstrap cuda-toolkit` unpacks into build/cuda-toolkit. cuBLASLt is loaded at run time and not
# needed here (kernels/cuda/gemm.h).
if(NOT CMAKE_CUDA_COMPILER)
  find_program(FOOTNOTE_NVCC nvcc PATHS /usr/local/cuda/bin ${CMAKE_SOURCE_DIR}/build/cuda-toolkit/bin)
  if(NOT FOOTNOTE_NVCC)
    message(FATAL_ERROR "FOOTNOTE_CUDA needs nvcc, and there is none on the path, in /usr/local/cuda "
                        "or in build/cuda-toolkit. Run: ./bootstrap cuda-toolkit")
  endif()
  set(CMAKE_CUDA_COMPILER ${FOOTNOTE_NVCC} CACHE FILEPATH "nvcc")
endif()
if(NOT CMAKE_CUDA_ARCHITECTURES)
  # Machine code for A100 and H100; newer ones compile the PTX.
  set(CMAKE_CUDA_ARCHITECTURES "80-real;90" CACHE STRING "Compute capabilities to compile for")
endif()
if(CCACHE)
  set(CMAKE_CUDA_COMPILER_LAUNCHER ${CCACHE})
endif()
enable_language(CUDA)
# CMake 3.25 doesn't know that nvcc speaks C++20.
set(CMAKE_CUDA20_STANDARD_COMPILE_OPTION -std=c++20)
set(CMAKE_CUDA20_EXTENSION_COMPILE_OPTION -std=c++20)
if(CMAKE_CUDA_COMPILER_VERSION VERSION_LESS 12.4)
  message(FATAL_ERROR "CUDA ${CMAKE_CUDA_COMPILER_VERSION} is too old: 12.4 or later is needed")
endif()
# CMake 3.25's FindCUDAToolkit doesn't know CUDA 13; what nvcc says is enough.
find_library(FOOTNOTE_CUDART cudart_static PATHS ${CMAKE_CUDA_IMPLICIT_LINK_DIRECTORIES} REQUIRED)
add_library(footnote_cudart INTERFACE)
target_include_directories(footnote_cudart SYSTEM INTERFACE
  ${CMAKE_CUDA_TOOLKIT_INCLUDE_DIRECTORIES})
target_link_libraries(footnote_cudart INTERFACE
  ${FOOTNOTE_CUDART} Threads::Threads ${CMAKE_DL_LIBS} rt)
# nvcc takes a gigabyte or two: one at a time.
set_property(GLOBAL APPEND PROPERTY JOB_POOLS cuda=1)
