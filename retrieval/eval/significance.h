#ifndef FOOTNOTE_RETRIEVAL_EVAL_SIGNIFICANCE_H_
#define FOOTNOTE_RETRIEVAL_EVAL_SIGNIFICANCE_H_

#include <cstdint>

#include "absl/types/span.h"

namespace footnote::retrieval {

struct SignificanceOptions {
  uint64_t seed = 1;  // the same seed gives the same figures on every machine
  int permutations = 100000;
  int bootstrap_samples = 10000;
  double confidence = 0.95;  // of the interval
};

// Two runs over the same queries, by one figure.
struct PairedComparison {
  double difference = 0;  // mean of run - baseline
  double p_value = 1;     // two-sided, of the randomisation test
  double low = 0;         // the bootstrap interval of the difference
  double high = 0;
  int wins = 0;  // queries where the run is better
  int losses = 0;
  int ties = 0;
};

// Compares run[i] with baseline[i], each of query i.
//
// The randomisation test (Smucker, Allan and Carterette 2007, "A Comparison of
// Statistical Significance Tests for Information Retrieval Evaluation") asks how
// often the mean difference would be as far from 0 if each query's two figures were
// swapped by chance: over every assignment of signs where there are no more than
// `permutations` of them, else over that many random ones, with the observed one
// counted among them. The interval is the paired bootstrap's, by percentiles (Efron
// 1979; Sakai 2006): queries drawn with replacement.
//
// Precondition: as many of both. Without a query: the defaults.
PairedComparison ComparePaired(absl::Span<const double> run, absl::Span<const double> baseline,
                               const SignificanceOptions& options);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_EVAL_SIGNIFICANCE_H_
