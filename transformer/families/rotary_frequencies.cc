#include "transformer/families/rotary_frequencies.h"

#include <cmath>

namespace footnote::transformer {
namespace {

constexpr double kPi = 3.14159265358979323846;

// Llama 3.1 (transformers' modeling_rope_utils.py): waves longer than the low
// bound are stretched, shorter than the high bound kept, between them mixed.
float ScaleLlama3(const RotaryConfig& config, float frequency) {
  const double context = static_cast<double>(config.original_context);
  const double wavelength = 2 * kPi / frequency;
  if (wavelength > context / config.low_freq_factor) {
    return frequency / static_cast<float>(config.factor);
  }
  if (wavelength < context / config.high_freq_factor) return frequency;
  const double smooth = (context / wavelength - config.low_freq_factor) /
                        (config.high_freq_factor - config.low_freq_factor);
  return static_cast<float>((1 - smooth) * frequency / config.factor + smooth * frequency);
}

}  // namespace

std::vector<float> InverseFrequencies(const RotaryConfig& config, bool long_context) {
  std::vector<float> frequencies(config.dims / 2);
  for (int64_t i = 0; i < config.dims / 2; ++i) {
    const float exponent = static_cast<float>(2 * i) / static_cast<float>(config.dims);
    const float power = std::pow(static_cast<float>(config.theta), exponent);
    float frequency = 1.f / power;
    switch (config.scaling) {
      case RotaryConfig::Scaling::kNone:
        break;
      case RotaryConfig::Scaling::kLinear:
        frequency /= static_cast<float>(config.factor);
        break;
      case RotaryConfig::Scaling::kLlama3:
        frequency = ScaleLlama3(config, frequency);
        break;
      case RotaryConfig::Scaling::kLongRope: {
        const auto& factors = long_context ? config.long_factors : config.short_factors;
        frequency = 1.f / (static_cast<float>(factors[i]) * power);
        break;
      }
    }
    frequencies[i] = frequency;
  }
  return frequencies;
}

}  // namespace footnote::transformer
