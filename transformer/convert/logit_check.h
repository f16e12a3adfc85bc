#ifndef FOOTNOTE_TRANSFORMER_CONVERT_LOGIT_CHECK_H_
#define FOOTNOTE_TRANSFORMER_CONVERT_LOGIT_CHECK_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "transformer/language_model.h"

namespace footnote::transformer {

// At which precision to compare a model with another of its size: f32, in which
// only the stored numbers differ and not the arithmetic, or as stored where that
// does not fit in memory. Errors: those of PlanLanguageModel.
absl::StatusOr<WeightPrecision> PrecisionForCheck(const std::string& model);

// The logits of every token of a short built-in text.
// Errors: those of LoadLanguageModel and LanguageModel::Forward.
absl::StatusOr<Logits> LogitsOfSample(const std::string& model, WeightPrecision precision);

struct LogitDifference {
  int64_t tokens = 0;
  double max_difference = 0;  // of any logit, absolute
  double top1_agreement = 0;  // share of tokens with the same largest logit
};

// Errors: InvalidArgument: the two are of different sizes.
absl::StatusOr<LogitDifference> CompareLogits(const Logits& before, const Logits& after);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_CONVERT_LOGIT_CHECK_H_
