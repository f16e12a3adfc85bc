#include "transformer/language_model.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/executor/decoder_model.h"
#include "transformer/executor/load_model.h"
#include "transformer/executor/memory_plan.h"
#include "transformer/executor/sources.h"
#include "transformer/families/registry.h"
#include "transformer/weights/weight_file.h"

namespace footnote::transformer {
namespace {

absl::StatusOr<std::unique_ptr<kernels::Ops>> MakeOps(const LanguageModelOptions& options) {
  if (options.cuda_device >= 0) {
    kernels::CudaOpsOptions cuda;
    cuda.deterministic = options.deterministic;
    return kernels::MakeCudaOps(options.cuda_device, cuda);
  }
  kernels::CpuOpsOptions cpu;
  cpu.threads = options.threads;
  return kernels::MakeCpuOps(cpu);
}

// A token that the model has no row for could never be computed.
absl::Status CheckVocabulary(const Tokenizer& tokenizer, const TransformerConfig& config,
                             const std::string& path) {
  if (tokenizer.vocab_size() <= config.vocab_size) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat(path, ": the tokenizer has ", tokenizer.vocab_size(),
                   " tokens, but the model's vocabulary is ", config.vocab_size));
}

}  // namespace

absl::StatusOr<std::unique_ptr<LanguageModel>> LoadLanguageModelOn(
    const OpsFactory& make_ops, const std::string& path, const LanguageModelOptions& options) {
  FN_ASSIGN_OR_RETURN(const auto file, OpenWeights(path));
  ModelParts parts;
  FN_ASSIGN_OR_RETURN(parts.definition, DefineModel(path, *file));
  parts.from_gguf = file->gguf() != nullptr;
  FN_RETURN_IF_ERROR(CheckTensors(parts.definition.source, *file));
  FN_ASSIGN_OR_RETURN(parts.tokenizer, LoadTokenizer(path));
  FN_RETURN_IF_ERROR(CheckVocabulary(*parts.tokenizer, parts.definition.config, path));
  FN_ASSIGN_OR_RETURN(parts.plan, PlanMemory(parts.definition, *file, options));
  FN_RETURN_IF_ERROR(CheckFits(parts.plan));
  FN_ASSIGN_OR_RETURN(parts.ops, make_ops());
  return DecoderModel::Load(std::move(parts), *file, options);
}

absl::StatusOr<std::unique_ptr<LanguageModel>> LoadLanguageModel(
    const std::string& path, const LanguageModelOptions& options) {
  return LoadLanguageModelOn([&] { return MakeOps(options); }, path, options);
}

absl::StatusOr<MemoryPlan> PlanLanguageModel(const std::string& path,
                                             const LanguageModelOptions& options) {
  FN_ASSIGN_OR_RETURN(const auto file, OpenWeights(path));
  FN_ASSIGN_OR_RETURN(const ModelDefinition definition, DefineModel(path, *file));
  FN_RETURN_IF_ERROR(CheckTensors(definition.source, *file));
  return PlanMemory(definition, *file, options);
}

}  // namespace footnote::transformer
