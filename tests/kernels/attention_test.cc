#include "kernels/attention.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "kernels/base/buffer.h"
#include "kernels/bfloat16_portable.h"

namespace footnote::kernels {
namespace {

// In f64, from the definition.
std::vector<double> Reference(const AttentionShape& s, const std::vector<float>& qkv) {
  const int64_t width = s.heads * s.head_dim, ld = 3 * width;
  std::vector<double> out(s.tokens * width);
  for (int64_t h = 0; h < s.heads; ++h) {
    for (int64_t t = 0; t < s.tokens; ++t) {
      std::vector<double> weights(s.tokens);
      double greatest = -INFINITY, sum = 0;
      for (int64_t j = 0; j < s.tokens; ++j) {
        for (int64_t i = 0; i < s.head_dim; ++i) {
          weights[j] += static_cast<double>(qkv[t * ld + h * s.head_dim + i]) *
                        qkv[j * ld + width + h * s.head_dim + i];
        }
        weights[j] *= s.scale;
        greatest = std::max(greatest, weights[j]);
      }
      for (double& w : weights) sum += w = std::exp(w - greatest);
      for (int64_t j = 0; j < s.tokens; ++j) {
        for (int64_t i = 0; i < s.head_dim; ++i) {
          out[t * width + h * s.head_dim + i] +=
              weights[j] / sum * qkv[j * ld + 2 * width + h * s.head_dim + i];
        }
      }
    }
  }
  return out;
}

std::vector<float> Inputs(const AttentionShape& s, float deviation) {
  std::mt19937 rng(static_cast<unsigned>(s.tokens));
  std::normal_distribution<float> normal(0, deviation);
  std::vector<float> qkv(s.tokens * 3 * s.heads * s.head_dim);
  // Values that bf16 holds, so that both types have the same reference.
  for (float& v : qkv) v = internal::Bf16ToFloat(internal::RoundToBf16(normal(rng)));
  return qkv;
}

const AttentionShape kShapes[] = {{1, 1, 32, 0.2f},   {2, 2, 32, 0.2f},   {7, 1, 64, 0.1f},
                                  {14, 1, 32, 0.2f},  {15, 2, 32, 0.2f},  {16, 1, 32, 0.2f},
                                  {17, 1, 32, 0.2f},  {31, 1, 96, 0.1f},  {32, 1, 32, 0.2f},
                                  {33, 3, 32, 0.2f},  {63, 1, 32, 0.2f},  {65, 1, 64, 0.15f},
                                  {200, 1, 32, 0.2f}, {256, 1, 32, 0.2f}, {511, 1, 32, 0.2f}};

class AttentionTest : public testing::TestWithParam<CpuLevel> {};

TEST_P(AttentionTest, AgreesWithTheReference) {
  for (const AttentionShape& s : kShapes) {
    for (const float deviation : {0.5f, 3.0f}) {
      const std::vector<float> qkv = Inputs(s, deviation);
      const std::vector<double> want = Reference(s, qkv);
      const int64_t width = s.heads * s.head_dim;
      Buffer<float> scratch(AttentionScratch(s));
      std::vector<float> out(s.tokens * width), out16(s.tokens * width);
      Attention(GetParam(), s, qkv.data(), 3 * width, out.data(), width, scratch.data());
      std::vector<Bf16> qkv16(qkv.size());
      for (size_t i = 0; i < qkv.size(); ++i) qkv16[i] = internal::RoundToBf16(qkv[i]);
      // Whatever an earlier call left in the scratch space must not matter.
      std::fill(scratch.data(), scratch.data() + scratch.size(), NAN);
      Attention(GetParam(), s, qkv16.data(), 3 * width, out16.data(), width, scratch.data());
      const float greatest = 5 * deviation;
      for (size_t i = 0; i < want.size(); ++i) {
        ASSERT_NEAR(out[i], want[i], 1e-5 * greatest) << s.tokens << " tokens, f32";
        ASSERT_NEAR(out16[i], want[i], 6e-3 * greatest) << s.tokens << " tokens, bf16";
      }
    }
  }
}

TEST_P(AttentionTest, NoTokensIsNoWork) {
  const AttentionShape s = {0, 2, 32, 1};
  Buffer<float> scratch(1);
  Attention(GetParam(), s, static_cast<const float*>(nullptr), 192, nullptr, 64, scratch.data());
}

INSTANTIATE_TEST_SUITE_P(Levels, AttentionTest, testing::ValuesIn(SupportedCpuLevels()),
                         [](const auto& info) { return std::string(CpuLevelName(info.param)); });

}  // namespace
}  // namespace footnote::kernels
