#ifndef FOOTNOTE_TRANSFORMER_EXECUTOR_STEP_PLAN_H_
#define FOOTNOTE_TRANSFORMER_EXECUTOR_STEP_PLAN_H_

#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "transformer/executor/cached_sequence.h"
#include "transformer/executor/decoder.h"
#include "transformer/executor/lora.h"

namespace footnote::transformer {

// Tokens [begin, end) of a sequence to be computed, of which those from
// `output` on are wanted.
struct RowRange {
  CachedSequence* sequence = nullptr;
  const LoraAdapter* adapter = nullptr;
  int64_t begin = 0;
  int64_t end = 0;
  int64_t output = 0;
  bool long_context = false;
};

// What has to be computed so that a sequence, to which the new tokens were
// appended already, has its cache valid and gives the results from token
// `output` on. `original_context` is LongRoPE's, 0 for a model without it.
//
// LongRoPE has one list of factors for texts up to the original context and one
// for longer ones, and the cached values of deeper layers depend on it. So a
// sequence that grows beyond is computed anew, as transformers does; each result
// is that of the text up to its token, however it was split over calls.
std::vector<RowRange> RangesOf(CachedSequence* sequence, const LoraAdapter* adapter, int64_t output,
                               int64_t original_context);

struct PlannedStep {
  StepRows rows;
  std::vector<int32_t> outputs;  // rows whose results are wanted
};

// The ranges, in order, as steps of at most `max_rows` rows. Their sequences'
// blocks must have been taken.
std::vector<PlannedStep> PlanSteps(absl::Span<const RowRange> ranges, int64_t max_rows);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_EXECUTOR_STEP_PLAN_H_
