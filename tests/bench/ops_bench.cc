// A Llama of 1.1B parameters with random weights, run through kernels/ops.h alone: where the time
// of a prompt and of each further token goes, by op, and the rate of reading weights beside the
// measured bandwidth. Medians over tokens.
//
//   ops_bench [--format INT8] [--threads N] [--prompt N] [--tokens N] [--layers N]
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kernels/bandwidth.h"
#include "kernels/base/cpu.h"
#include "kernels/ops.h"
#include "tests/kernels/weight_blocks.h"

namespace {

using namespace footnote::kernels;  // NOLINT(google-build-using-namespace): a program

constexpr int64_t kHidden = 2048, kInner = 5632, kVocab = 32000, kHeads = 32, kKvHeads = 4;
constexpr int64_t kDim = 64, kKvWidth = kKvHeads * kDim, kQkv = kHidden + 2 * kKvWidth;
constexpr WeightFormat kFormats[] = {WeightFormat::kF32,  WeightFormat::kBf16, WeightFormat::kInt8,
                                     WeightFormat::kInt4, WeightFormat::kQ8_0, WeightFormat::kQ4_0,
                                     WeightFormat::kQ4_K};

struct Options {
  WeightFormat format = WeightFormat::kInt8;
  int threads = 0;
  int64_t prompt = 1024;
  int64_t tokens = 32;
  int64_t layers = 22;
};

Options Parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string name = argv[i], value = argv[i + 1];
    if (name == "--format") {
      for (const WeightFormat f : kFormats) {
        if (WeightFormatName(f) == value) options.format = f;
      }
    } else if (name == "--threads") {
      options.threads = std::atoi(value.c_str());
    } else if (name == "--prompt") {
      options.prompt = std::atoll(value.c_str());
    } else if (name == "--tokens") {
      options.tokens = std::atoll(value.c_str());
    } else if (name == "--layers") {
      options.layers = std::atoll(value.c_str());
    } else {
      std::fprintf(stderr, "unknown option %s\n", name.c_str());
      std::exit(2);
    }
  }
  return options;
}

template <class T>
T Check(absl::StatusOr<T> value) {
  if (value.ok()) return *std::move(value);
  std::fprintf(stderr, "%s\n", value.status().ToString().c_str());
  std::exit(1);
}

class Model {
 public:
  explicit Model(const Options& options) : options_(options), ops_(MakeCpuOps({options.threads})) {
    const std::pair<int64_t, int64_t> shapes[] = {
        {kQkv, kHidden}, {kHidden, kHidden}, {2 * kInner, kHidden}, {kHidden, kInner}};
    for (int64_t l = 0; l < options.layers; ++l) {
      for (const auto& [n, k] : shapes) weights_.push_back(Random(n, k));
    }
    head_ = Random(kVocab, kHidden);
    for (const auto& w : weights_) bytes_ += w->bytes();
    bytes_ += head_->bytes();
    const int64_t rows = options.prompt, blocks = (rows + options.tokens) / kKvBlockTokens + 1;
    for (float** buffer : {&x_, &normed_, &attended_}) *buffer = Floats(rows * kHidden);
    qkv_ = Floats(rows * kQkv);
    inner_ = Floats(rows * 2 * kInner);
    logits_ = Floats(kVocab);
    cos_ = Floats(blocks * kKvBlockTokens * kDim / 2);
    std::fill(cos_, cos_ + blocks * kKvBlockTokens * kDim / 2, 0.7f);
    std::fill(x_, x_ + rows * kHidden, 0.5f);
    for (int64_t l = 0; l < options.layers; ++l) {
      const size_t bytes = blocks * KvBlockBytes(KvFormat::kBf16, kKvHeads, kDim);
      memory_.push_back(Check(ops_->Allocate(bytes)));
      caches_.push_back({KvFormat::kBf16, kKvHeads, kDim, memory_.back().get()});
    }
    for (int32_t b = 0; b < blocks; ++b) blocks_.push_back(b);
    step_ = ops_->NewStep();
  }

  // Seconds; by op in times().
  double Run(int64_t first, int64_t rows) {
    const auto start = std::chrono::steady_clock::now();
    std::vector<int32_t> positions(rows);
    for (int64_t i = 0; i < rows; ++i) positions[i] = static_cast<int32_t>(first + i);
    const int32_t first_row[] = {0, static_cast<int32_t>(rows)};
    const int32_t kv_length[] = {static_cast<int32_t>(first + rows)};
    ops_->Upload({positions, first_row, kv_length, blocks_, static_cast<int64_t>(blocks_.size())},
                 step_.get());
    for (int64_t l = 0; l < options_.layers; ++l) Layer(l, rows);
    Norm(rows);
    Product("head", *head_, normed_ + (rows - 1) * kHidden, kHidden, 1, logits_, kVocab, false);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }

  void Clear() { times_.clear(); }
  const std::map<std::string, double>& times() const { return times_; }
  size_t bytes() const { return bytes_; }
  Ops& ops() { return *ops_; }

