# Compiler settings and the three functions that every CMakeLists.txt here uses:
#   footnote_cc_library(NAME HDRS .. SRCS .. DEPS .. PRIVATE_DEPS ..)
#   footnote_cc_test(NAME SRCS .. DEPS .. [LABELS ..] [TIMEOUT seconds])
#   footnote_cc_fuzzer(NAME SRCS .. DEPS ..)
#   footnote_isa_sources(ISA source...): compiles sources for one instruction set

set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
# Modules are found beside the program's folder, wherever the two are moved.
set(CMAKE_BUILD_RPATH "$ORIGIN/../lib;$ORIGIN/../../lib")  # bin/, bin/fuzz/
set_property(GLOBAL PROPERTY USE_FOLDERS ON)

find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

set(FOOTNOTE_WARNINGS -Wall -Wextra -Wno-sign-compare)
if(FOOTNOTE_WERROR)
  list(APPEND FOOTNOTE_WARNINGS -Werror)
endif()

if(FOOTNOTE_UNITY)
  # A batch is no header: its types of an unnamed namespace are of one source.
  list(APPEND FOOTNOTE_WARNINGS -Wno-subobject-linkage)
endif()

if(FOOTNOTE_SANITIZE)
  add_compile_options(-fsanitize=${FOOTNOTE_SANITIZE} -fno-sanitize-recover=all)
  # The sanitizers' dlopen is called from their own library, which the program's RUNPATH doesn't
  # concern; its RPATH does.
  add_link_options(-fsanitize=${FOOTNOTE_SANITIZE} -Wl,--disable-new-dtags)
  add_compile_definitions(FOOTNOTE_SANITIZED)
endif()
if(FOOTNOTE_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)
endif()

# Each batch reads the headers once. Presets for everyday work and the sanitizers compile source by
# source, so that a missing include is found.
set(CMAKE_UNITY_BUILD_BATCH_SIZE 8)

function(footnote_cc_library name)
  cmake_parse_arguments(ARG "" "" "HDRS;SRCS;DEPS;PRIVATE_DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SRCS} ${ARG_HDRS})
  set_target_properties(${name} PROPERTIES UNITY_BUILD ${FOOTNOTE_UNITY})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_compile_options(${name} PRIVATE ${FOOTNOTE_WARNINGS})
  target_link_libraries(${name} PUBLIC ${ARG_DEPS} PRIVATE ${ARG_PRIVATE_DEPS})
endfunction()

function(footnote_cc_test name)
  if(NOT FOOTNOTE_TESTS)
    return()
  endif()
  cmake_parse_arguments(ARG "" "TIMEOUT" "SRCS;DEPS;LABELS" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  if(FOOTNOTE_SANITIZE)
    math(EXPR ARG_TIMEOUT "10 * ${ARG_TIMEOUT}")  # sanitized code takes its time
  endif()
  add_executable(${name} ${ARG_SRCS})
  target_compile_options(${name} PRIVATE ${FOOTNOTE_WARNINGS})
  target_compile_definitions(${name} PRIVATE
    FOOTNOTE_SOURCE_DIR="${CMAKE_SOURCE_DIR}"
    FOOTNOTE_TESTDATA="${CMAKE_SOURCE_DIR}/tests"
    FOOTNOTE_MODEL_DIR="${FOOTNOTE_MODEL_DIR}")
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} GTest::gmock GTest::gtest_main)
  add_test(NAME ${name} COMMAND ${name})
  set_tests_properties(${name} PROPERTIES TIMEOUT ${ARG_TIMEOUT} LABELS "${ARG_LABELS}")
endfunction()

# A fuzz target. Under the preset `fuzz` it is a libFuzzer program; elsewhere it is a test that
# runs every file of tests/fuzz/corpus/NAME/ once, so that a found input stays mended.
function(footnote_cc_fuzzer name)
  cmake_parse_arguments(ARG "" "" "SRCS;DEPS" ${ARGN})
  if(FOOTNOTE_FUZZ)
    add_executable(${name} ${ARG_SRCS})
    target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    set_target_properties(${name} PROPERTIES
      RUNTIME_OUTPUT_DIRECTORY ${CMAKE_RUNTIME_OUTPUT_DIRECTORY}/fuzz)
  else()
    add_executable(${name} ${ARG_SRCS} ${CMAKE_SOURCE_DIR}/tests/fuzz/replay_main.cc)
    add_test(NAME ${name} COMMAND ${name} ${CMAKE_SOURCE_DIR}/tests/fuzz/corpus/${name})
    set_tests_properties(${name} PROPERTIES TIMEOUT 300)
  endif()
  target_compile_options(${name} PRIVATE ${FOOTNOTE_WARNINGS})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS})
endfunction()

# Sources of one instruction set. They must be reached only after a run-time check, and must not
# include headers with inline functions of the standard library's that other sources share.
set(FOOTNOTE_ISA_avx2 -mavx2 -mfma -mf16c -mbmi2)
set(FOOTNOTE_ISA_avx512 -mavx512f -mavx512bw -mavx512dq -mavx512vl -mavx2 -mfma -mf16c -mbmi2
    -mprefer-vector-width=512 -Wno-uninitialized -Wno-maybe-uninitialized)  # gcc 12 warns of its own intrinsics
set(FOOTNOTE_ISA_avx512_vnni ${FOOTNOTE_ISA_avx512} -mavx512vnni)
set(FOOTNOTE_ISA_avx512_bf16 ${FOOTNOTE_ISA_avx512} -mavx512vnni -mavx512bf16)
function(footnote_isa_sources isa)
  set_source_files_properties(${ARGN} PROPERTIES COMPILE_OPTIONS "${FOOTNOTE_ISA_${isa}}")
endfunction()
