#ifndef FOOTNOTE_SERVICES_CLI_GPU_SPLIT_H_
#define FOOTNOTE_SERVICES_CLI_GPU_SPLIT_H_

#include <cstdint>
#include <optional>

namespace footnote::services::cli {

// What a model's parts take on a GPU, in bytes.
struct GpuParts {
  int64_t layers = 0;
  uint64_t per_layer = 0;  // weights and cache of one layer
  uint64_t fixed = 0;      // on each GPU: embedding or head, scratch
};

// How many of the layers, from the first on, the first of two GPUs takes, so that
// each has room and the shares are in proportion to the room; nullopt if that
// can't be.
std::optional<int64_t> SplitOverTwo(const GpuParts& parts, uint64_t first_free,
                                    uint64_t second_free);

}  // namespace footnote::services::cli

#endif  // FOOTNOTE_SERVICES_CLI_GPU_SPLIT_H_
