#ifndef FOOTNOTE_TESTS_TRANSFORMER_MADE_WEIGHTS_H_
#define FOOTNOTE_TESTS_TRANSFORMER_MADE_WEIGHTS_H_

#include <cstdint>
#include <cstring>
#include <string>
#include <vector>

#include "nlohmann/json.hpp"
#include "tests/transformer/weights/weight_bytes.h"

// Weights that a formula gives: tests/golden/made_weights.py in C++.
namespace footnote::transformer::made_weights {

inline uint64_t Fnv1a(const std::string& text) {
  uint64_t h = 0xCBF29CE484222325u;
  for (const char c : text) h = (h ^ static_cast<uint8_t>(c)) * 0x100000001B3u;
  return h;
}

inline uint64_t SplitMix64(uint64_t state) {
  uint64_t z = state + 0x9E3779B97F4A7C15u;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
  return z ^ (z >> 31);
}

inline float Value(uint64_t seed, uint64_t i, double mean, double scale) {
  const double u = static_cast<double>(SplitMix64(seed + i) >> 40) / 16777216.0;
  return static_cast<float>(mean + scale * (2 * u - 1));
}

// A safetensors file of F32 tensors; `rows` holds [name, shape, mean, scale].
inline std::string Safetensors(const nlohmann::json& rows) {
  nlohmann::json header;
  std::string data;
  for (const nlohmann::json& row : rows) {
    const std::string name = row[0];
    uint64_t n = 1;
    for (const nlohmann::json& d : row[1]) n *= d.get<uint64_t>();
    const size_t begin = data.size();
    data.resize(begin + n * sizeof(float));
    const uint64_t seed = Fnv1a(name);
    for (uint64_t i = 0; i < n; ++i) {
      const float value = Value(seed, i, row[2].get<double>(), row[3].get<double>());
      std::memcpy(&data[begin + i * sizeof(float)], &value, sizeof(value));
    }
    header[name] = {{"dtype", "F32"}, {"shape", row[1]}, {"data_offsets", {begin, data.size()}}};
  }
  return testing_bytes::Safetensors(header.dump(), data);
}

}  // namespace footnote::transformer::made_weights

#endif  // FOOTNOTE_TESTS_TRANSFORMER_MADE_WEIGHTS_H_
