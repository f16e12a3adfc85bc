#ifndef FOOTNOTE_KERNELS_MATRIX_H_
#define FOOTNOTE_KERNELS_MATRIX_H_

#include <cstddef>
#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace footnote::kernels {

// How the numbers of a matrix are stored. The block formats are GGUF's: blocks
// along a row, each with its scale(s).
// Source: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
enum class WeightFormat {
  kF32,
  kF16,
  kBf16,
  kInt8,  // one f32 scale per row; made at load time, not a file format
  kInt4,  // groups of 32 with one scale each; made at load time: the numbers of kQ4_0
  kQ8_0,
  kQ4_0,
  kQ4_1,
  kQ5_0,
  kQ5_1,
  kQ4_K,
  kQ5_K,
  kQ6_K,
};

// "F32", "INT8", "Q4_K", ...
absl::string_view WeightFormatName(WeightFormat format);

// Elements of a row that are stored together (1, 32 or 256), and their bytes in
// a file.
struct WeightBlock {
  int64_t elements = 1;
  int64_t bytes = 0;
};
WeightBlock BlockOf(WeightFormat format);

// Rows of one stored tensor that become rows of a matrix. The data is read
// while the matrix is made, not later.
struct MatrixPart {
  WeightFormat format = WeightFormat::kF32;  // not kInt8, kInt4
  const void* data = nullptr;                // row-major [rows, cols], little-endian; any alignment
  int64_t rows = 0;
  int64_t cols = 0;
  // The data is [cols, rows]: element (r, c) lies at data[c * rows + r]. Only for
  // kF32, kF16, kBf16.
  bool transposed = false;
  // Row r of the matrix is row row_order[r] of the data, for `rows` of them;
  // null: as stored. Each is in [0, stored_rows).
  const int32_t* row_order = nullptr;
  int64_t stored_rows = 0;  // 0: `rows`
};

// A weight matrix w of [n, k] numbers, laid out so that a product reads it once
// and in order. Made by Ops::Pack. Immutable and thread-safe; it must not
// outlive the Ops that made it.
class Matrix {
 public:
  virtual ~Matrix() = default;
  virtual int64_t n() const = 0;  // outputs
  virtual int64_t k() const = 0;  // inputs
  virtual WeightFormat format() const = 0;
  // What it occupies on its device: what a product at one row reads.
  virtual size_t bytes() const = 0;
};

}  // namespace footnote::kernels

#endif  // FOOTNOTE_KERNELS_MATRIX_H_
