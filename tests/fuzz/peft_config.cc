// Any bytes as an adapter_config.json, and the scaling of some modules.
#include <cmath>
#include <cstdlib>

#include "transformer/weights/peft.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using footnote::transformer::ParsePeftConfig;
  using footnote::transformer::PeftScaling;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const auto config = ParsePeftConfig(text, "adapter_config.json");
  if (!config.ok()) return 0;
  for (const absl::string_view module : {"", "q_proj", "model.layers.10.self_attn.q_proj"}) {
    for (const int64_t rank : {int64_t{1}, config->rank}) {
      const auto scaling = PeftScaling(*config, module, rank);
      if (scaling.ok() && !std::isfinite(*scaling)) std::abort();
    }
  }
  return 0;
}
