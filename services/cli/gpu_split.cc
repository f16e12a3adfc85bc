#include "services/cli/gpu_split.h"

#include <algorithm>
#include <cmath>

namespace footnote::services::cli {
namespace {

// Layers that fit beside the fixed part.
int64_t Room(const GpuParts& parts, uint64_t free) {
  if (free < parts.fixed) return -1;
  if (parts.per_layer == 0) return parts.layers;
  return static_cast<int64_t>(
      std::min((free - parts.fixed) / parts.per_layer, static_cast<uint64_t>(parts.layers)));
}

}  // namespace

std::optional<int64_t> SplitOverTwo(const GpuParts& parts, uint64_t first_free,
                                    uint64_t second_free) {
  const int64_t first = Room(parts, first_free), second = Room(parts, second_free);
  if (first < 1 || second < 1 || first + second < parts.layers || parts.layers < 2) {
    return std::nullopt;
  }
  const int64_t wanted =
      std::llround(static_cast<double>(parts.layers) * static_cast<double>(first) /
                   static_cast<double>(first + second));
  const int64_t least = std::max<int64_t>(1, parts.layers - second);
  return std::clamp(wanted, least, std::min(first, parts.layers - 1));
}

}  // namespace footnote::services::cli
