// Rates of our linear layers beside oneDNN's matmul, on one thread, for the shapes of
// all-MiniLM-L6-v2: 252 rows (18 tiles) of each of its four layers. Best of many rounds, in
// GFLOP/s (two per multiplication): compare with the machine's peak.
//
//   linear_bench

#include <omp.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <functional>
#include <unordered_map>
#include <vector>

#include "dnnl.hpp"
#include "kernels/base/buffer.h"
#include "kernels/linear.h"

namespace {

using footnote::kernels::ActiveCpuLevel;
using footnote::kernels::Bf16;
using footnote::kernels::Buffer;

constexpr int64_t kRows = 252;
constexpr int kRounds = 200;

double Best(const std::function<void()>& run) {
  double best = 1e9;
  for (int i = 0; i < kRounds; ++i) {
    const auto start = std::chrono::steady_clock::now();
    run();
    best = std::min(
        best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}

double OneDnn(int64_t n, int64_t k, dnnl::memory::data_type x_type, dnnl::memory::data_type w_type,
              dnnl::memory::data_type y_type) {
  using dnnl::memory;
  const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  dnnl::stream stream(engine);
  const memory::desc x({kRows, k}, x_type, memory::format_tag::ab);
  const memory::desc w({k, n}, w_type, memory::format_tag::any);
  const memory::desc y({kRows, n}, y_type, memory::format_tag::ab);
  const dnnl::matmul::primitive_desc desc(dnnl::matmul::desc(x, w, y), engine);
  const dnnl::matmul matmul(desc);
  memory x_memory(desc.src_desc(), engine), w_memory(desc.weights_desc(), engine),
      y_memory(desc.dst_desc(), engine);
  for (const memory& m : {x_memory, w_memory, y_memory}) {
    std::fill_n(static_cast<char*>(m.get_data_handle()), m.get_desc().get_size(), 0);
  }
  return Best([&] {
    matmul.execute(
        stream, {{DNNL_ARG_SRC, x_memory}, {DNNL_ARG_WEIGHTS, w_memory}, {DNNL_ARG_DST, y_memory}});
    stream.wait();
  });
}

}  // namespace

int main() {
  omp_set_num_threads(1);
  struct Layer {
    const char* name;
    int64_t n, k;
  };
  std::printf("%-14s %21s %21s %21s\n", "", "f32 ours / oneDNN", "bf16 ours / oneDNN",
              "int8 ours / oneDNN");
  using Type = dnnl::memory::data_type;
  for (const Layer& l : {Layer{"qkv", 1152, 384}, Layer{"attention out", 384, 384},
                         Layer{"up", 1536, 384}, Layer{"down", 384, 1536}}) {
    const std::vector<float> w(l.n * l.k, 0.01f), b(l.n);
    Buffer<float> x(kRows * l.k), y(kRows * l.n), scale(kRows), offset(kRows);
    Buffer<Bf16> x16(kRows * l.k);
    const auto f32 = footnote::kernels::PackLinearF32(w.data(), b.data(), l.n, l.k);
    const auto bf16 = footnote::kernels::PackLinearBf16(w.data(), b.data(), l.n, l.k);
    const auto int8 = footnote::kernels::PackLinearInt8(w.data(), b.data(), l.n, l.k, 0);
    Buffer<uint8_t> q(kRows * int8.k_packed);
    const footnote::kernels::LinearOutput out = {y.data(), nullptr, l.n};
    const auto level = ActiveCpuLevel();
    const double seconds[] = {
        Best([&] { ApplyLinear(level, f32, x.data(), l.k, kRows, out); }),
        OneDnn(l.n, l.k, Type::f32, Type::f32, Type::f32),
        Best([&] { ApplyLinear(level, bf16, x16.data(), l.k, kRows, out); }),
        OneDnn(l.n, l.k, Type::bf16, Type::bf16, Type::f32),
        Best([&] {
          ApplyLinear(level, int8, {q.data(), int8.k_packed, scale.data(), offset.data()}, kRows,
                      out);
        }),
        OneDnn(l.n, l.k, Type::u8, Type::s8, Type::s32),
    };
    std::printf("%-14s", l.name);
    for (int i = 0; i < 6; i += 2) {
      const double work = 2e-9 * kRows * l.n * l.k;
      std::printf("     %7.0f / %6.0f", work / seconds[i], work / seconds[i + 1]);
    }
    std::printf("\n");
  }
  return 0;
}
