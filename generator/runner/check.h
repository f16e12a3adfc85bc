#ifndef FOOTNOTE_GENERATOR_RUNNER_CHECK_H_
#define FOOTNOTE_GENERATOR_RUNNER_CHECK_H_

#include <cstdint>

#include "absl/status/status.h"
#include "generator/runner/generation.h"
#include "transformer/model/transformer_config.h"

namespace footnote::generator {

// Tokens that a request may come to hold in the cache, in whole blocks.
int64_t CacheNeed(const GenerateRequest& request, const transformer::TransformerConfig& config);

// Whether a model of `config` with a cache for `cache_tokens` can take the
// request. Errors: those of ModelRunner::Submit, less NotFound and a full queue.
absl::Status CheckRequest(const GenerateRequest& request,
                          const transformer::TransformerConfig& config, int64_t cache_tokens);

}  // namespace footnote::generator

#endif  // FOOTNOTE_GENERATOR_RUNNER_CHECK_H_
