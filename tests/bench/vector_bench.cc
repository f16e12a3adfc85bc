// Searches vectors from files with the vector index and prints a JSON object a line:
// the memory's bandwidth, exact scans, the graph's build, then the graph's searches.
// vector_bench.py makes the files and holds it against other libraries.
//
//   vector_bench --base F --queries F --truth F --dim N [--links N] [--pool N]
//                [--threads N] [--pools 32,64,...]
//
// Base and queries are little-endian f32, row by row; the truth has the ten best
// rows of each query as int32. One thread searches; its
// processor time counts.

#include <time.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "kernels/bandwidth.h"
#include "retrieval/index/collection_state.h"
#include "retrieval/index/vector_segment.h"
#include "retrieval/search/dense.h"

namespace {

using footnote::retrieval::Bitmap;
using footnote::retrieval::CollectionState;
using footnote::retrieval::DensePlan;
using footnote::retrieval::VectorIndexOptions;
using Clock = std::chrono::steady_clock;

constexpr size_t kNearest = 10;

// Processor time of this thread: what other programs on the machine disturb least.
double CpuSeconds() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

double Seconds(Clock::time_point since) {
  return std::chrono::duration<double>(Clock::now() - since).count();
}

[[noreturn]] void Fail(const std::string& message) {
  std::cerr << "vector_bench: " << message << "\n";
  std::exit(1);
}

template <typename T>
std::vector<T> Read(const std::string& path) {
  std::ifstream file(path, std::ios::binary | std::ios::ate);
  if (!file) Fail("can't read " + path);
  std::vector<T> out(static_cast<size_t>(file.tellg()) / sizeof(T));
  file.seekg(0);
  file.read(reinterpret_cast<char*>(out.data()),
            static_cast<std::streamsize>(out.size() * sizeof(T)));
  return out;
}

struct Bench {
  const CollectionState& state;
  const std::vector<float>& queries;
  const std::vector<int32_t>& truth;
  size_t dim;

  // `part`: a whole pass over the queries isn't needed where each takes long.
  void Run(const char* name, DensePlan plan, const VectorIndexOptions& options, size_t part) const {
    const size_t count = std::max<size_t>(1, queries.size() / dim / part);
    size_t right = 0;
    double best = 1e9;
    for (int round = 0; round < 3; ++round) {
      const double start = CpuSeconds();
      right = 0;
      for (size_t q = 0; q < count; ++q) {
        const std::vector<float> query(queries.begin() + static_cast<ptrdiff_t>(q * dim),
                                       queries.begin() + static_cast<ptrdiff_t>((q + 1) * dim));
        const auto found =
            SearchDense(state, query, state.alive(), state.rows(), kNearest, plan, options);
        for (size_t i = 0; i < kNearest; ++i) {
          const auto row = static_cast<uint32_t>(truth[q * kNearest + i]);
          right += std::any_of(found.begin(), found.end(),
                               [row](const auto& f) { return f.row == row; });
        }
      }
      best = std::min(best, CpuSeconds() - start);
    }
    std::printf(
        "{\"what\": \"%s\", \"pool\": %zu, \"recall\": %.4f, \"qps\": %.1f, \"ms\": %.4f}\n", name,
        options.search_pool, static_cast<double>(right) / (count * kNearest), count / best,
        1e3 * best / count);
    std::fflush(stdout);
  }

  // Recall and time of searches that only a share of the rows may answer, against
  // the exact scan: at random, and correlated: those nearest to a direction.
  void RunFiltered(const VectorIndexOptions& options) const {
    std::mt19937_64 random(5);
    const std::vector<float> axis(queries.end() - static_cast<ptrdiff_t>(dim), queries.end());
    Bitmap all;
    all.Append(state.rows(), true);
    std::vector<float> along(state.rows());
    for (const auto& m :
         SearchDense(state, axis, all, state.rows(), state.rows(), DensePlan::kExact, options)) {
      along[m.row] = m.score;
    }
    std::vector<float> sorted = along;
    std::sort(sorted.begin(), sorted.end(), std::greater<>());
    for (const bool correlated : {false, true}) {
      for (const double share : {0.5, 0.1, 0.05, 0.02, 0.01, 0.001}) {
        Bitmap selected;
        const float limit = sorted[static_cast<size_t>(share * (sorted.size() - 1))];
        for (size_t row = 0; row < state.rows(); ++row) {
          selected.Append(1, correlated ? along[row] >= limit
                                        : random() < share * static_cast<double>(UINT64_MAX));
        }
        const size_t count = selected.Count();
        const DensePlan plan = PlanDense(count, true, options);
        const size_t queried = std::min<size_t>(200, queries.size() / dim);
        size_t right = 0, wanted = 0;
        double seconds = 0;
        for (size_t q = 0; q < queried; ++q) {
          const std::vector<float> query(queries.begin() + static_cast<ptrdiff_t>(q * dim),
                                         queries.begin() + static_cast<ptrdiff_t>((q + 1) * dim));
          const double start = CpuSeconds();
          const auto found = SearchDense(state, query, selected, count, kNearest, plan, options);
          seconds += CpuSeconds() - start;
          for (const auto& m :
               SearchDense(state, query, selected, count, kNearest, DensePlan::kCodes, options)) {
            ++wanted;
            right += std::any_of(found.begin(), found.end(),
                                 [&](const auto& f) { return f.row == m.row; });
          }
        }
        std::printf(
            "{\"what\": \"filtered\", \"correlated\": %s, \"share\": %.3f, \"plan\": %d, "
            "\"recall\": %.4f, \"ms\": %.4f}\n",
            correlated ? "true" : "false", share, static_cast<int>(plan),
            static_cast<double>(right) / static_cast<double>(wanted), 1e3 * seconds / queried);
        std::fflush(stdout);
      }
    }
  }
};

}  // namespace

