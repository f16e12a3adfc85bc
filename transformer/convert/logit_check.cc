#include "transformer/convert/logit_check.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <vector>

#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"

namespace footnote::transformer {
namespace {

// Prose, numbers, code and other scripts, about a hundred tokens.
constexpr char kSample[] =
    "The service listens on port 5432. To change it, edit the file \"server.conf\" and restart:\n"
    "    restart --now && echo done\n"
    "Der Dienst läuft über Nacht; 12.5 % of 1,024 requests failed. 数据库 работает.";
constexpr size_t kMaxTokens = 128;

LanguageModelOptions Options(WeightPrecision precision) {
  LanguageModelOptions options;
  options.precision = precision;
  options.kv_format = kernels::KvFormat::kF32;
  options.cache_tokens = kMaxTokens;
  return options;
}

int64_t Largest(absl::Span<const float> row) {
  return std::max_element(row.begin(), row.end()) - row.begin();
}

}  // namespace

absl::StatusOr<WeightPrecision> PrecisionForCheck(const std::string& model) {
  const LanguageModelOptions options = Options(WeightPrecision::kF32);
  FN_ASSIGN_OR_RETURN(const MemoryPlan plan, PlanLanguageModel(model, options));
  return plan.total() <= plan.available ? WeightPrecision::kF32 : WeightPrecision::kAsStored;
}

absl::StatusOr<Logits> LogitsOfSample(const std::string& model_path, WeightPrecision precision) {
  const LanguageModelOptions options = Options(precision);
  FN_ASSIGN_OR_RETURN(const auto model, LoadLanguageModel(model_path, options));
  std::vector<int32_t> ids = model->tokenizer().Tokenize(kSample, TokenizeOptions());
  ids.resize(
      std::min({ids.size(), kMaxTokens, static_cast<size_t>(model->config().context_length)}));
  if (ids.empty()) return absl::InternalError("the tokenizer makes no tokens of the sample");
  FN_ASSIGN_OR_RETURN(const auto sequence, model->NewSequence());
  SequenceInput input;
  input.sequence = sequence.get();
  input.tokens = ids;
  input.logits = LogitRows::kAll;
  return model->Forward({input});
}

absl::StatusOr<LogitDifference> CompareLogits(const Logits& before, const Logits& after) {
  if (before.rows != after.rows || before.vocab_size != after.vocab_size || before.rows < 1) {
    return absl::InvalidArgumentError(absl::StrCat("the models differ in size: ", before.rows,
                                                   " x ", before.vocab_size, " logits and ",
                                                   after.rows, " x ", after.vocab_size));
  }
  LogitDifference out;
  out.tokens = before.rows;
  int64_t agreed = 0;
  for (int64_t r = 0; r < before.rows; ++r) {
    const auto a = before.row(r), b = after.row(r);
    for (size_t i = 0; i < a.size(); ++i) {
      out.max_difference = std::max(out.max_difference, std::fabs(double{a[i]} - double{b[i]}));
    }
    agreed += Largest(a) == Largest(b) ? 1 : 0;
  }
  out.top1_agreement = static_cast<double>(agreed) / static_cast<double>(before.rows);
  return out;
}

}  // namespace footnote::transformer
