// Any bytes as a model.safetensors.index.json.
#include "transformer/weights/shard_index.h"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using footnote::transformer::ParseShardIndex;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const auto index = ParseShardIndex(text, "index", ".safetensors");
  if (!index.ok()) return 0;
  for (const auto& [file, tensors] : *index) {
    // Nothing that could lead out of the folder.
    if (file.find('/') != std::string::npos || file[0] == '.' || tensors.empty()) std::abort();
  }
  return 0;
}
