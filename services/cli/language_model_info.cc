#include "services/cli/language_model_info.h"

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "kernels/base/human_bytes.h"
#include "kernels/base/memory.h"
#include "kernels/base/status_macros.h"
#include "kernels/cuda/devices.h"
#include "services/cli/gpu_split.h"
#include "services/cli/terminal.h"
#include "transformer/executor/memory_plan.h"
#include "transformer/executor/sources.h"
#include "transformer/families/registry.h"
#include "transformer/io/file.h"
#include "transformer/io/json.h"
#include "transformer/language_model.h"
#include "transformer/model/registry.h"
#include "transformer/tokenizer/tokenizer.h"
#include "transformer/weights/gguf.h"
#include "transformer/weights/weight_file.h"

namespace footnote::services::cli {
namespace {

using nlohmann::ordered_json;
using transformer::LanguageModelOptions;
using transformer::MemoryPlan;
using transformer::ModelDefinition;
using transformer::TransformerConfig;
using transformer::WeightFile;
using transformer::WeightPrecision;

constexpr uint64_t kMaxConfigBytes = uint64_t{16} << 20;
constexpr int64_t kContexts[] = {2048, 8192, 32768};

struct PrecisionRow {
  const char* name;
  WeightPrecision precision;
};
constexpr PrecisionRow kPrecisions[] = {
    {"as stored", WeightPrecision::kAsStored}, {"f32", WeightPrecision::kF32},
    {"bf16", WeightPrecision::kBf16},          {"f16", WeightPrecision::kF16},
    {"int8", WeightPrecision::kInt8},          {"int4", WeightPrecision::kInt4}};

struct Gpu {
  std::string name;
  uint64_t free = 0;
};

std::vector<Gpu> Gpus(const std::vector<uint64_t>& memory) {
  std::vector<Gpu> gpus;
  gpus.reserve(memory.size());
  for (const uint64_t bytes : memory) {
    gpus.push_back({absl::StrCat("a GPU with ", kernels::HumanBytes(bytes)), bytes});
  }
  if (!gpus.empty()) return gpus;
  const auto devices = kernels::ListCudaDevices();
  if (!devices.ok()) return gpus;  // none; `footnote doctor` says why
  for (const kernels::CudaDeviceInfo& device : *devices) gpus.push_back({device.name, device.free});
  return gpus;
}

std::string Licence(const std::string& path, const WeightFile& file) {
  if (file.gguf() != nullptr) {
    const auto licence = file.gguf()->String("general.license");
    return licence.ok() ? *licence : "unknown";
  }
  return transformer::LicenceOfFolder(path);
}

// How many of the parameters are stored as which type; the commonest first.
ordered_json Types(const WeightFile& file, uint64_t* parameters, uint64_t* bytes) {
  std::map<std::string, uint64_t> counts;
  for (const std::string& name : file.names()) {
    const transformer::TensorView& tensor = *file.Find(name);
    counts[std::string(transformer::DTypeName(tensor.dtype))] +=
        static_cast<uint64_t>(tensor.elements());
    *parameters += static_cast<uint64_t>(tensor.elements());
    *bytes += tensor.bytes;
  }
  std::vector<std::pair<std::string, uint64_t>> sorted(counts.begin(), counts.end());
  std::sort(sorted.begin(), sorted.end(),
            [](const auto& a, const auto& b) { return a.second > b.second; });
  ordered_json types = ordered_json::object();
  for (const auto& [name, count] : sorted) types[name] = count;
  return types;
}

ordered_json Tokenizer(const std::string& path) {
  const auto tokenizer = transformer::LoadTokenizer(path);
  if (!tokenizer.ok()) return {{"error", std::string(tokenizer.status().message())}};
  return {{"kind", std::string((*tokenizer)->kind())}, {"tokens", (*tokenizer)->vocab_size()}};
}

std::vector<int64_t> Contexts(const TransformerConfig& config) {
  std::vector<int64_t> contexts;
  for (const int64_t c : kContexts) {
    if (c < config.context_length) contexts.push_back(c);
  }
  contexts.push_back(config.context_length);
  return contexts;
}

// One way to hold the model, planned.
class Planner {
 public:
  Planner(const ModelDefinition& model, const WeightFile& file, WeightPrecision precision)
      : model_(model), file_(file), precision_(precision) {}

