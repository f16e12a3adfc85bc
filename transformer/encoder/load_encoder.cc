#include "transformer/encoder/load_encoder.h"

#include <filesystem>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/encoder/calibration.h"

namespace footnote::transformer {
namespace {

absl::string_view PrecisionName(Precision precision) {
  switch (precision) {
    case Precision::kFloat32:
      return "float32";
    case Precision::kBfloat16:
      return "bfloat16";
    case Precision::kInt8:
      return "int8";
  }
  return "unknown";
}

absl::Status CheckVocabulary(const ModelConfig& config, const Tokenizer& tokenizer,
                             const std::string& model_dir) {
  if (tokenizer.vocab_size() > config.bert.vocab_size) {
    return absl::InvalidArgumentError(
        absl::StrCat(model_dir, ": the tokenizer has ", tokenizer.vocab_size(),
                     " tokens, but config.json says vocab_size ", config.bert.vocab_size));
  }
  if (config.max_seq_length < tokenizer.SpecialCount() + 1) {
    return absl::InvalidArgumentError(absl::StrCat(model_dir, ": max_seq_length ",
                                                   config.max_seq_length,
                                                   " leaves no room for a token of the text"));
  }
  return absl::OkStatus();
}

absl::Status CheckPrecision(const BertConfig& config, Precision precision,
                            const std::string& model_dir) {
  const int multiple = precision == Precision::kInt8       ? 4
                       : precision == Precision::kBfloat16 ? 2
                                                           : 1;
  if (config.hidden_size % multiple == 0 && config.intermediate_size % multiple == 0) {
    return absl::OkStatus();
  }
  return absl::UnimplementedError(
      absl::StrCat(model_dir, ": precision ", PrecisionName(precision),
                   " needs hidden_size and intermediate_size to be multiples of ", multiple,
                   "; load this model with float32"));
}

TokenBatch CalibrationBatch(const EncoderModel& model, const MakeInput& make_input) {
  TokenBatch batch;
  const absl::Span<const char* const> texts = CalibrationTexts();
  for (size_t i = 0; i < texts.size(); ++i) {
    const EncoderInput input = make_input(model, texts[i], texts[(i + 1) % texts.size()]);
    if (input.ids.empty()) continue;
    batch.lengths.push_back(static_cast<int64_t>(input.ids.size()));
    batch.second_begins.push_back(input.second_begins);
    batch.ids.insert(batch.ids.end(), input.ids.begin(), input.ids.end());
  }
  return batch;
}

}  // namespace

absl::StatusOr<EncoderModel> LoadEncoder(const std::string& model_dir,
                                         const EncoderOptions& options,
                                         const MakeInput& make_input) {
  EncoderModel model;
  FN_ASSIGN_OR_RETURN(model.config, LoadModelConfig(model_dir));
  FN_ASSIGN_OR_RETURN(model.family, FindEncoderFamily(model.config.family));
  const BertConfig& bert = model.config.bert;
  FN_RETURN_IF_ERROR(CheckPrecision(bert, options.precision, model_dir));
  FN_ASSIGN_OR_RETURN(model.tokenizer, LoadTokenizer(model_dir));
  FN_RETURN_IF_ERROR(CheckVocabulary(model.config, *model.tokenizer, model_dir));
  FN_ASSIGN_OR_RETURN(model.file, OpenWeights(model_dir));
  const bool quantized = options.precision == Precision::kInt8;
  std::optional<TokenBatch> calibration;
  if (quantized) calibration = CalibrationBatch(model, make_input);
  FN_ASSIGN_OR_RETURN(
      model.encoder,
      BertEncoder::Load(bert, EncoderTensors(*model.family, *model.file), options.precision,
                        kernels::ActiveCpuLevel(), quantized ? &*calibration : nullptr));
  const std::string name = std::filesystem::path(model_dir).lexically_normal().filename().string();
  model.fingerprint =
      absl::StrCat(name, "/", model.file->ContentHash(), "/", model.tokenizer->content_hash(), "/",
                   model.config.max_seq_length, "/", PrecisionName(options.precision));
  if (quantized) absl::StrAppend(&model.fingerprint, ".", kCalibrationVersion);
  return model;
}

}  // namespace footnote::transformer
