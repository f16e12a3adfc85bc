#ifndef FOOTNOTE_TRANSFORMER_EXECUTOR_MEMORY_PLAN_H_
#define FOOTNOTE_TRANSFORMER_EXECUTOR_MEMORY_PLAN_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "transformer/executor/kv_cache.h"
#include "transformer/families/definition.h"
#include "transformer/language_model.h"
#include "transformer/weights/weight_file.h"

namespace footnote::transformer {

KvShape KvShapeOf(const TransformerConfig& config, kernels::KvFormat format);

// What the model needs, and how many cached tokens it gets: those asked for, or
// one sequence of its context or as much of that as fits. Precondition:
// CheckTensors passed. Errors: Unavailable (no such device).
absl::StatusOr<MemoryPlan> PlanMemory(const ModelDefinition& model, const WeightFile& file,
                                      const LanguageModelOptions& options);

// ResourceExhausted with the numbers, unless the plan fits and caches at least
// one block.
absl::Status CheckFits(const MemoryPlan& plan);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_EXECUTOR_MEMORY_PLAN_H_
