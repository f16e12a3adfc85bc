// Any bytes as a language model's config.json and, after a zero byte, as the
// generation_config.json beside it: the definition, and the plan for the weights
// that it asks for.
#include <stdlib.h>

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "tests/fuzz/check_definition.h"
#include "tests/fuzz/memory_weights.h"
#include "tests/fuzz/temp_folder.h"
#include "transformer/executor/memory_plan.h"
#include "transformer/executor/sources.h"
#include "transformer/families/registry.h"

namespace {

using namespace footnote::transformer;

// Tables of more layers take longer to build than they are worth.
constexpr int64_t kMostLayers = 40;

// A table of all the tensors that `source` names, without their data.
TensorTable TensorsOf(const WeightSource& source) {
  TensorTable tensors;
  const auto linear = [&](const LinearSource& layer, LinearRole /*role*/) {
    for (const TensorSource& part : layer.weight) {
      TensorView& view = tensors[part.name];
      view.shape = {part.tensor_rows(), layer.columns};
      if (part.transposed) std::swap(view.shape[0], view.shape[1]);
    }
    for (const TensorSource& part : layer.bias) tensors[part.name].shape = {part.tensor_rows()};
    return absl::OkStatus();
  };
  const auto norm = [&](const NormSource& layer) {
    for (const std::string& name : {layer.weight, layer.bias}) {
      if (!name.empty()) tensors[name].shape = {layer.dim};
    }
    return absl::OkStatus();
  };
  if (!VisitSources(source, {linear, norm}).ok()) abort();
  return tensors;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const TempFolder folder;
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t end = input.find('\0');
  folder.Write("config.json", input.substr(0, end));
  const bool generation = end != absl::string_view::npos;
  if (generation) folder.Write("generation_config.json", input.substr(end + 1));
  const auto model = DefineModel(folder.dir(), MemoryWeights({}, nullptr));
  if (generation) folder.Remove("generation_config.json");
  if (!model.ok()) return 0;
  CheckDefinition(*model);
  if (model->config.layers + model->config.encoder_layers > kMostLayers) return 0;
  const MemoryWeights weights(TensorsOf(model->source), nullptr);
  if (!CheckTensors(model->source, weights).ok()) abort();
  LanguageModelOptions options;
  options.memory_limit = uint64_t{16} << 30;
  const auto plan = PlanMemory(*model, weights, options);
  if (!plan.ok()) abort();
  if (CheckFits(*plan).ok() && plan->total() > options.memory_limit) abort();
  return 0;
}
