// The cache, both attention kernels and recorded steps, against attention from its
// definition in f64. Errors may be twice those of a plain implementation in the
// cache's precision (the rule of Dao et al. 2022, https://arxiv.org/abs/2205.14135).
#include <algorithm>

#include "gmock/gmock.h"
#include "kernels/bfloat16_portable.h"
#include "tests/kernels/attend_fixture.h"
#include "tests/kernels/cuda/testing.h"

namespace footnote::kernels::cuda {
namespace {

// Several sequences with one cache on the device; each takes its next tokens in
// every step.
class StepRun {
 public:
  StepRun(CudaOps& ops, std::vector<AttendCase> cases) : ops_(ops), cases_(std::move(cases)) {
    for (const AttendCase& c : cases_) {
      EXPECT_TRUE(c.rotary_dims == 0 || c.tokens <= AttendInputs::kPositions);
      inputs_.emplace_back(c);
      max_blocks_ = std::max(max_blocks_, (c.tokens + kKvBlockTokens - 1) / kKvBlockTokens);
    }
    done_.resize(cases_.size());
    results_.resize(cases_.size());
    const AttendCase& c = cases_[0];
    const size_t bytes = KvBlockBytes(c.format, c.kv_heads, c.dim) *
                         (max_blocks_ * static_cast<int64_t>(cases_.size()) + 1);
    // Full of NaN at first: nothing that wasn't stored may be used.
    cache_ = std::make_unique<OnDevice>(ops, bytes / 4 + 1, NAN);
    layer_ = {c.format, c.kv_heads, c.dim, cache_->data()};
    step_ = ops.NewStep();
    cos_ = std::make_unique<OnDevice>(ops, Padded(inputs_[0].cos));
    sin_ = std::make_unique<OnDevice>(ops, Padded(inputs_[0].sin));
    bias_ = std::make_unique<OnDevice>(ops, Padded(inputs_[0].bias));
    // Addresses that stay the same from step to step.
    int64_t rows = 0;
    for (const AttendCase& each : cases_) rows += each.tokens;
    const int64_t heads = c.heads + 2 * c.kv_heads;
    qkv_ = std::make_unique<OnDevice>(ops, rows * heads * c.dim, 0.f);
    out_ = std::make_unique<OnDevice>(ops, rows * (c.heads * c.dim + 3), 0.f);
  }

  // Appends counts[s] tokens to sequence s; 0: it isn't in the step. graph >= 0:
  // through RunGraph with that key.
  void StepBy(const std::vector<int64_t>& counts, int graph = -1) {
    const AttendCase& c = cases_[0];
    const int64_t width = c.heads * c.dim;
    const int64_t kv_width = c.kv_heads * c.dim;
    const int64_t ld = width + 2 * kv_width;
    const auto sequences = static_cast<int64_t>(cases_.size());
    std::vector<int32_t> positions;
    std::vector<int32_t> first_row = {0};
    std::vector<int32_t> kv_length;
    std::vector<int32_t> table;
    std::vector<float> qkv;
    for (int64_t s = 0; s < sequences; ++s) {
      if (counts[s] == 0) continue;
      const AttendInputs& in = inputs_[s];
      for (int64_t t = done_[s]; t < done_[s] + counts[s]; ++t) {
        Append(in.q, t * width, width, &qkv);
        Append(in.k, t * kv_width, kv_width, &qkv);
        Append(in.v, t * kv_width, kv_width, &qkv);
        positions.push_back(static_cast<int32_t>(t));
      }
      done_[s] += counts[s];
      first_row.push_back(static_cast<int32_t>(positions.size()));
      kv_length.push_back(static_cast<int32_t>(done_[s]));
      // The blocks of the sequences lie among each other, the last ones first.
      for (int64_t b = 0; b < max_blocks_; ++b) {
        table.push_back(static_cast<int32_t>((max_blocks_ - b) * sequences - s));
      }
    }
    StepLayout layout;
    layout.positions = positions;
    layout.first_row = first_row;
    layout.kv_length = kv_length;
    layout.block_table = table;
    layout.max_blocks = max_blocks_;
    ops_.Upload(layout, step_.get());
    ops_.CopyIn(qkv.data(), qkv.size() * sizeof(float), qkv_->data());
    AttendArgs args;
    args.step = step_.get();
    args.cache = layer_;
    args.q = qkv_->data();
    args.ldq = ld;
    args.heads = c.heads;
    args.rotary = {c.layout, c.rotary_dims, AttendInputs::kPositions, cos_->data(), sin_->data()};
    args.scale = c.scale();
    args.softcap = c.softcap;
    args.causal = c.causal;
    args.window = c.window;
    if (c.bias_ld > 0) args.relative_bias = bias_->data();
    args.relative_ld = c.bias_ld;
    args.relative_origin = c.bias_origin;
    args.out = out_->data();
    args.ldo = width + 3;
    const auto work = [&] {
      ops_.StoreKv(*step_, layer_, qkv_->data() + width, ld, qkv_->data() + width + kv_width, ld);
      ops_.Attend(args);
    };
    if (graph >= 0) {
      ops_.RunGraph(graph, work);
    } else {
      work();
    }
    const std::vector<float> out = out_->Read();
    int64_t row = 0;
    for (int64_t s = 0; s < sequences; ++s) {
      for (int64_t i = 0; i < counts[s]; ++i, ++row) {
        Append(out, row * args.ldo, width, &results_[s]);
      }
    }
  }

