#include "retrieval/eval/significance.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <random>
#include <tuple>
#include <utility>
#include <vector>

namespace footnote::retrieval {
namespace {

// Uniform below `n`, the same on every machine: std::uniform_int_distribution isn't.
size_t Below(size_t n, std::mt19937_64* random) {
  return static_cast<size_t>(
      (static_cast<unsigned __int128>((*random)()) * static_cast<unsigned __int128>(n)) >> 64);
}

// How far sums that are equal in exact arithmetic may be apart.
double Tolerance(absl::Span<const double> differences) {
  double size = 0;
  for (const double d : differences) size += std::abs(d);
  return 1e-12 * size;
}

// The sum with the signs that the bits of `flips` say: of 64 differences at most.
double SignedSum(absl::Span<const double> differences, uint64_t flips) {
  double sum = 0;
  for (size_t i = 0; i < differences.size(); ++i) {
    sum += (flips >> i & 1) != 0 ? -differences[i] : differences[i];
  }
  return sum;
}

// `differences` has no zero: a sign does nothing to them.
double PValue(absl::Span<const double> differences, const SignificanceOptions& options) {
  const size_t n = differences.size();
  const double least = std::abs(std::accumulate(differences.begin(), differences.end(), 0.0)) -
                       Tolerance(differences);  // as far as observed
  if (n < 63 && (uint64_t{1} << n) <= static_cast<uint64_t>(options.permutations)) {
    const uint64_t all = uint64_t{1} << n;
    uint64_t as_far = 0;
    for (uint64_t flips = 0; flips < all; ++flips) {
      as_far += std::abs(SignedSum(differences, flips)) >= least ? 1 : 0;
    }
    return static_cast<double>(as_far) / static_cast<double>(all);
  }
  std::mt19937_64 random(options.seed);
  int as_far = 0;
  for (int i = 0; i < options.permutations; ++i) {
    double sum = 0;
    for (size_t begin = 0; begin < n; begin += 64) {
      sum += SignedSum(differences.subspan(begin, 64), random());
    }
    as_far += std::abs(sum) >= least ? 1 : 0;
  }
  return (as_far + 1.0) / (options.permutations + 1.0);
}

// The quantile of ascending values, linear between neighbours.
double Quantile(const std::vector<double>& ascending, double fraction) {
  const double at = fraction * static_cast<double>(ascending.size() - 1);
  const auto below = static_cast<size_t>(at);
  const size_t above = std::min(below + 1, ascending.size() - 1);
  return ascending[below] +
         (at - static_cast<double>(below)) * (ascending[above] - ascending[below]);
}

std::pair<double, double> BootstrapInterval(absl::Span<const double> differences,
                                            const SignificanceOptions& options) {
  std::mt19937_64 random(options.seed);
  std::vector<double> means;
  means.reserve(static_cast<size_t>(options.bootstrap_samples));
  for (int i = 0; i < options.bootstrap_samples; ++i) {
    double sum = 0;
    for (size_t j = 0; j < differences.size(); ++j) {
      sum += differences[Below(differences.size(), &random)];
    }
    means.push_back(sum / static_cast<double>(differences.size()));
  }
  std::sort(means.begin(), means.end());
  const double tail = (1 - options.confidence) / 2;
  return {Quantile(means, tail), Quantile(means, 1 - tail)};
}

}  // namespace

PairedComparison ComparePaired(absl::Span<const double> run, absl::Span<const double> baseline,
                               const SignificanceOptions& options) {
  PairedComparison out;
  if (run.empty()) return out;
  std::vector<double> differences, changed;
  double sum = 0;
  for (size_t i = 0; i < run.size(); ++i) {
    const double d = run[i] - baseline[i];
    sum += d;
    differences.push_back(d);
    if (d != 0) changed.push_back(d);
    ++(d > 0 ? out.wins : d < 0 ? out.losses : out.ties);
  }
  out.difference = sum / static_cast<double>(run.size());
  out.p_value = PValue(changed, options);
  std::tie(out.low, out.high) = BootstrapInterval(differences, options);
  return out;
}

}  // namespace footnote::retrieval
