#ifndef FOOTNOTE_SERVICES_CLI_MACHINE_REPORT_H_
#define FOOTNOTE_SERVICES_CLI_MACHINE_REPORT_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace footnote::services::cli {

// The machine as the system describes it.
struct Machine {
  std::string cpu = "unknown";
  int cpus = 0;
  uint64_t memory_bytes = 0;
  uint64_t available_bytes = 0;  // what this process could take now
  std::string system;
};
Machine DescribeMachine();

// What the machine does, measured with all its CPUs in about a second.
struct MeasuredRates {
  int threads = 0;
  double read_bandwidth = 0;  // bytes per second
  // Operations per second of large products, two for each multiplication, with
  // weights of that precision.
  double f32 = 0;
  double bf16 = 0;
  double int8 = 0;
};
// Errors: ResourceExhausted.
absl::StatusOr<MeasuredRates> MeasureRates();

// The largest model that a device holds at one precision.
struct LargestModel {
  std::string precision;
  uint64_t parameters = 0;
  // One sequence's: each token reads all weights once. 0: bandwidth unknown.
  double tokens_per_second = 0;
};

// For a device with `available` bytes, of which a tenth is kept for the cache of
// keys and values and for scratch space. bandwidth: bytes per second, or 0.
std::vector<LargestModel> LargestModels(uint64_t available, double bandwidth);

}  // namespace footnote::services::cli

#endif  // FOOTNOTE_SERVICES_CLI_MACHINE_REPORT_H_
