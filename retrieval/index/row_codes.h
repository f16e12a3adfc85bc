#ifndef FOOTNOTE_RETRIEVAL_INDEX_ROW_CODES_H_
#define FOOTNOTE_RETRIEVAL_INDEX_ROW_CODES_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "kernels/base/buffer.h"
#include "kernels/base/pages.h"
#include "retrieval/index/growing_index.h"

namespace footnote::retrieval {

// A query as codes: query[i] = unit * (high[i] + low[i] / kLowSteps) + rest[i].
struct QueryCodes {
  static constexpr int kLowSteps = 254;
  // `stride` is that of the rows. Precondition: dim <= stride.
  QueryCodes(const float* query, int dim, size_t stride);

  kernels::Buffer<int8_t> high, low;  // [stride]
  float unit = 0;
  double norm = 0;       // at least |query|
  double rest = 0;       // at least |rest|
  double high_rest = 0;  // at least |rest| without the low part
};

// A run of vectors, each as 8-bit codes with a scale of its own:
// x[i] = scale * code[i] + error[i]. A quarter of the vectors' memory, so that a
// scan takes a quarter of the time; what a scan must know to be exact all the
// same is the length of each row's error, by Cauchy and Schwarz the most that an
// inner product can be wrong by. Immutable, and so thread-safe.
class RowCodes {
 public:
  // Of rows [first, first + rows) of `vectors`. Null: `stop` became true. Throws
  // std::bad_alloc.
  static std::shared_ptr<const RowCodes> Build(const GrowingIndex& vectors, size_t first,
                                               size_t rows, const std::atomic<bool>& stop);

  // What codes are, for a file.
  struct Parts {
    kernels::Pages codes;       // [rows * StrideOf(dim)]
    std::vector<float> scales;  // [rows]
    std::vector<float> errors;  // [rows]
    double longest = 0;
  };
  // Takes parts from anywhere: sizes and values are checked, so that nothing that reads
  // codes need check anything. Errors: DataLoss.
  static absl::StatusOr<std::shared_ptr<const RowCodes>> FromParts(int dim, Parts parts);
  static size_t StrideOf(int dim);

  size_t rows() const { return scales_.size(); }
  int dim() const { return dim_; }
  // Bytes from one row to the next: dim filled up to kernels::kCodeBlock.
  size_t stride() const { return stride_; }
  // A code c is stored as c + 128; see kernels/code_dot.h.
  const uint8_t* data() const { return codes_.data(); }
  const uint8_t* row(size_t r) const { return data() + r * stride_; }
  float scale(size_t r) const { return scales_[r]; }
  const float* scales() const { return scales_.data(); }
  const std::vector<float>& errors() const { return errors_; }
  double longest() const { return longest_; }
  // Whether row r's codes are those of the vector x of dim() floats.
  bool IsOf(size_t r, const float* x) const;

  // Estimates of the inner products of `count` rows with the query, and how far
  // at most each may be from what kernels::DotRows gives. Rows are ids[0...],
  // or begin, begin + 1, ... where ids is null. scores, errors: [count]. Of the
  // query's high part alone it is faster, and twice as uncertain.
  enum class Part { kHigh, kBoth };
  void Estimate(const QueryCodes& query, Part part, const uint32_t* ids, size_t begin, size_t count,
                float* scores, float* errors) const;

  size_t MemoryBytes() const {
    return codes_.size() + (scales_.capacity() + errors_.capacity()) * sizeof(float);
  }

 private:
  RowCodes(int dim, Parts parts);
  // Writes a row's codes and scale; returns its error and its length, coded or not.
  struct Encoded {
    float scale = 0;
    float error = 0;
    double length = 0;
  };
  static Encoded Encode(const float* x, int dim, size_t stride, uint8_t* codes);

  int dim_;
  size_t stride_;
  kernels::Pages codes_;
  std::vector<float> scales_;
  std::vector<float> errors_;  // at least |error| of each row
  double longest_ = 0;         // at least the length of every row, coded or not
};

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_INDEX_ROW_CODES_H_
