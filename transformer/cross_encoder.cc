#include "transformer/cross_encoder.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/encoder/load_encoder.h"
#include "transformer/encoder/packed_runner.h"
#include "transformer/encoder/pair.h"
#include "transformer/encoder/pooling.h"
#include "transformer/text/case.h"

namespace footnote::transformer {
namespace {

// The ids of a text by itself, without special tokens.
std::vector<int32_t> TokenizeText(const ModelConfig& config, const Tokenizer& tokenizer,
                                  absl::string_view text) {
  std::string lower;
  if (config.do_lower_case) text = lower = ToLower(text);
  std::vector<int32_t> ids = tokenizer.Encode(text, std::numeric_limits<int>::max());
  // One token before and one behind, which LoadCrossEncoder checked.
  ids.erase(ids.begin());
  ids.pop_back();
  return ids;
}

EncoderInput MakePair(const EncoderModel& model, absl::string_view first,
                      absl::string_view second) {
  return JoinPair(*model.family, model.tokenizer->special(),
                  TokenizeText(model.config, *model.tokenizer, first),
                  TokenizeText(model.config, *model.tokenizer, second),
                  model.config.max_seq_length);
}

class BertCrossEncoder : public CrossEncoder {
 public:
  BertCrossEncoder(EncoderModel model, DenseLayer dense, DenseLayer out, bool sigmoid, int threads)
      : config_(std::move(model.config)),
        family_(*model.family),
        tokenizer_(std::move(model.tokenizer)),
        fingerprint_(std::move(model.fingerprint)),
        dense_(std::move(dense)),
        out_(std::move(out)),
        sigmoid_(sigmoid),
        runner_(std::move(model.encoder), threads) {}

  absl::StatusOr<std::vector<float>> Score(absl::string_view query,
                                           absl::Span<const absl::string_view> passages,
                                           const std::function<bool()>& cancelled) const override;

  int max_tokens() const override { return config_.max_seq_length; }
  const std::string& fingerprint() const override { return fingerprint_; }

 private:
  float ScoreOf(const float* first_token) const {
    const float logit = out_.Apply(dense_.Apply(first_token).data())[0];
    return sigmoid_ ? 1 / (1 + std::exp(-logit)) : logit;
  }

  const ModelConfig config_;
  const EncoderFamily& family_;
  const std::unique_ptr<const Tokenizer> tokenizer_;
  const std::string fingerprint_;
  const DenseLayer dense_, out_;
  const bool sigmoid_;
  const PackedRunner runner_;
};

absl::StatusOr<std::vector<float>> BertCrossEncoder::Score(
    absl::string_view query, absl::Span<const absl::string_view> passages,
    const std::function<bool()>& cancelled) const {
  if (cancelled()) return absl::CancelledError("scoring was cancelled");
  const std::vector<int32_t> first = TokenizeText(config_, *tokenizer_, query);
  std::vector<EncoderInput> inputs(passages.size());
  runner_.ParallelFor(passages.size(), [&](size_t i) {
    inputs[i] = JoinPair(family_, tokenizer_->special(), first,
                         TokenizeText(config_, *tokenizer_, passages[i]), config_.max_seq_length);
  });
  std::vector<float> scores(passages.size());
  FN_RETURN_IF_ERROR(runner_.Run(
      inputs, cancelled, [&](size_t i, const float* states) { scores[i] = ScoreOf(states); }));
  if (!std::all_of(scores.begin(), scores.end(), [](float v) { return std::isfinite(v); })) {
    return absl::InternalError(absl::StrCat(
        "the model ", fingerprint_,
        " gave a score that isn't a finite number; its weights are unusable at this precision"));
  }
  return scores;
}

// Before anything large is read.
absl::Status CheckIsCrossEncoder(const std::string& model_dir) {
  FN_ASSIGN_OR_RETURN(const ModelConfig config, LoadModelConfig(model_dir));
  if (config.labels == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(model_dir,
                     ": not a cross-encoder: config.json's \"architectures\" names no "
                     "...ForSequenceClassification"));
  }
  if (config.labels != 1) {
    return absl::UnimplementedError(absl::StrCat(model_dir, ": a classifier of ", config.labels,
                                                 " labels; a cross-encoder with one is supported"));
  }
  return absl::OkStatus();
}

absl::Status CheckTokenizer(const EncoderModel& model, const std::string& model_dir) {
  const SpecialTokens& special = model.tokenizer->special();
  if (special.cls < 0 || special.sep < 0 || model.tokenizer->SpecialCount() != 2) {
    return absl::InvalidArgumentError(absl::StrCat(
        model_dir,
        ": the tokenizer puts no classifier and separator tokens around a text, so that "
        "pairs can't be joined"));
  }
  if (model.config.max_seq_length <= PairSpecialCount(*model.family)) {
    return absl::InvalidArgumentError(absl::StrCat(model_dir, ": max_seq_length ",
                                                   model.config.max_seq_length,
                                                   " leaves no room for a token of the texts"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<const CrossEncoder>> LoadCrossEncoder(
    const std::string& model_dir, const CrossEncoderOptions& options) {
  FN_RETURN_IF_ERROR(CheckIsCrossEncoder(model_dir));
  EncoderOptions encoder_options;
  encoder_options.precision = options.precision;
  encoder_options.threads = options.threads;
  FN_ASSIGN_OR_RETURN(EncoderModel model, LoadEncoder(model_dir, encoder_options, &MakePair));
  FN_RETURN_IF_ERROR(CheckTokenizer(model, model_dir));
  const TensorReader reader(*model.file, "");
  const int64_t hidden = model.config.bert.hidden_size;
  FN_ASSIGN_OR_RETURN(LinearWeights dense,
                      reader.Linear(model.family->score_dense, hidden, hidden));
  FN_ASSIGN_OR_RETURN(LinearWeights out, reader.Linear(model.family->score_out, 1, hidden));
  const bool sigmoid = options.sigmoid.value_or(model.config.sigmoid);
  absl::StrAppend(&model.fingerprint, "/pairs", sigmoid ? "/sigmoid" : "");
  return std::make_unique<const BertCrossEncoder>(
      std::move(model), DenseLayer(std::move(dense), /*tanh=*/true),
      DenseLayer(std::move(out), /*tanh=*/false), sigmoid, options.threads);
}

}  // namespace footnote::transformer
