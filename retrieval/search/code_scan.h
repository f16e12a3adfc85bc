#ifndef FOOTNOTE_RETRIEVAL_SEARCH_CODE_SCAN_H_
#define FOOTNOTE_RETRIEVAL_SEARCH_CODE_SCAN_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "retrieval/index/bitmap.h"
#include "retrieval/index/growing_index.h"
#include "retrieval/index/row_codes.h"

namespace footnote::retrieval {

// A passage's row and its inner product with the query.
struct DenseMatch {
  uint32_t row = 0;
  float score = 0;
};

// One query's exact search over rows that are known as codes or as vectors. Codes
// say where a score lies at least and at most; what at most is less than the
// `wanted`-th best at least is out, and the rest is scored from its vectors. So
// the result is that of scoring every row, to the bit, at a fraction of the
// memory read. On one thread; must not outlive `query`.
class CodeScan {
 public:
  // `query` has vectors.d floats. Precondition: wanted > 0.
  CodeScan(const GrowingIndex& vectors, const float* query, size_t wanted);

  // Considers the selected rows among [first, first + codes.rows()).
  void AddCodes(const RowCodes& codes, size_t first, const Bitmap& selected);
  // Considers the selected rows among [begin, end) by their vectors.
  void AddVectors(size_t begin, size_t end, const Bitmap& selected);
  // Considers rows by their vectors.
  void AddRows(const std::vector<uint32_t>& rows);

  // The best `wanted` of all that were added, unordered, and every row whose
  // score equals the last one's. Call it once.
  std::vector<DenseMatch> Finish();

 private:
  struct Candidate {
    float most = 0;  // the score is at most this
    uint32_t row = 0;
  };
  void Consider(uint32_t row, float least, float most);
  float Score(size_t row) const;

  const GrowingIndex& vectors_;
  const float* query_;
  const size_t wanted_;
  std::vector<float> least_;  // a heap of the best lower bounds, the worst in front
  float limit_;               // below it no score can be among the best
  std::vector<Candidate> candidates_;
  size_t purge_at_;
};

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_SEARCH_CODE_SCAN_H_