int main(int argc, char** argv) {
  std::string base_path, queries_path, truth_path, pools = "16,24,32,48,64,96,128,192,256,384";
  size_t dim = 0;
  VectorIndexOptions options;
  for (int i = 1; i + 1 < argc; i += 2) {
    const std::string flag = argv[i], value = argv[i + 1];
    if (flag == "--base") {
      base_path = value;
    } else if (flag == "--queries") {
      queries_path = value;
    } else if (flag == "--truth") {
      truth_path = value;
    } else if (flag == "--dim") {
      dim = std::strtoul(value.c_str(), nullptr, 10);
    } else if (flag == "--links") {
      options.graph.links = std::atoi(value.c_str());
    } else if (flag == "--pool") {
      options.graph.construction_pool = std::atoi(value.c_str());
    } else if (flag == "--threads") {
      options.graph.threads = std::atoi(value.c_str());
    } else if (flag == "--pools") {
      pools = value;
    } else {
      Fail("no flag " + flag);
    }
  }
  if (base_path.empty() || dim == 0 || argc % 2 == 0) Fail("usage: see the source");
  const std::vector<float> queries = Read<float>(queries_path);
  const std::vector<int32_t> truth = Read<int32_t>(truth_path);

  footnote::kernels::ThreadTeam team(1);
  const auto bandwidth = footnote::kernels::MeasureReadBandwidth(team);
  if (!bandwidth.ok()) Fail(bandwidth.status().ToString());
  std::printf("{\"what\": \"bandwidth\", \"best\": %.4g, \"median\": %.4g}\n", bandwidth->best,
              bandwidth->median);

  footnote::retrieval::CollectionRecord record;
  record.dim = static_cast<uint32_t>(dim);
  CollectionState state("bench", record);
  {
    const std::vector<float> base = Read<float>(base_path);
    const std::vector<uint32_t> terms(1000, 1);
    const size_t rows = base.size() / dim;
    for (size_t row = 0; row < rows; row += terms.size()) {
      const size_t count = std::min(terms.size(), rows - row);
      state.Add({row + 1, std::to_string(row), {}, "", "", {}}, absl::MakeSpan(terms).first(count),
                base.data() + row * dim);
    }
  }
  const Bench bench = {state, queries, truth, dim};
  const std::atomic<bool> stop{false};
  bench.Run("f32 scan", DensePlan::kExact, options, 10);

  Clock::time_point start = Clock::now();
  state.SetSegment(footnote::retrieval::BuildFlat(state.vectors(), 0, state.rows(), stop));
  std::printf(
      "{\"what\": \"codes\", \"build_seconds\": %.3f, \"bytes_per_row\": %.1f}\n", Seconds(start),
      static_cast<double>(state.segments()[0]->MemoryBytes()) / static_cast<double>(state.rows()));
  bench.Run("code scan", DensePlan::kCodes, options, 10);

  start = Clock::now();
  state.SetSegment(footnote::retrieval::WithGraph(*state.segments()[0], options.graph, stop));
  std::printf(
      "{\"what\": \"built\", \"build_seconds\": %.3f, \"bytes_per_row\": %.1f, \"reachable\": "
      "%zu}\n",
      Seconds(start),
      static_cast<double>(state.segments()[0]->MemoryBytes()) / static_cast<double>(state.rows()),
      state.segments()[0]->graph->CountReachable());
  std::fflush(stdout);
  std::stringstream list(pools);
  for (std::string pool; std::getline(list, pool, ',');) {
    options.search_pool = std::strtoul(pool.c_str(), nullptr, 10);
    bench.Run("graph", DensePlan::kGraph, options, 1);
  }
  options.search_pool = VectorIndexOptions().search_pool;
  bench.RunFiltered(options);
  return 0;
}
