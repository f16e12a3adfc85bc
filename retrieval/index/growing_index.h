#ifndef FOOTNOTE_RETRIEVAL_INDEX_GROWING_INDEX_H_
#define FOOTNOTE_RETRIEVAL_INDEX_GROWING_INDEX_H_

#include <algorithm>
#include <memory>
#include <vector>

#include "faiss/Index.h"
#include "faiss/impl/IDSelector.h"
#include "retrieval/index/bitmap.h"

namespace footnote::retrieval {

// Selects the rows whose bit is set. Must not outlive the bitmap.
struct BitmapSelector : faiss::IDSelector {
  explicit BitmapSelector(const Bitmap* rows) : rows(rows) {}
  bool is_member(idx_t id) const override { return id >= 0 && rows->Test(static_cast<size_t>(id)); }
  const Bitmap* rows;
};

// The exact segment that grows: vectors as they came, compared one by one by
// inner product with our kernels (Debian's libfaiss is compiled for SSE only).
// Rows are numbered from 0 in the order of add() and never move.
//
// Copies share the vectors, as AppendOnly's do: only the newest copy may add(),
// and every older copy can be searched meanwhile from any thread. Deleting is
// the caller's: leave the row out of the selector.
class GrowingIndex : public faiss::Index {
 public:
  explicit GrowingIndex(int dim);

  void add(idx_t n, const float* x) override;
  // Exact, best first; ties by ascending row; label -1 where there are fewer
  // than k. Rows outside params->sel aren't scored.
  void search(idx_t n, const float* x, idx_t k, float* distances, idx_t* labels,
              const faiss::SearchParameters* params = nullptr) const override;
  void reset() override;
  void reconstruct(idx_t key, float* recons) const override;

  // The row's vector, d floats. Precondition: 0 <= i < ntotal.
  const float* row(idx_t i) const { return blocks_[i / kBlockRows].get() + (i % kBlockRows) * d; }
  // How many rows from this one on lie one after the other.
  size_t RunAt(idx_t i) const {
    return static_cast<size_t>(std::min(kBlockRows - i % kBlockRows, ntotal - i));
  }
  size_t MemoryBytes() const { return blocks_.size() * kBlockRows * d * sizeof(float); }

 private:
  static constexpr idx_t kBlockRows = 1024;
  void ScanBlock(const float* query, idx_t block, const faiss::IDSelector* selector,
                 std::vector<float>* scores) const;
  std::vector<std::shared_ptr<float[]>> blocks_;
};

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_INDEX_GROWING_INDEX_H_
