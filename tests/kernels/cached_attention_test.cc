#include "kernels/cached_attention.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "kernels/bfloat16_portable.h"
#include "kernels/vector_ops.h"
#include "tests/kernels/attend_fixture.h"

namespace footnote::kernels {
namespace {

double SameF64(double x) { return x; }
float SameF32(float x) { return x; }
float ToBf16AndBack(float x) { return internal::Bf16ToFloat(internal::RoundToBf16(x)); }

// x as an int8 cache holds it.
void ThroughInt8(int64_t dim, std::vector<float>* x) {
  std::vector<int8_t> q(dim);
  for (size_t i = 0; i < x->size(); i += dim) {
    float scale = 0;
    QuantizeSymmetric(CpuLevel::kPortable, &(*x)[i], dim, q.data(), &scale);
    for (int64_t j = 0; j < dim; ++j) (*x)[i + j] = static_cast<float>(q[j]) * scale;
  }
}

std::vector<float> Plain(const AttendCase& c, AttendInputs in) {
  if (c.format == KvFormat::kInt8) {
    ThroughInt8(c.dim, &in.k);
    ThroughInt8(c.dim, &in.v);
  }
  float (*round)(float) = c.format == KvFormat::kBf16 ? ToBf16AndBack : SameF32;
  return PlainAttention<float>(c, in, round).Rows(0, c.tokens);
}

double WorstError(const std::vector<float>& got, const std::vector<double>& want) {
  double worst = 0;
  for (size_t i = 0; i < want.size(); ++i) {
    // So that a NaN counts as an error.
    if (!(std::abs(got[i] - want[i]) <= worst)) worst = std::abs(got[i] - want[i]);
    if (std::isnan(got[i])) return INFINITY;
  }
  return worst;
}

// On every level.
void ExpectExact(const AttendCase& c) {
  const AttendInputs in(c);
  const std::vector<double> want = PlainAttention<double>(c, in, SameF64).Rows(0, c.tokens);
  const double plain = WorstError(Plain(c, in), want);
  for (const CpuLevel level : SupportedCpuLevels()) {
    AttendRun run(level, 1, {c});
    run.StepBy({c.tokens});
    ASSERT_EQ(run.result(0).size(), want.size());
    // Plain loops may be exact by chance.
    EXPECT_LE(WorstError(run.result(0), want), 2 * std::max(plain, 2e-7 * c.deviation))
        << CpuLevelName(level) << ", " << c.tokens << " tokens, " << c.heads << "/" << c.kv_heads
        << " heads of " << c.dim << ", format " << static_cast<int>(c.format) << ", rotary "
        << c.rotary_dims << ", window " << c.window << ", softcap " << c.softcap << ", bias "
        << c.bias_ld;
  }
}

constexpr KvFormat kFormats[] = {KvFormat::kF32, KvFormat::kBf16, KvFormat::kInt8};

TEST(CachedAttentionErrorTest, Lengths) {
  for (const KvFormat format : kFormats) {
    for (const int64_t tokens : {1, 2, 13, 14, 15, 31, 32, 33, 64, 65, 127, 128, 129, 150}) {
      AttendCase c;
      c.tokens = tokens;
      c.format = format;
      c.rotary_dims = 64;
      ExpectExact(c);
    }
  }
}

TEST(CachedAttentionErrorTest, HeadsAndSizes) {
  for (const KvFormat format : kFormats) {
    for (const int64_t dim : {8, 16, 24, 32, 40, 64, 80, 96, 128, 256}) {
      for (const auto& [heads, kv_heads] : {std::pair{1, 1}, {4, 2}, {7, 1}, {3, 3}}) {
        AttendCase c;
        c.tokens = 37;
        c.heads = heads;
        c.kv_heads = kv_heads;
        c.dim = dim;
        c.format = format;
        c.rotary_dims = dim;
        c.seed = static_cast<unsigned>(dim * heads);
        ExpectExact(c);
      }
    }
  }
}

TEST(CachedAttentionErrorTest, Rotary) {
  for (const KvFormat format : kFormats) {
    for (const RotaryLayout layout : {RotaryLayout::kHalf, RotaryLayout::kInterleaved}) {
      for (const int64_t dims : {0, 2, 8, 20, 32, 34, 48, 64, 80}) {
        AttendCase c;
        c.tokens = 45;
        c.heads = 2;
        c.dim = 80;
        c.format = format;
        c.rotary_dims = dims;
        c.layout = layout;
        ExpectExact(c);
      }
    }
  }
}

TEST(CachedAttentionErrorTest, WhatAQuerySees) {
  for (const KvFormat format : kFormats) {
    for (const bool causal : {true, false}) {
      for (const int64_t window : {0, 1, 2, 31, 32, 33, 100, 128, 1000}) {
        AttendCase c;
        c.tokens = 170;
        c.heads = 2;
        c.dim = 32;
        c.format = format;
        c.causal = causal;
        c.window = window;
        ExpectExact(c);
      }
    }
  }
}

TEST(CachedAttentionErrorTest, SoftcapAndBias) {
  for (const KvFormat format : kFormats) {
    for (const bool causal : {true, false}) {
      for (const float softcap : {0.f, 2.f, 50.f}) {
        for (const auto& [ld, origin] : {std::pair{0, 0}, {1, 0}, {50, 20}, {300, 150}, {300, 0}}) {
          AttendCase c;
          c.tokens = 140;
          c.heads = 2;
          c.dim = 32;
          c.format = format;
          c.causal = causal;
          c.softcap = softcap;
          c.bias_ld = ld;
          c.bias_origin = origin;
          ExpectExact(c);
        }
      }
    }
  }
}

TEST(CachedAttentionErrorTest, LargeScores) {
  for (const KvFormat format : kFormats) {
    AttendCase c;
    c.tokens = 140;
    c.heads = 2;
    c.format = format;
    c.rotary_dims = 64;
    c.deviation = 4;
    ExpectExact(c);
  }
}

// Cases of every kind for the properties below.
std::vector<AttendCase> PropertyCases() {
  std::vector<AttendCase> cases;
  for (const KvFormat format : kFormats) {
    AttendCase c;
    c.tokens = 300;
    c.heads = 4;
    c.kv_heads = 2;
    c.format = format;
    c.rotary_dims = 64;
    cases.push_back(c);
    c.dim = 40;
    c.rotary_dims = 20;
    c.layout = RotaryLayout::kInterleaved;
    c.window = 45;
    cases.push_back(c);
    c.softcap = 20;
    c.bias_ld = 200;
    c.bias_origin = 199;
    cases.push_back(c);
  }
  return cases;
}

std::vector<float> RunSplit(CpuLevel level, int threads, const AttendCase& c,
                            const std::vector<int64_t>& counts) {
  AttendRun run(level, threads, {c});
  for (const int64_t n : counts) run.StepBy({n});
  return run.result(0);
}

bool SameBits(const std::vector<float>& a, const std::vector<float>& b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

class CachedAttentionTest : public testing::TestWithParam<CpuLevel> {};

TEST_P(CachedAttentionTest, SameBitsHoweverASequenceIsSplit) {
  for (const AttendCase& c : PropertyCases()) {
    const std::vector<float> whole = RunSplit(GetParam(), 1, c, {c.tokens});
    EXPECT_TRUE(SameBits(whole, RunSplit(GetParam(), 1, c, {37, 63, 200})));
    EXPECT_TRUE(SameBits(whole, RunSplit(GetParam(), 1, c, {128, 1, 31, 1, 128, 11})));
    EXPECT_TRUE(SameBits(whole, RunSplit(GetParam(), 1, c, std::vector<int64_t>(c.tokens, 1))));
  }
}

TEST_P(CachedAttentionTest, SameBitsAtAnyNumberOfThreads) {
  for (const AttendCase& c : PropertyCases()) {
    const std::vector<float> one = RunSplit(GetParam(), 1, c, {250, 1, 1, 48});
    for (const int threads : {2, 3, 5}) {
      EXPECT_TRUE(SameBits(one, RunSplit(GetParam(), threads, c, {250, 1, 1, 48}))) << threads;
    }
  }
}

TEST_P(CachedAttentionTest, SameBitsBesideOtherSequences) {
  for (const AttendCase& c : PropertyCases()) {
    std::vector<AttendCase> cases(3, c);
    cases[1].tokens = 61;
    cases[2].tokens = 150;
    for (size_t i = 0; i < cases.size(); ++i) cases[i].seed = static_cast<unsigned>(10 * i + 1);
    AttendRun run(GetParam(), 2, cases);
    run.StepBy({299, 0, 100});
    run.StepBy({0, 60, 0});
    run.StepBy({1, 1, 50});
    for (size_t i = 0; i < cases.size(); ++i) {
      // In the step, the bias of the first one was everybody's.
      if (c.bias_ld > 0 && i > 0) break;
      EXPECT_TRUE(SameBits(run.result(static_cast<int64_t>(i)),
                           RunSplit(GetParam(), 1, cases[i], {cases[i].tokens})))
          << i;
    }
  }
}

TEST_P(CachedAttentionTest, ANanIsNotHidden) {
  for (const KvFormat format : kFormats) {
    AttendCase c;
    c.tokens = 40;
    c.format = format;
    AttendInputs in(c);
    std::vector<float> cache(KvBlockBytes(format, 1, c.dim) / 2, 0);
    CpuStep step;
    step.positions = {0, 1, 2};
    step.first_row = {0, 3};
    step.kv_length = {3};
    step.block_table = {1};
    step.max_blocks = 1;
    const KvLayer layer = {format, 1, c.dim, cache.data()};
    for (const bool in_key : {true, false}) {
      std::vector<float> k = in.k, v = in.v;
      (in_key ? k : v)[c.dim + 5] = NAN;
      StoreKvRows(GetParam(), step, layer, k.data(), c.dim, v.data(), c.dim, 0, 3);
      std::vector<float> out(3 * c.dim);
      AttendArgs args;
      args.step = &step;
      args.cache = layer;
      args.q = in.q.data();
      args.ldq = c.dim;
      args.heads = 1;
      args.out = out.data();
      args.ldo = c.dim;
      ThreadTeam team(1);
      AttendScratch scratch;
      CachedAttention(team, GetParam(), args, &scratch);
      EXPECT_TRUE(std::isnan(out[c.dim + 5]));
      EXPECT_TRUE(std::isnan(out[2 * c.dim + 5]));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Levels, CachedAttentionTest, testing::ValuesIn(SupportedCpuLevels()),
                         [](const auto& info) { return std::string(CpuLevelName(info.param)); });

}  // namespace
}  // namespace footnote::kernels
