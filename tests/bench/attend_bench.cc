// Cached attention by itself, in a model's shape: milliseconds of a prompt and of
// one more token, all layers together.
//   attend_bench [tokens] [threads] [heads kv_heads head_dim layers]
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "kernels/base/cpu.h"
#include "kernels/cpu_ops.h"
#include "kernels/ops.h"

namespace footnote::kernels {
namespace {

struct Shape {
  int64_t tokens = 1024;
  int64_t heads = 32;
  int64_t kv_heads = 4;
  int64_t dim = 64;
  int64_t layers = 22;
};

double Milliseconds(const std::vector<double>& seconds) {
  std::vector<double> sorted = seconds;
  std::sort(sorted.begin(), sorted.end());
  return sorted[sorted.size() / 2] * 1e3;
}

void Bench(const Shape& s, KvFormat format, int threads) {
  const auto ops = MakeCpuOps({threads});
  const int64_t width = s.heads * s.dim, kv_width = s.kv_heads * s.dim;
  const int64_t blocks = (s.tokens + kKvBlockTokens) / kKvBlockTokens + 1;
  auto memory = ops->Allocate(blocks * KvBlockBytes(format, s.kv_heads, s.dim));
  if (!memory.ok()) return;
  const KvLayer layer = {format, s.kv_heads, s.dim, memory->get()};
  std::vector<float> q(s.tokens * width), k(s.tokens * kv_width), out(s.tokens * width);
  for (size_t i = 0; i < q.size(); ++i) q[i] = static_cast<float>(i * 7919 % 1000) / 500 - 1;
  for (size_t i = 0; i < k.size(); ++i) k[i] = static_cast<float>(i * 104729 % 1000) / 500 - 1;
  std::vector<float> cos((s.tokens + 1) * s.dim / 2, 0.8f), sin(cos.size(), 0.6f);
  std::vector<int32_t> table(blocks), positions(s.tokens);
  for (int32_t b = 0; b < blocks; ++b) table[b] = b;
  for (int32_t t = 0; t < s.tokens; ++t) positions[t] = t;
  const auto step = ops->NewStep();
  const auto run = [&](int64_t first, int64_t rows, int repeats) {
    const int32_t first_row[] = {0, static_cast<int32_t>(rows)};
    const int32_t kv_length[] = {static_cast<int32_t>(first + rows)};
    const absl::Span<const int32_t> at = absl::MakeConstSpan(positions).subspan(first, rows);
    ops->Upload({at, first_row, kv_length, table, blocks}, step.get());
    ops->StoreKv(*step, layer, k.data(), kv_width, k.data(), kv_width);
    AttendArgs args;
    args.step = step.get();
    args.cache = layer;
    args.q = q.data();
    args.ldq = width;
    args.heads = s.heads;
    args.rotary = {RotaryLayout::kHalf, s.dim, s.tokens + 1, cos.data(), sin.data()};
    args.scale = 0.125f;
    args.out = out.data();
    args.ldo = width;
    std::vector<double> seconds;
    for (int i = 0; i < repeats; ++i) {
      const auto start = std::chrono::steady_clock::now();
      ops->Attend(args);
      seconds.push_back(
          std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
    }
    return Milliseconds(seconds) * static_cast<double>(s.layers);
  };
  const double prompt = run(0, s.tokens, 7), token = run(s.tokens - 1, 1, 51);
  const char* names[] = {"f32", "bf16", "int8"};
  std::printf("%s, %s cache, %lld tokens: prompt %.1f ms, next token %.2f ms\n",
              std::string(ops->name()).c_str(), names[static_cast<int>(format)],
              static_cast<long long>(s.tokens), prompt, token);
}

}  // namespace
}  // namespace footnote::kernels

int main(int argc, char** argv) {
  using footnote::kernels::KvFormat;
  const auto arg = [&](int i, int64_t standard) {
    return argc > i ? std::atoll(argv[i]) : standard;
  };
  footnote::kernels::Shape shape;
  shape.tokens = arg(1, shape.tokens);
  shape.heads = arg(3, shape.heads);
  shape.kv_heads = arg(4, shape.kv_heads);
  shape.dim = arg(5, shape.dim);
  shape.layers = arg(6, shape.layers);
  for (const KvFormat format : {KvFormat::kF32, KvFormat::kBf16, KvFormat::kInt8}) {
    footnote::kernels::Bench(shape, format, static_cast<int>(arg(2, 0)));
  }
  return 0;
}
