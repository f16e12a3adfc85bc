#include "generator/runner/check.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "generator/decoding/stop_strings.h"
#include "kernels/base/status_macros.h"

namespace footnote::generator {
namespace {

int64_t WholeBlocks(int64_t tokens) {
  const int64_t block = kernels::kKvBlockTokens;
  return (tokens + block - 1) / block * block;
}

bool HasEncoder(const transformer::TransformerConfig& config) { return config.encoder_layers > 0; }

absl::Status CheckNumbers(const GenerateRequest& request) {
  if (request.max_tokens < 1) {
    return absl::InvalidArgumentError(
        absl::StrCat("max_tokens is ", request.max_tokens, "; it must be 1 or more"));
  }
  if (request.top_log_probs < 0 || request.top_log_probs > kMaxTopLogProbs) {
    return absl::InvalidArgumentError(absl::StrCat("top_log_probs is ", request.top_log_probs,
                                                   "; it must be 0 to ", kMaxTopLogProbs));
  }
  FN_RETURN_IF_ERROR(Validate(request.sampling));
  return ValidateStopStrings(request.stop);
}

absl::Status CheckPrompt(const GenerateRequest& request,
                         const transformer::TransformerConfig& config) {
  if (request.prompt.empty()) return absl::InvalidArgumentError("the prompt is empty");
  for (const int32_t id : request.prompt) {
    if (id < 0 || id >= config.vocab_size) {
      return absl::InvalidArgumentError(absl::StrCat("the prompt has the token ", id,
                                                     "; the model's vocabulary ends at ",
                                                     config.vocab_size - 1));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckContext(const GenerateRequest& request,
                          const transformer::TransformerConfig& config) {
  const auto prompt = static_cast<int64_t>(request.prompt.size());
  // What an encoder-decoder generates stands apart from its source.
  const int64_t longest = HasEncoder(config) ? std::max<int64_t>(prompt, request.max_tokens)
                                             : prompt + request.max_tokens;
  if (longest <= config.context_length) return absl::OkStatus();
  return absl::OutOfRangeError(
      absl::StrCat("the prompt has ", prompt, " tokens and ", request.max_tokens,
                   " may be generated, but the model's context holds ", config.context_length,
                   "; shorten the prompt or lower max_tokens"));
}

}  // namespace

int64_t CacheNeed(const GenerateRequest& request, const transformer::TransformerConfig& config) {
  const auto prompt = static_cast<int64_t>(request.prompt.size());
  if (HasEncoder(config)) return WholeBlocks(prompt) + WholeBlocks(int64_t{1} + request.max_tokens);
  return WholeBlocks(prompt + request.max_tokens);
}

absl::Status CheckRequest(const GenerateRequest& request,
                          const transformer::TransformerConfig& config, int64_t cache_tokens) {
  FN_RETURN_IF_ERROR(CheckNumbers(request));
  FN_RETURN_IF_ERROR(CheckPrompt(request, config));
  FN_RETURN_IF_ERROR(CheckContext(request, config));
  const int64_t need = CacheNeed(request, config);
  if (need > cache_tokens) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "the prompt of ", request.prompt.size(), " tokens and max_tokens of ", request.max_tokens,
        " need ", need, " tokens of cache, but the whole cache holds ", cache_tokens,
        "; shorten them or give the cache more memory"));
  }
  return absl::OkStatus();
}

}  // namespace footnote::generator
