#ifndef FOOTNOTE_KERNELS_CUDA_GRAPH_CACHE_H_
#define FOOTNOTE_KERNELS_CUDA_GRAPH_CACHE_H_

#include <cuda_runtime_api.h>

#include <cstdint>
#include <map>
#include <utility>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace footnote::kernels::cuda {

// Recorded work of one stream, by key. The first call with a key runs the work
// as it is, so that its scratch memory and plans exist; the second one records
// it; later ones replay the record. Not thread-safe.
class GraphCache {
 public:
  explicit GraphCache(cudaStream_t stream) : stream_(stream) {}
  GraphCache(const GraphCache&) = delete;
  GraphCache& operator=(const GraphCache&) = delete;
  ~GraphCache() { Clear(); }

  // `work` enqueues on the stream and returns whether what it enqueued may be
  // replayed; a key whose work may not is run directly from then on.
  absl::Status Run(uint64_t key, absl::FunctionRef<bool()> work);

  // While `work` is recorded.
  bool recording() const { return recording_; }
  // Forgets all records: addresses in them are no longer valid.
  void Clear();

  int64_t replays() const { return replays_; }

 private:
  struct Entry {
    bool direct = false;
    cudaGraphExec_t exec = nullptr;
  };
  absl::StatusOr<cudaGraphExec_t> Record(absl::FunctionRef<bool()> work);

  cudaStream_t stream_;
  std::map<uint64_t, Entry> entries_;
  bool recording_ = false;
  int64_t replays_ = 0;
};

}  // namespace footnote::kernels::cuda

#endif  // FOOTNOTE_KERNELS_CUDA_GRAPH_CACHE_H_