  absl::StatusOr<MemoryPlan> Plan(int64_t context) const {
    LanguageModelOptions options;
    options.precision = precision_;
    options.cache_tokens = context;
    return transformer::PlanMemory(model_, file_, options);
  }

  // The longest of `contexts` that fits into `free`, where it fits: the GPU, or
  // how two share the layers.
  absl::StatusOr<ordered_json> OnGpus(const std::vector<Gpu>& gpus, int64_t context) const;

 private:
  const ModelDefinition& model_;
  const WeightFile& file_;
  const WeightPrecision precision_;
};

absl::StatusOr<ordered_json> Planner::OnGpus(const std::vector<Gpu>& gpus, int64_t context) const {
  if (gpus.empty()) return ordered_json(nullptr);
  FN_ASSIGN_OR_RETURN(const MemoryPlan plan, Plan(context));
  for (size_t i = 0; i < gpus.size(); ++i) {
    if (plan.total() <= gpus[i].free) return ordered_json({{"gpu", i}});
  }
  if (gpus.size() < 2) return ordered_json(nullptr);
  transformer::WeightSource outside = model_.source;
  outside.layers.clear();
  FN_ASSIGN_OR_RETURN(const uint64_t outside_bytes,
                      transformer::WeightBytes(outside, file_, precision_));
  GpuParts parts;
  parts.layers = model_.config.layers;
  parts.fixed = outside_bytes + plan.scratch;
  parts.per_layer =
      (plan.weights - outside_bytes + plan.cache) / static_cast<uint64_t>(parts.layers) + 1;
  const auto first = SplitOverTwo(parts, gpus[0].free, gpus[1].free);
  if (!first.has_value()) return ordered_json(nullptr);
  return ordered_json({{"layers_on_gpu_0", *first}, {"layers_on_gpu_1", parts.layers - *first}});
}

absl::StatusOr<ordered_json> Memory(const ModelDefinition& model, const WeightFile& file,
                                    const std::vector<Gpu>& gpus) {
  ordered_json rows = ordered_json::array();
  for (const PrecisionRow& row : kPrecisions) {
    const Planner planner(model, file, row.precision);
    ordered_json contexts = ordered_json::array();
    MemoryPlan plan;
    for (const int64_t context : Contexts(model.config)) {
      FN_ASSIGN_OR_RETURN(plan, planner.Plan(context));
      FN_ASSIGN_OR_RETURN(ordered_json on_gpus, planner.OnGpus(gpus, context));
      contexts.push_back({{"tokens", context},
                          {"bytes", plan.total()},
                          {"fits_cpu", plan.total() <= plan.available},
                          {"gpu", std::move(on_gpus)}});
    }
    rows.push_back({{"precision", row.name},
                    {"weights_bytes", plan.weights},
                    {"cache_bytes_per_token", plan.cache_per_token},
                    {"scratch_bytes", plan.scratch},
                    {"contexts", std::move(contexts)}});
  }
  return rows;
}

// Where a plan of Memory fits: "cpu", "gpu 0", "gpus 12+20".
std::string Fits(const ordered_json& context) {
  std::vector<std::string> places;
  if (context["fits_cpu"].get<bool>()) places.emplace_back("cpu");
  const ordered_json& gpu = context["gpu"];
  if (gpu.contains("gpu")) places.push_back(absl::StrCat("gpu ", gpu["gpu"].get<int>()));
  if (gpu.contains("layers_on_gpu_0")) {
    places.push_back(absl::StrCat("two gpus, layers ", gpu["layers_on_gpu_0"].get<int64_t>(), "+",
                                  gpu["layers_on_gpu_1"].get<int64_t>()));
  }
  return places.empty() ? "nowhere here" : absl::StrJoin(places, ", ");
}

}  // namespace

bool IsLanguageModel(const std::string& path) {
  if (absl::EndsWith(path, ".gguf")) return true;
  const auto config =
      transformer::ReadJsonObject(absl::StrCat(path, "/config.json"), kMaxConfigBytes);
  if (!config.ok()) return false;
  const auto type = transformer::JsonFields(*config, path).String("model_type", "");
  const auto families = transformer::Families();
  return type.ok() && std::any_of(families.begin(), families.end(),
                                  [&type](const auto& family) { return family.name == *type; });
}

absl::StatusOr<ordered_json> DescribeLanguageModel(const std::string& path,
                                                   const std::vector<uint64_t>& gpu_memory) {
  FN_ASSIGN_OR_RETURN(const auto file, transformer::OpenWeights(path));
  FN_ASSIGN_OR_RETURN(const ModelDefinition model, transformer::DefineModel(path, *file));
  FN_RETURN_IF_ERROR(transformer::CheckTensors(model.source, *file));
  const std::vector<Gpu> gpus = Gpus(gpu_memory);
  ordered_json gpu_list = ordered_json::array();
  for (const Gpu& gpu : gpus) gpu_list.push_back({{"name", gpu.name}, {"free_bytes", gpu.free}});
  uint64_t parameters = 0, bytes = 0;
  ordered_json types = Types(*file, &parameters, &bytes);
  FN_ASSIGN_OR_RETURN(ordered_json memory, Memory(model, *file, gpus));
  const TransformerConfig& c = model.config;
  return ordered_json(
      {{"name", std::filesystem::path(path).filename().string()},
       {"path", path},
       {"family", c.family},
       {"architecture", c.architecture},
       {"parameters", parameters},
       {"layers", c.layers},
       {"heads", c.heads},
       {"kv_heads", c.kv_heads},
       {"hidden_size", c.hidden_size},
       {"context", c.context_length},
       {"vocab_size", c.vocab_size},
       {"tokenizer", Tokenizer(path)},
       {"licence", Licence(path, *file)},
       {"weights",
        {{"format", std::string(file->format())}, {"bytes", bytes}, {"types", std::move(types)}}},
       {"available_bytes", kernels::AvailableMemory()},
       {"gpus", std::move(gpu_list)},
       {"memory", std::move(memory)}});
}

void PrintLanguageModel(const ordered_json& info) {
  const auto row = [](const char* name, const std::string& value) {
    std::cout << absl::StrFormat("%-12s %s\n", name, OneLine(value));
  };
  const auto text = [&info](const char* key) { return info[key].get<std::string>(); };
  const auto number = [&info](const char* key) { return info[key].get<int64_t>(); };
  row("name", text("name"));
  row("path", text("path"));
  row("family", absl::StrCat(text("family"), " (", text("architecture"), ")"));
  row("parameters", WithCommas(info["parameters"].get<uint64_t>()));
  row("layers",
      absl::StrFormat("%d, %d dimensions, %d heads (%d for keys and values)", number("layers"),
                      number("hidden_size"), number("heads"), number("kv_heads")));
  row("context", absl::StrCat(WithCommas(info["context"].get<uint64_t>()), " tokens"));
  const ordered_json& tokenizer = info["tokenizer"];
  row("tokenizer", tokenizer.contains("error")
                       ? tokenizer["error"].get<std::string>()
                       : absl::StrCat(tokenizer["kind"].get<std::string>(), ", ",
                                      WithCommas(tokenizer["tokens"].get<uint64_t>()), " tokens"));
  row("licence", text("licence"));
  const ordered_json& weights = info["weights"];
  std::vector<std::string> types;
  for (const auto& [name, count] : weights["types"].items()) types.push_back(name);
  row("weights", absl::StrCat(weights["format"].get<std::string>(), ", ",
                              kernels::HumanBytes(weights["bytes"].get<uint64_t>()), ", ",
                              absl::StrJoin(types, " ")));
  row("this machine",
      absl::StrCat(kernels::HumanBytes(info["available_bytes"].get<uint64_t>()), " free"));
  for (const ordered_json& gpu : info["gpus"]) {
    row("gpu", absl::StrCat(gpu["name"].get<std::string>(), ", ",
                            kernels::HumanBytes(gpu["free_bytes"].get<uint64_t>()), " free"));
  }
  std::cout << absl::StrFormat("\n%-10s %10s %10s %10s  %s\n", "precision", "weights", "context",
                               "in all", "fits");
  for (const ordered_json& plan : info["memory"]) {
    for (const ordered_json& context : plan["contexts"]) {
      std::cout << absl::StrFormat(
          "%-10s %10s %10s %10s  %s\n", plan["precision"].get<std::string>(),
          kernels::HumanBytes(plan["weights_bytes"].get<uint64_t>()),
          WithCommas(context["tokens"].get<uint64_t>()),
          kernels::HumanBytes(context["bytes"].get<uint64_t>()), Fits(context));
    }
  }
}

}  // namespace footnote::services::cli
