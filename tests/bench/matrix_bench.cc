// Rates of the CPU's matrix products by weight format, at the shapes of a Llama of 1.1B parameters:
// at one row in GB/s of packed weights beside the measured read bandwidth, at many rows in GOP/s
// (two per multiplication). Best of several rounds; at one row the weights are cycled through so
// many copies that no cache holds them.
//
//   matrix_bench [--json] [--threads N] [--rows N] [--rounds N] [--format NAME]...

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "kernels/bandwidth.h"
#include "kernels/matrix_cpu.h"
#include "tests/kernels/weight_blocks.h"

namespace {

using namespace footnote::kernels;  // NOLINT(google-build-using-namespace): a program

constexpr WeightFormat kFormats[] = {WeightFormat::kF32,  WeightFormat::kF16,  WeightFormat::kBf16,
                                     WeightFormat::kInt8, WeightFormat::kInt4, WeightFormat::kQ8_0,
                                     WeightFormat::kQ4_0, WeightFormat::kQ4_1, WeightFormat::kQ5_0,
                                     WeightFormat::kQ5_1, WeightFormat::kQ4_K, WeightFormat::kQ5_K,
                                     WeightFormat::kQ6_K};

struct Shape {
  int64_t n, k;
};
constexpr Shape kShapes[] = {{2560, 2048}, {2048, 2048}, {5632, 2048}, {2048, 5632}, {32000, 2048}};

struct Options {
  bool json = false;
  int threads = 0;
  int64_t rows = 1024;
  int rounds = 5;
  std::vector<std::string> formats;
};

Options Parse(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; ++i) {
    const std::string name = argv[i];
    const auto value = [&]() -> const char* {
      if (++i < argc) return argv[i];
      std::fprintf(stderr, "%s needs a value\n", name.c_str());
      std::exit(2);
    };
    if (name == "--json") {
      options.json = true;
    } else if (name == "--threads") {
      options.threads = std::atoi(value());
    } else if (name == "--rows") {
      options.rows = std::atoll(value());
    } else if (name == "--rounds") {
      options.rounds = std::atoi(value());
    } else if (name == "--format") {
      options.formats.emplace_back(value());
    } else {
      std::fprintf(stderr, "unknown option %s\n", name.c_str());
      std::exit(2);
    }
  }
  return options;
}

double Best(int rounds, const std::function<void(int)>& run) {
  double best = 1e9;
  for (int i = 0; i < rounds; ++i) {
    const auto start = std::chrono::steady_clock::now();
    run(i);
    best = std::min(
        best, std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  return best;
}

std::unique_ptr<const Matrix> MakeMatrix(ThreadTeam& team, PageArena* arena, WeightFormat format,
                                         const Shape& s) {
  const bool made = format == WeightFormat::kInt8 || format == WeightFormat::kInt4;
  const WeightFormat stored = made ? WeightFormat::kQ8_0 : format;
  const std::vector<uint8_t> data = testing_blocks::RandomBlocks(stored, s.n, s.k, 1);
  const MatrixPart part = {.format = stored, .data = data.data(), .rows = s.n, .cols = s.k};
  auto matrix = PackCpuMatrix(team, ActiveCpuLevel(), {&part, 1}, format, arena);
  if (!matrix.ok()) {
    std::fprintf(stderr, "%s\n", std::string(matrix.status().message()).c_str());
    std::exit(1);
  }
  return *std::move(matrix);
}

struct Rates {
  double one_row = 0;    // bytes per second
  double many_rows = 0;  // operations per second
};

Rates Measure(ThreadTeam& team, const Options& options, WeightFormat format, const Shape& s) {
  PageArena arena;
  std::vector<std::unique_ptr<const Matrix>> copies;
  for (size_t bytes = 0; bytes < (size_t{160} << 20); bytes += copies.back()->bytes()) {
    copies.push_back(MakeMatrix(team, &arena, format, s));
  }
  std::mt19937 rng(2);
  std::normal_distribution<float> normal;
  std::vector<float> x(options.rows * s.k), y(options.rows * s.n);
  for (float& v : x) v = normal(rng);
  MatMulScratch scratch;
  MatMulArgs args;
  args.x = x.data();
  args.ldx = s.k;
  args.y = y.data();
  args.ldy = s.n;
  const int64_t count = static_cast<int64_t>(copies.size());
  args.rows = 1;
  const double one = Best(4 * options.rounds, [&](int) {
    for (const auto& matrix : copies) {
      args.w = matrix.get();
      CpuMatMul(team, ActiveCpuLevel(), args, &scratch);
    }
  });
  args.rows = options.rows;
  const double many = Best(options.rounds, [&](int i) {
    args.w = copies[i % count].get();
    CpuMatMul(team, ActiveCpuLevel(), args, &scratch);
  });
  Rates rates;
  rates.one_row = static_cast<double>(copies[0]->bytes() * copies.size()) / one;
  rates.many_rows = 2.0 * static_cast<double>(s.n * s.k * options.rows) / many;
  return rates;
}

void Print(const Options& options, WeightFormat format, const Shape& s, const Rates& rates,
           double bandwidth) {
  const std::string name(WeightFormatName(format));
  const int n = static_cast<int>(s.n), k = static_cast<int>(s.k);
  const char* line =
      options.json ? "{\"format\": \"%s\", \"n\": %d, \"k\": %d, \"one_row_bytes_per_s\": %.4g, "
                     "\"of_bandwidth\": %.3f, \"many_rows_ops_per_s\": %.4g}\n"
                   : "%-6s %6d x %-5d %8.2f GB/s %6.1f %% %9.0f GOP/s\n";
  const double unit = options.json ? 1 : 1e-9;
  std::printf(line, name.c_str(), n, k, rates.one_row * unit,
              rates.one_row / bandwidth * (options.json ? 1 : 100), rates.many_rows * unit);
  std::fflush(stdout);
}

}  // namespace

int main(int argc, char** argv) {
  const Options options = Parse(argc, argv);
  ThreadTeam team(options.threads);
  const auto bandwidth = MeasureReadBandwidth(team);
  if (!bandwidth.ok()) {
    std::fprintf(stderr, "%s\n", std::string(bandwidth.status().message()).c_str());
    return 1;
  }
  const char* header = options.json ? "{\"level\": \"%s\", \"threads\": %d, \"rows\": %d, "
                                      "\"read_bandwidth_bytes_per_s\": %.4g}\n"
                                    : "%s, %d threads, %d rows; read bandwidth %.2f GB/s\n";
  std::printf(header, std::string(CpuLevelName(ActiveCpuLevel())).c_str(), team.size(),
              static_cast<int>(options.rows), bandwidth->best * (options.json ? 1 : 1e-9));
  for (const WeightFormat format : kFormats) {
    const bool wanted = options.formats.empty() ||
                        std::find(options.formats.begin(), options.formats.end(),
                                  std::string(WeightFormatName(format))) != options.formats.end();
    if (!wanted) continue;
    for (const Shape& s : kShapes) {
      Print(options, format, s, Measure(team, options, format, s), bandwidth->best);
    }
  }
}
