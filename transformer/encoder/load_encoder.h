#ifndef FOOTNOTE_TRANSFORMER_ENCODER_LOAD_ENCODER_H_
#define FOOTNOTE_TRANSFORMER_ENCODER_LOAD_ENCODER_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "transformer/encoder/bert_encoder.h"
#include "transformer/encoder/families/family.h"
#include "transformer/encoder/packed_runner.h"
#include "transformer/model/model_config.h"
#include "transformer/text_encoder.h"
#include "transformer/tokenizer/tokenizer.h"
#include "transformer/weights/weight_file.h"

namespace footnote::transformer {

// What an embedder and a cross-encoder have in common.
struct EncoderModel {
  ModelConfig config;
  const EncoderFamily* family = nullptr;
  std::unique_ptr<const Tokenizer> tokenizer;
  std::unique_ptr<const WeightFile> file;  // of which only the heads are still to be read
  std::unique_ptr<const BertEncoder> encoder;
  std::string fingerprint;
};

// How a model's texts become sequences.
using MakeInput = std::function<EncoderInput(const EncoderModel& model, absl::string_view first,
                                             absl::string_view second)>;

// Checks that configuration, tokenizer and weights agree, and loads the encoder.
// int8 weights are made by running the calibration texts, each of them and the
// next one as `make_input` joins them. Errors: as LoadTextEncoder.
absl::StatusOr<EncoderModel> LoadEncoder(const std::string& model_dir,
                                         const EncoderOptions& options,
                                         const MakeInput& make_input);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_ENCODER_LOAD_ENCODER_H_
