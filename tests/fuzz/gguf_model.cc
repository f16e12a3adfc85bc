// Any bytes as a GGUF file: what model it is, where its tensors belong and what
// memory it would need; nothing is computed with them.
#include <cstdint>
#include <cstdlib>

#include "tests/fuzz/check_definition.h"
#include "tests/fuzz/memory_weights.h"
#include "transformer/executor/memory_plan.h"
#include "transformer/executor/sources.h"
#include "transformer/families/registry.h"
#include "transformer/weights/gguf.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace footnote::transformer;
  auto contents = ParseGguf(absl::string_view(reinterpret_cast<const char*>(data), size));
  if (!contents.ok()) return 0;
  const MemoryWeights weights(std::move(contents->tensors), &contents->metadata);
  const auto model = DefineModel("fuzz.gguf", weights);
  if (!model.ok()) return 0;
  CheckDefinition(*model);
  if (!CheckTensors(model->source, weights).ok()) return 0;
  LanguageModelOptions options;
  options.memory_limit = uint64_t{16} << 30;
  const auto plan = PlanMemory(*model, weights, options);
  if (!plan.ok()) std::abort();
  if (CheckFits(*plan).ok() && plan->total() > options.memory_limit) std::abort();
  return 0;
}
