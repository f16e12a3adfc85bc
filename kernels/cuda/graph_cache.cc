#include "kernels/cuda/graph_cache.h"

#include "kernels/base/status_macros.h"
#include "kernels/cuda/device_memory.h"

namespace footnote::kernels::cuda {
namespace {

// A record of a step holds some hundred nodes, a few hundred KiB; batch sizes and
// lengths make new ones.
constexpr size_t kMaxGraphs = 64;

}  // namespace

void GraphCache::Clear() {
  for (auto& [key, entry] : entries_) {
    if (entry.exec != nullptr) cudaGraphExecDestroy(entry.exec);
  }
  entries_.clear();
}

absl::StatusOr<cudaGraphExec_t> GraphCache::Record(absl::FunctionRef<bool()> work) {
  FN_RETURN_IF_ERROR(CudaStatus(cudaStreamBeginCapture(stream_, cudaStreamCaptureModeThreadLocal),
                                "recording a graph"));
  recording_ = true;
  const bool replayable = work();
  recording_ = false;
  cudaGraph_t graph = nullptr;
  FN_RETURN_IF_ERROR(CudaStatus(cudaStreamEndCapture(stream_, &graph), "ending a record"));
  cudaGraphExec_t exec = nullptr;
  absl::Status status;
  if (replayable) status = CudaStatus(cudaGraphInstantiate(&exec, graph, 0), "making a graph");
  cudaGraphDestroy(graph);
  FN_RETURN_IF_ERROR(status);
  return exec;
}

absl::Status GraphCache::Run(uint64_t key, absl::FunctionRef<bool()> work) {
  auto found = entries_.find(key);
  if (found == entries_.end()) {
    const bool replayable = work();
    // Clear() may have run in `work`: entries are made after it.
    if (entries_.size() >= kMaxGraphs) Clear();
    entries_[key].direct = !replayable;
    return absl::OkStatus();
  }
  if (found->second.direct) {
    work();
    return absl::OkStatus();
  }
  if (found->second.exec == nullptr) {
    FN_ASSIGN_OR_RETURN(const cudaGraphExec_t exec, Record(work));
    Entry& entry = entries_[key];
    entry.exec = exec;
    if (exec == nullptr) {
      // Nothing of what was recorded has run.
      entry.direct = true;
      work();
      return absl::OkStatus();
    }
  }
  ++replays_;
  return CudaStatus(cudaGraphLaunch(entries_[key].exec, stream_), "replaying a graph");
}

}  // namespace footnote::kernels::cuda
