# Every third-party library, found once. Each has one home in the tree; see ARCHITECTURE.md.
find_package(Threads REQUIRED)
find_package(absl REQUIRED)                          # everywhere
find_package(PkgConfig REQUIRED)
pkg_check_modules(icu REQUIRED IMPORTED_TARGET icu-uc icu-i18n)  # transformer/text/
find_path(STEMMER_INCLUDE libstemmer.h REQUIRED)     # transformer/text/
find_library(STEMMER_LIBRARY stemmer REQUIRED)
add_library(stemmer INTERFACE)
target_include_directories(stemmer INTERFACE ${STEMMER_INCLUDE})
target_link_libraries(stemmer INTERFACE ${STEMMER_LIBRARY})
pkg_check_modules(sentencepiece REQUIRED IMPORTED_TARGET sentencepiece)  # transformer/tokenizer/
find_package(nlohmann_json REQUIRED)                 # transformer/ (model configuration)
find_path(XXHASH_INCLUDE xxhash.h REQUIRED)          # kernels/base/hash.cc
find_package(ZLIB REQUIRED)                          # kernels/base/line_reader.cc
if(FOOTNOTE_SERVICES)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND NOT OpenMP_CXX_FLAGS)
    # clang has no run time of its own unless libomp is installed; both libraries use gcc's.
    file(GLOB gcc_dirs /usr/lib/gcc/${CMAKE_CXX_LIBRARY_ARCHITECTURE}/*)
    find_library(OpenMP_gomp_LIBRARY gomp HINTS ${gcc_dirs})
    set(OpenMP_CXX_FLAGS -fopenmp=libgomp)
    set(OpenMP_CXX_LIB_NAMES gomp)
  endif()
  find_package(OpenMP REQUIRED)                        # FAISS's run time
  find_package(faiss CONFIG REQUIRED)                  # retrieval/
  find_package(RocksDB CONFIG REQUIRED)                # retrieval/
  pkg_check_modules(gumbo REQUIRED IMPORTED_TARGET gumbo)  # ingest/
  pkg_check_modules(md4c REQUIRED IMPORTED_TARGET md4c)  # ingest/
  find_path(CLD2_INCLUDE cld2/public/compact_lang_det.h REQUIRED)  # transformer/text/
  find_library(CLD2_LIBRARY cld2 REQUIRED)
  add_library(cld2 INTERFACE)
  target_include_directories(cld2 INTERFACE ${CLD2_INCLUDE})
  target_link_libraries(cld2 INTERFACE ${CLD2_LIBRARY})
  find_package(Protobuf REQUIRED)                      # proto/, services/
  find_package(gRPC CONFIG REQUIRED)                   # proto/, services/
  find_package(Boost 1.74 REQUIRED)                    # services/http/ (Beast)
  find_package(prometheus-cpp CONFIG REQUIRED)         # services/observability/
  find_package(tomlplusplus CONFIG REQUIRED)           # services/config/
  find_package(CLI11 CONFIG REQUIRED)                  # services/cli/
  find_package(CURL 7.85 REQUIRED)                     # services/download/
  find_package(OpenSSL 3 REQUIRED)                     # services/download/ (digests)
else()
  include(FootnoteCarried)
endif()
if(FOOTNOTE_TESTS)
  find_package(GTest REQUIRED)
  if(FOOTNOTE_SERVICES)
    # A peer in tests/bench/ only. Debian's config file asks for OpenCL, which its CPU engine doesn't
    # need.
    find_path(DNNL_INCLUDE dnnl.hpp REQUIRED)
    find_library(DNNL_LIBRARY dnnl REQUIRED)
    add_library(dnnl INTERFACE)
    target_include_directories(dnnl INTERFACE ${DNNL_INCLUDE})
    target_link_libraries(dnnl INTERFACE ${DNNL_LIBRARY})
  endif()
endif()

set(FOOTNOTE_MODELS_DIR ${CMAKE_SOURCE_DIR}/build/models CACHE PATH
    "Where ./bootstrap puts models; tests read them there")
set(FOOTNOTE_MODEL_DIR ${FOOTNOTE_MODELS_DIR}/all-MiniLM-L6-v2)
