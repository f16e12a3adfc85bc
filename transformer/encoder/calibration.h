#ifndef FOOTNOTE_TRANSFORMER_ENCODER_CALIBRATION_H_
#define FOOTNOTE_TRANSFORMER_ENCODER_CALIBRATION_H_

#include "kernels/base/cpu.h"
#include "transformer/encoder/bert_encoder.h"
#include "transformer/tokenizer/tokenizer.h"

namespace footnote::transformer {

// What the inputs of each linear layer look like on ordinary text: runs the model
// in f32 over a few built-in paragraphs (about a thousand tokens, a fraction of a
// second). The texts are part of what int8 weights depend on: changing them
// changes embeddings, and with them kCalibrationVersion.
inline constexpr int kCalibrationVersion = 1;
BertEncoder::Statistics Calibrate(const BertConfig& config, const BertWeights& weights,
                                  const Tokenizer& tokenizer, int max_tokens,
                                  kernels::CpuLevel level);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_ENCODER_CALIBRATION_H_