 private:
  std::unique_ptr<const Matrix> Random(int64_t n, int64_t k) {
    const bool made =
        options_.format == WeightFormat::kInt8 || options_.format == WeightFormat::kInt4;
    MatrixPart part;
    part.format = made ? WeightFormat::kQ8_0 : options_.format;
    const std::vector<uint8_t> data = testing_blocks::RandomBlocks(part.format, n, k, 1);
    part.data = data.data();
    part.rows = n;
    part.cols = k;
    return Check(ops_->Pack({&part, 1}, options_.format));
  }

  float* Floats(int64_t n) {
    memory_.push_back(Check(ops_->Allocate(n * sizeof(float))));
    return static_cast<float*>(memory_.back().get());
  }

  template <class Fn>
  void Time(const char* name, const Fn& fn) {
    const auto start = std::chrono::steady_clock::now();
    fn();
    times_[name] += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  }

  void Product(const char* name, const Matrix& w, const float* x, int64_t ldx, int64_t rows,
               float* y, int64_t ldy, bool add) {
    MatMulArgs args;
    args.w = &w;
    args.x = x;
    args.ldx = ldx;
    args.rows = rows;
    args.y = y;
    args.ldy = ldy;
    args.add = add;
    args.scale = add ? 1e-3f : 1;
    Time(name, [&] { ops_->MatMul(args); });
  }

  void Norm(int64_t rows) {
    NormArgs args{NormKind::kRms, x_, kHidden, rows, 1, kHidden};
    args.eps = 1e-5f;
    args.y = normed_;
    args.ldy = kHidden;
    Time("norm", [&] { ops_->Norm(args); });
  }

  void Layer(int64_t l, int64_t rows) {
    const std::unique_ptr<const Matrix>* w = &weights_[4 * l];
    Norm(rows);
    Product("qkv", *w[0], normed_, kHidden, rows, qkv_, kQkv, false);
    const float *k = qkv_ + kHidden, *v = k + kKvWidth;
    Time("store", [&] { ops_->StoreKv(*step_, caches_[l], k, kQkv, v, kQkv); });
    AttendArgs args;
    args.step = step_.get();
    args.cache = caches_[l];
    args.q = qkv_;
    args.ldq = kQkv;
    args.heads = kHeads;
    args.rotary = {RotaryLayout::kHalf, kDim, int64_t{1} << 20, cos_, cos_};
    args.scale = 0.125f;
    args.out = attended_;
    args.ldo = kHidden;
    Time("attend", [&] { ops_->Attend(args); });
    Product("out", *w[1], attended_, kHidden, rows, x_, kHidden, true);
    Norm(rows);
    Product("up", *w[2], normed_, kHidden, rows, inner_, 2 * kInner, false);
    Time("activate", [&] {
      ops_->GatedActivate(Unary::kSilu, inner_, 2 * kInner, rows, kInner, inner_, 2 * kInner);
    });
    Product("down", *w[3], inner_, 2 * kInner, rows, x_, kHidden, true);
  }

  const Options options_;
  const std::unique_ptr<Ops> ops_;
  std::vector<std::unique_ptr<const Matrix>> weights_;
  std::unique_ptr<const Matrix> head_;
  std::vector<Ops::Memory> memory_;
  std::vector<KvLayer> caches_;
  std::vector<int32_t> blocks_;
  std::unique_ptr<Step> step_;
  float *x_ = nullptr, *normed_ = nullptr, *attended_ = nullptr, *qkv_ = nullptr;
  float *inner_ = nullptr, *logits_ = nullptr, *cos_ = nullptr;
  size_t bytes_ = 0;
  std::map<std::string, double> times_;
};

void PrintTimes(const std::map<std::string, double>& times, double steps) {
  for (const auto& [name, seconds] : times) {
    std::printf("  %-9s %8.3f ms\n", name.c_str(), seconds * 1e3 / steps);
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = Parse(argc, argv);
  Model model(options);
  std::printf("%s, %s, %.2f GB of weights\n", std::string(model.ops().name()).c_str(),
              std::string(WeightFormatName(options.format)).c_str(),
              static_cast<double>(model.bytes()) / 1e9);
  const double prompt = model.Run(0, options.prompt);
  std::printf("prompt of %lld: %.0f ms, %.1f tokens/s\n", static_cast<long long>(options.prompt),
              prompt * 1e3, static_cast<double>(options.prompt) / prompt);
  PrintTimes(model.times(), 1);
  model.Clear();
  std::vector<double> seconds;
  for (int64_t i = 0; i < options.tokens; ++i) {
    seconds.push_back(model.Run(options.prompt + i, 1));
  }
  std::sort(seconds.begin(), seconds.end());
  const double token = seconds[seconds.size() / 2];
  ThreadTeam team(options.threads);
  const double bandwidth = Check(MeasureReadBandwidth(team)).best;
  std::printf("token after %lld: %.2f ms, %.1f tokens/s, weights at %.1f of %.1f GB/s\n",
              static_cast<long long>(options.prompt), token * 1e3, 1 / token,
              static_cast<double>(model.bytes()) / token / 1e9, bandwidth / 1e9);
  PrintTimes(model.times(), static_cast<double>(options.tokens));
  return 0;
}