  const std::vector<float>& result(int64_t s) const { return results_[s]; }
  const AttendInputs& inputs(int64_t s) const { return inputs_[s]; }

 private:
  static std::vector<float> Padded(std::vector<float> v) {
    if (v.empty()) v.push_back(0);
    return v;
  }
  static void Append(const std::vector<float>& from, int64_t at, int64_t n,
                     std::vector<float>* to) {
    to->insert(to->end(), from.begin() + at, from.begin() + at + n);
  }

  CudaOps& ops_;
  const std::vector<AttendCase> cases_;
  std::vector<AttendInputs> inputs_;
  std::vector<int64_t> done_;
  std::vector<std::vector<float>> results_;
  int64_t max_blocks_ = 0;
  std::unique_ptr<Step> step_;
  std::unique_ptr<OnDevice> cache_, cos_, sin_, bias_, qkv_, out_;
  KvLayer layer_;
};

double ExactValue(double x) { return x; }
float ExactFloat(float x) { return x; }
float Bf16Value(float x) { return internal::Bf16ToFloat(internal::RoundToBf16(x)); }

double Largest(const std::vector<float>& got, const std::vector<double>& want) {
  EXPECT_EQ(got.size(), want.size());
  double error = 0;
  for (size_t i = 0; i < std::min(got.size(), want.size()); ++i) {
    const double e = std::fabs(got[i] - want[i]);
    error = e <= error ? error : e;  // a NaN is the largest
  }
  return error;
}

double Allowed(const AttendCase& c, const AttendInputs& in, const std::vector<double>& exact) {
  if (c.format == KvFormat::kInt8) return 0.05 * c.deviation;
  const bool f32 = c.format == KvFormat::kF32;
  const PlainAttention<float> plain(c, in, f32 ? ExactFloat : Bf16Value);
  return 2 * Largest(plain.Rows(0, c.tokens), exact) + 1e-6;
}

void ExpectExact(const StepRun& run, const std::vector<AttendCase>& cases) {
  for (size_t s = 0; s < cases.size(); ++s) {
    const AttendInputs& in = run.inputs(static_cast<int64_t>(s));
    const std::vector<double> want =
        PlainAttention<double>(cases[s], in, ExactValue).Rows(0, cases[s].tokens);
    EXPECT_LE(Largest(run.result(static_cast<int64_t>(s)), want), Allowed(cases[s], in, want))
        << "sequence " << s << ", " << cases[s].tokens << " tokens, head size " << cases[s].dim
        << ", format " << static_cast<int>(cases[s].format);
  }
}

class AttendTest : public testing::TestWithParam<AttendCase> {};

// The prefill kernel where the format lets it, then single rows.
TEST_P(AttendTest, PromptThenSingleTokens) {
  const AttendCase& c = GetParam();
  const auto ops = NewOps();
  ASSERT_NE(ops, nullptr);
  StepRun run(*ops, {c});
  if (!c.causal) {
    run.StepBy({c.tokens});
  } else {
    const int64_t singles = std::min<int64_t>(3, c.tokens - 1);
    run.StepBy({c.tokens - singles});
    for (int64_t i = 0; i < singles; ++i) run.StepBy({1});
  }
  ExpectExact(run, {c});
}

std::vector<AttendCase> Cases() {
  std::vector<AttendCase> cases;
  for (const KvFormat format : {KvFormat::kF32, KvFormat::kBf16, KvFormat::kInt8}) {
    AttendCase c;
    c.format = format;
    c.rotary_dims = 64;
    for (const int64_t tokens : {1, 2, 31, 32, 33, 66, 129, 135}) {
      c.tokens = tokens;
      cases.push_back(c);
    }
    c.tokens = 75;
    for (const int64_t dim : {8, 40, 80, 128, 136, 256}) {
      c.dim = dim;
      c.rotary_dims = dim / 2 / 2 * 2;
      cases.push_back(c);
    }
    c.dim = 32;
    c.rotary_dims = 20;
    c.layout = RotaryLayout::kInterleaved;
    cases.push_back(c);
    c.heads = 6;
    c.kv_heads = 2;
    cases.push_back(c);
    c.heads = 20;  // more heads of a key head than a block takes
    cases.push_back(c);
    c.heads = 4;
    c.softcap = 2;
    cases.push_back(c);
    c.window = 17;
    cases.push_back(c);
    c.softcap = 0;
    c.bias_ld = 50;
    c.bias_origin = 40;
    cases.push_back(c);
    c.window = 0;
    c.causal = false;
    cases.push_back(c);
    c.rotary_dims = 0;
    c.tokens = 20;
    cases.push_back(c);
  }
  // Several splits of keys, and a window that leaves the first out.
  AttendCase longer;
  longer.format = KvFormat::kBf16;
  longer.tokens = 2 * kSplitKeys + 5;
  longer.dim = 16;
  cases.push_back(longer);
  longer.tokens = kSplitKeys + 60;
  longer.rotary_dims = 16;
  cases.push_back(longer);
  longer.window = 50;
  cases.push_back(longer);
  longer.format = KvFormat::kF32;
  cases.push_back(longer);
  return cases;
}

INSTANTIATE_TEST_SUITE_P(Cases, AttendTest, testing::ValuesIn(Cases()));

std::vector<AttendCase> Several(KvFormat format, const std::vector<int64_t>& tokens) {
  std::vector<AttendCase> cases;
  for (size_t s = 0; s < tokens.size(); ++s) {
    AttendCase c;
    c.format = format;
    c.heads = 4;
    c.kv_heads = 2;
    c.dim = 16;
    c.rotary_dims = 16;
    c.tokens = tokens[s];
    c.seed = 10 * static_cast<unsigned>(s) + 1;
    cases.push_back(c);
  }
  return cases;
}

TEST(Attend, SequencesInOneStep) {
  const auto ops = NewOps();
  ASSERT_NE(ops, nullptr);
  for (const KvFormat format : {KvFormat::kF32, KvFormat::kBf16}) {
    const std::vector<AttendCase> cases = Several(format, {40, 12, 150});
    StepRun run(*ops, cases);
    run.StepBy({30, 0, 140});  // prompts
    run.StepBy({1, 10, 1});    // a prompt among single tokens
    run.StepBy({8, 1, 9});
    run.StepBy({1, 1, 0});
    ExpectExact(run, cases);
  }
}

TEST(Attend, DeterministicWhateverTheSteps) {
  const auto ops = NewOps(true);
  ASSERT_NE(ops, nullptr);
  const std::vector<AttendCase> cases = Several(KvFormat::kBf16, {kSplitKeys + 60, 33});
  StepRun whole(*ops, cases);
  whole.StepBy({cases[0].tokens, cases[1].tokens});
  StepRun parts(*ops, cases);
  parts.StepBy({200, 0});
  parts.StepBy({100, 32});
  parts.StepBy({cases[0].tokens - 301, 1});
  parts.StepBy({1, 0});
  EXPECT_EQ(whole.result(0), parts.result(0));
  EXPECT_EQ(whole.result(1), parts.result(1));
  ExpectExact(whole, cases);
}

TEST(RunGraph, ReplaysGiveWhatDirectStepsGive) {
  const auto ops = NewOps();
  ASSERT_NE(ops, nullptr);
  const std::vector<AttendCase> cases = Several(KvFormat::kBf16, {90, 60});
  StepRun direct(*ops, cases);
  StepRun graphs(*ops, cases);
  direct.StepBy({70, 40});
  graphs.StepBy({70, 40}, 1);  // a prompt is not recorded
  EXPECT_EQ(ops->graph_replays(), 0);
  for (int i = 0; i < 18; ++i) {
    direct.StepBy({1, 1});
    graphs.StepBy({1, 1}, 1);
  }
  EXPECT_GE(ops->graph_replays(), 10);
  direct.StepBy({1, 0});  // another shape under the same key
  graphs.StepBy({1, 0}, 1);
  direct.StepBy({1, 2});
  graphs.StepBy({1, 2}, 1);
  EXPECT_EQ(direct.result(0), graphs.result(0));
  EXPECT_EQ(direct.result(1), graphs.result(1));
}

TEST(RunGraph, WorkWithHostDataIsNeverRecorded) {
  const auto ops = NewOps();
  ASSERT_NE(ops, nullptr);
  const OnDevice y(*ops, 1, 0.f);
  float value = 0;
  for (int i = 1; i < 6; ++i) {
    value = static_cast<float>(i);
    ops->RunGraph(7, [&] { ops->CopyIn(&value, sizeof(value), y.data()); });
    EXPECT_EQ(y.Read()[0], value);
  }
  EXPECT_EQ(ops->graph_replays(), 0);
}

TEST(RunGraph, GrowingScratchMakesNewRecords) {
  const auto ops = NewOps();
  ASSERT_NE(ops, nullptr);
  const std::vector<float> values = Normal(64 * 64, 1);
  MatrixPart part;
  part.data = values.data();
  part.rows = part.cols = 64;
  const auto small = ops->Pack({&part, 1}, WeightFormat::kInt8);
  ASSERT_TRUE(small.ok());
  const OnDevice x(*ops, Normal(32 * 64, 2));
  const OnDevice y(*ops, 32 * 64, 0.f);
  MatMulArgs args;
  args.w = small->get();
  args.x = x.data();
  args.y = y.data();
  args.ldx = args.ldy = 64;
  args.rows = 1;
  for (int i = 0; i < 4; ++i) ops->RunGraph(1, [&] { ops->MatMul(args); });
  const std::vector<float> before = y.Read();
  EXPECT_EQ(ops->graph_replays(), 2);
  args.rows = 32;
  ops->MatMul(args);  // needs more scratch
  args.rows = 1;
  for (int i = 0; i < 4; ++i) ops->RunGraph(1, [&] { ops->MatMul(args); });
  std::vector<float> after = y.Read();
  EXPECT_TRUE(std::equal(before.begin(), before.begin() + 64, after.begin()));
}

TEST(Errors, StayAndNameTheOp) {
  const auto ops = NewOps();
  ASSERT_NE(ops, nullptr);
  std::vector<AttendCase> cases = Several(KvFormat::kBf16, {4});
  cases[0].dim = 264;  // more than the kernels take
  cases[0].rotary_dims = 0;
  const OnDevice memory(*ops, 100000, 0.f);
  const auto step = ops->NewStep();
  const std::vector<int32_t> zero = {0};
  const std::vector<int32_t> one = {1};
  const std::vector<int32_t> rows = {0, 1};
  StepLayout layout;
  layout.positions = zero;
  layout.first_row = rows;
  layout.kv_length = one;
  layout.block_table = zero;
  layout.max_blocks = 1;
  ops->Upload(layout, step.get());
  AttendArgs args;
  args.step = step.get();
  args.cache = {KvFormat::kBf16, 1, 264, memory.data()};
  args.q = memory.data();
  args.out = memory.data();
  args.heads = 1;
  ops->Attend(args);
  ops->SoftCap(1.f, memory.data(), 1, 1, 1);
  const absl::Status status = ops->Synchronize();
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("Attend"));
  float v;
  EXPECT_EQ(ops->CopyOut(memory.data(), 4, &v), status);
}

}  // namespace
}  // namespace footnote::kernels::cuda
