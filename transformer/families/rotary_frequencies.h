#ifndef FOOTNOTE_TRANSFORMER_FAMILIES_ROTARY_FREQUENCIES_H_
#define FOOTNOTE_TRANSFORMER_FAMILIES_ROTARY_FREQUENCIES_H_

#include <vector>

#include "transformer/model/transformer_config.h"

namespace footnote::transformer {

// The inverse frequencies of `config`, [dims / 2]; `long_context` chooses
// LongRoPE's second list. In f32 as transformers computes them: at position
// 100,000 the rounding of a frequency is visible in the angle.
std::vector<float> InverseFrequencies(const RotaryConfig& config, bool long_context);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_FAMILIES_ROTARY_FREQUENCIES_H_
