#include "transformer/weights/peft.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "kernels/base/hash.h"
#include "kernels/base/status_macros.h"
#include "transformer/io/file.h"
#include "transformer/io/json.h"
#include "transformer/weights/tensor_table.h"

namespace footnote::transformer {
namespace {

// What PEFT puts before the base model's own names.
constexpr absl::string_view kPrefix = "base_model.model.";
constexpr absl::string_view kSuffixA = ".lora_A.weight";
constexpr absl::string_view kSuffixB = ".lora_B.weight";

bool IsMatrixOfFloats(const TensorView& view) {
  return view.shape.size() == 2 && view.bytes > 0 &&
         (view.dtype == DType::kF32 || view.dtype == DType::kF16 || view.dtype == DType::kBF16);
}

// Puts each tensor into its module.
absl::Status SortTensors(const WeightFile& file,
                         std::map<std::string, LoraModule, std::less<>>* modules) {
  for (const std::string& name : file.names()) {
    absl::string_view module = name;
    const bool is_a = absl::ConsumeSuffix(&module, kSuffixA);
    if (!absl::ConsumePrefix(&module, kPrefix) ||
        (!is_a && !absl::ConsumeSuffix(&module, kSuffixB)) || module.empty()) {
      return absl::UnimplementedError(
          absl::StrCat(file.path(), " has the tensor ", Quoted(name),
                       ", which is not a matrix of plain LoRA on a linear layer: not supported"));
    }
    const TensorView& view = *file.Find(name);
    if (!IsMatrixOfFloats(view)) {
      return absl::DataLossError(absl::StrCat(file.path(), ": the tensor ", Quoted(name),
                                              " is not a matrix of f32, f16 or bf16 numbers"));
    }
    LoraModule& found = (*modules)[std::string(module)];
    (is_a ? found.a : found.b) = view;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<PeftAdapter> ReadPeftAdapter(const std::string& dir) {
  const std::string config_path = absl::StrCat(dir, "/adapter_config.json");
  const std::string weights_path = absl::StrCat(dir, "/adapter_model.safetensors");
  if (!IsFile(weights_path) && IsFile(absl::StrCat(dir, "/adapter_model.bin"))) {
    return absl::UnimplementedError(
        absl::StrCat(dir, " has its adapter as adapter_model.bin, a pickle, which is not ",
                     "supported; save it again with PEFT's safe_serialization=True"));
  }
  FN_ASSIGN_OR_RETURN(const std::string text, ReadFile(config_path, kMaxConfigBytes));
  PeftAdapter adapter;
  FN_ASSIGN_OR_RETURN(adapter.config, ParsePeftConfig(text, config_path));
  FN_ASSIGN_OR_RETURN(adapter.file, OpenWeights(weights_path));
  FN_RETURN_IF_ERROR(SortTensors(*adapter.file, &adapter.modules));
  if (adapter.modules.empty()) {
    return absl::DataLossError(absl::StrCat(weights_path, " has no tensors"));
  }
  for (auto& [name, module] : adapter.modules) {
    if (module.a.data == nullptr || module.b.data == nullptr) {
      return absl::DataLossError(absl::StrCat(weights_path, " lacks the tensor \"", kPrefix, name,
                                              module.a.data == nullptr ? kSuffixA : kSuffixB,
                                              "\""));
    }
    const int64_t rank = module.a.shape[0];
    if (module.b.shape[1] != rank) {
      return absl::DataLossError(absl::StrCat(weights_path, ": the matrices of ", Quoted(name),
                                              " have the ranks ", rank, " and ",
                                              module.b.shape[1]));
    }
    FN_ASSIGN_OR_RETURN(module.scaling, PeftScaling(adapter.config, name, rank));
  }
  adapter.content_hash =
      kernels::HexHash128(absl::StrCat(kernels::HexHash128(text), adapter.file->ContentHash()));
  return adapter;
}

}  // namespace footnote::transformer
