#include "services/cli/machine_report.h"

#include <sys/utsname.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "kernels/bandwidth.h"
#include "kernels/base/cpu.h"
#include "kernels/base/memory.h"
#include "kernels/base/status_macros.h"
#include "kernels/base/thread_pool.h"
#include "kernels/base/thread_team.h"
#include "kernels/matrix_rate.h"
#include "kernels/ops.h"

namespace footnote::services::cli {
namespace {

// Larger than the caches of most machines, small enough for one that is nearly
// full.
constexpr size_t kBandwidthBytes = size_t{512} << 20;

struct Precision {
  const char* name;
  double bits;  // of one weight, with its share of the scales
};
// int8 has a scale per row, int4 one of 16 bits for 32 weights.
constexpr Precision kPrecisions[] = {{"f32", 32}, {"bf16", 16}, {"int8", 8.01}, {"int4", 4.5}};

}  // namespace

Machine DescribeMachine() {
  Machine machine;
  std::ifstream info("/proc/cpuinfo");
  std::string line;
  while (std::getline(info, line)) {
    const size_t colon = line.find(':');
    if (absl::StartsWith(line, "model name") && colon != std::string::npos) {
      machine.cpu = std::string(absl::StripAsciiWhitespace(line.substr(colon + 1)));
      break;
    }
  }
  machine.cpus = kernels::AvailableCpus();
  machine.memory_bytes = static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
  machine.available_bytes = kernels::AvailableMemory();
  utsname name = {};
  if (uname(&name) == 0) {
    machine.system = absl::StrCat(name.sysname, " ", name.release, " ", name.machine);
  }
  return machine;
}

absl::StatusOr<MeasuredRates> MeasureRates() {
  MeasuredRates rates;
  {
    kernels::ThreadTeam team(0);
    rates.threads = team.size();
    kernels::BandwidthOptions options;
    options.bytes = std::clamp<size_t>(kernels::AvailableMemory() / 4, 1 << 20, kBandwidthBytes);
    FN_ASSIGN_OR_RETURN(const kernels::ReadBandwidth bandwidth,
                        kernels::MeasureReadBandwidth(team, options));
    rates.read_bandwidth = bandwidth.best;
  }
  const std::unique_ptr<kernels::Ops> ops = kernels::MakeCpuOps({});
  FN_ASSIGN_OR_RETURN(rates.f32, kernels::MeasureMatrixRate(*ops, kernels::WeightFormat::kF32));
  FN_ASSIGN_OR_RETURN(rates.bf16, kernels::MeasureMatrixRate(*ops, kernels::WeightFormat::kBf16));
  FN_ASSIGN_OR_RETURN(rates.int8, kernels::MeasureMatrixRate(*ops, kernels::WeightFormat::kInt8));
  return rates;
}

std::vector<LargestModel> LargestModels(uint64_t available, double bandwidth) {
  std::vector<LargestModel> models;
  const double bytes = static_cast<double>(available) * 0.9;
  for (const Precision& precision : kPrecisions) {
    LargestModel model;
    model.precision = precision.name;
    model.parameters = static_cast<uint64_t>(bytes * 8 / precision.bits);
    if (bytes > 0) model.tokens_per_second = bandwidth / bytes;
    models.push_back(model);
  }
  return models;
}

}  // namespace footnote::services::cli
