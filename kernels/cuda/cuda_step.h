#ifndef FOOTNOTE_KERNELS_CUDA_CUDA_STEP_H_
#define FOOTNOTE_KERNELS_CUDA_CUDA_STEP_H_

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "kernels/cuda/device_memory.h"
#include "kernels/cuda/step_view.h"
#include "kernels/ops.h"

namespace footnote::kernels::cuda {

// Sequences with at most this many new rows take the split kernel.
inline constexpr int64_t kMaxSplitRows = 8;

// A StepLayout as one run of bytes for the device, and where its parts begin.
// Parts begin where they began last time as long as they fit, so that graphs
// recorded with their addresses stay valid.
class StepImage {
 public:
  // `split_only`: all rows take the split kernel.
  void Build(const StepLayout& layout, bool split_only);

  const std::vector<uint8_t>& bytes() const { return bytes_; }
  // The view of this image when it lies at `base`.
  StepView At(const uint8_t* base) const;
  // Changes when a graph recorded with an earlier view can't serve this one.
  uint64_t shape() const { return shape_; }

 private:
  enum Part {
    kMaxBlocks,
    kPositions,
    kRowSequence,
    kFirstRow,
    kKvLength,
    kBlockTable,
    kAllRows,
    kSplitRows,
    kTiles,
    kParts
  };
  template <typename T>
  T* PartData(Part part) {
    return reinterpret_cast<T*>(bytes_.data() + offset_[part]);
  }
  void Place(const size_t (&sizes)[kParts]);

  std::vector<uint8_t> bytes_;
  size_t offset_[kParts] = {};
  size_t capacity_[kParts] = {};
  uint64_t placement_ = 0;  // counts changes of the offsets
  uint64_t shape_ = 0;
  StepView view_;  // its numbers; pointers are null
};

class CudaStep;

// Which steps the work of a graph's key uses.
using GraphSteps = std::map<uint64_t, std::vector<const CudaStep*>>;

class CudaStep final : public Step {
 public:
  explicit CudaStep(std::shared_ptr<GraphSteps> graphs) : graphs_(std::move(graphs)) {}
  CudaStep(const CudaStep&) = delete;
  CudaStep& operator=(const CudaStep&) = delete;
  // Graphs that use this step are made anew.
  ~CudaStep() override;

  StepImage image;
  DeviceMemory memory;
  StepView view;

 private:
  std::shared_ptr<GraphSteps> graphs_;
};

}  // namespace footnote::kernels::cuda

#endif  // FOOTNOTE_KERNELS_CUDA_CUDA_STEP_H_
