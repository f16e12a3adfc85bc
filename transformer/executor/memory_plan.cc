#include "transformer/executor/memory_plan.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "kernels/base/human_bytes.h"
#include "kernels/base/memory.h"
#include "kernels/base/status_macros.h"
#include "kernels/cuda/devices.h"
#include "transformer/executor/decoder.h"
#include "transformer/executor/encoder_stack.h"
#include "transformer/executor/sources.h"

namespace footnote::transformer {
namespace {

absl::StatusOr<uint64_t> Available(const LanguageModelOptions& options) {
  if (options.memory_limit > 0) return options.memory_limit;
  if (options.cuda_device < 0) return kernels::AvailableMemory();
  // Only this one: to ask a device for its memory takes some of it.
  FN_ASSIGN_OR_RETURN(const kernels::CudaDeviceInfo device,
                      kernels::DescribeCudaDevice(options.cuda_device));
  return device.free;
}

int64_t RoundUpToBlocks(int64_t tokens) {
  const int64_t block = kernels::kKvBlockTokens;
  return (tokens + block - 1) / block * block;
}

}  // namespace

KvShape KvShapeOf(const TransformerConfig& config, kernels::KvFormat format) {
  KvShape shape;
  shape.format = format;
  shape.layers = config.layers;
  shape.kv_heads = config.kv_heads;
  shape.head_dim = config.head_dim;
  return shape;
}

absl::StatusOr<MemoryPlan> PlanMemory(const ModelDefinition& model, const WeightFile& file,
                                      const LanguageModelOptions& options) {
  MemoryPlan plan;
  FN_ASSIGN_OR_RETURN(plan.available, Available(options));
  FN_ASSIGN_OR_RETURN(plan.weights, WeightBytes(model.source, file, options.precision));
  plan.cache_per_token = KvCache::BytesPerToken(KvShapeOf(model.config, options.kv_format));
  plan.scratch = Decoder::ScratchBytes(model.config, model.config.context_length);
  const bool encoder = model.config.encoder_layers > 0;
  if (encoder) plan.scratch += EncoderStack::ScratchBytes(model.config);
  if (options.cache_tokens > 0) {
    plan.cache_tokens = RoundUpToBlocks(options.cache_tokens);
  } else {
    const uint64_t fixed = plan.weights + plan.scratch;
    const uint64_t left = plan.available > fixed ? plan.available - fixed : 0;
    const auto fits =
        static_cast<int64_t>(std::min<uint64_t>(left / plan.cache_per_token, uint64_t{1} << 40));
    // An encoder's text takes as many blocks as one of the decoder.
    const int64_t wanted = RoundUpToBlocks(model.config.context_length) * (encoder ? 2 : 1);
    plan.cache_tokens = std::min(wanted, fits / kernels::kKvBlockTokens * kernels::kKvBlockTokens);
  }
  plan.cache = plan.cache_per_token * static_cast<uint64_t>(plan.cache_tokens);
  return plan;
}

absl::Status CheckFits(const MemoryPlan& plan) {
  if (plan.cache_tokens > 0 && plan.total() <= plan.available) return absl::OkStatus();
  const uint64_t least = plan.weights + plan.scratch +
                         plan.cache_per_token * static_cast<uint64_t>(kernels::kKvBlockTokens);
  return absl::ResourceExhaustedError(absl::StrCat(
      "the model does not fit: weights ", kernels::HumanBytes(plan.weights), ", cache ",
      kernels::HumanBytes(plan.cache), " for ", plan.cache_tokens, " tokens (",
      plan.cache_per_token, " bytes each), scratch ", kernels::HumanBytes(plan.scratch),
      ", together ", kernels::HumanBytes(std::max(plan.total(), least)), ", but ",
      kernels::HumanBytes(plan.available),
      " are available; a lower precision, fewer cached tokens or a higher limit may help"));
}

}  // namespace footnote::transformer
