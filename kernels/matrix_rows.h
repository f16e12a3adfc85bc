#ifndef FOOTNOTE_KERNELS_MATRIX_ROWS_H_
#define FOOTNOTE_KERNELS_MATRIX_ROWS_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "kernels/matrix.h"

namespace footnote::kernels::internal {

// The rows of several MatrixParts one under another. Views the parts' data.
// Thread-safe.
class MatrixRows {
 public:
  // Errors: InvalidArgument: no parts, shapes that don't fit together, a format
  // without such rows, row orders out of range.
  static absl::StatusOr<MatrixRows> Make(absl::Span<const MatrixPart> parts);

  int64_t n() const { return n_; }
  int64_t k() const { return k_; }
  // All parts have this format and lie row by row.
  bool AllStoredAs(WeightFormat format) const;

  // Where row r begins. Precondition: its part isn't transposed.
  const uint8_t* Row(int64_t r) const;
  // Rows [r, r + count) as f32, `ld` floats between two. False: one isn't finite.
  bool Decode(int64_t r, int64_t count, float* out, int64_t ld) const;

 private:
  struct Place {
    const MatrixPart* part;
    int64_t row;  // as stored
  };
  Place Find(int64_t r) const;

  std::vector<MatrixPart> parts_;
  std::vector<int64_t> first_;  // row of each part, and n at the end
  int64_t n_ = 0;
  int64_t k_ = 0;
};

// k numbers of one stored row as f32. k is a multiple of the format's block.
// Source: https://github.com/ggml-org/ggml/blob/master/src/ggml-common.h
void DecodeRow(WeightFormat format, const uint8_t* data, int64_t k, float* out);

bool AllFinite(const float* v, int64_t n);

}  // namespace footnote::kernels::internal

#endif  // FOOTNOTE_KERNELS_MATRIX_ROWS_H_
