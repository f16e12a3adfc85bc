#ifndef FOOTNOTE_TRANSFORMER_EXECUTOR_ROTARY_TABLES_H_
#define FOOTNOTE_TRANSFORMER_EXECUTOR_ROTARY_TABLES_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "kernels/ops.h"
#include "transformer/families/rotary_frequencies.h"
#include "transformer/model/transformer_config.h"

namespace footnote::transformer {

// Cosines and sines on the device, for each RotaryConfig of a model. The rows
// are computed as positions come. One thread at a time; must not outlive `ops`.
class RotaryTables {
 public:
  // Errors: ResourceExhausted.
  static absl::StatusOr<std::unique_ptr<RotaryTables>> Create(
      kernels::Ops* ops, const std::vector<RotaryConfig>& configs, int64_t max_positions);

  // Makes the rows of positions below `positions`, at most max_positions.
  void Extend(int64_t positions);

  // How many rows are made.
  int64_t positions() const { return positions_; }

  // `index` into the configs; -1: a table that rotates nothing.
  kernels::RotaryTable table(int index, bool long_context) const;

  static uint64_t Bytes(const std::vector<RotaryConfig>& configs, int64_t max_positions);

 private:
  struct Table {
    RotaryConfig config;
    std::vector<float> frequencies;
    kernels::Ops::Memory cos{nullptr, kernels::Ops::Free{}};
    kernels::Ops::Memory sin{nullptr, kernels::Ops::Free{}};
  };

  RotaryTables(kernels::Ops* ops, int64_t max_positions)
      : ops_(ops), max_positions_(max_positions) {}

  kernels::Ops* ops_;
  int64_t max_positions_;
  int64_t positions_ = 0;
  std::vector<Table> tables_;
  std::vector<int> long_table_;  // by config: which of tables_ serves long contexts
  std::vector<int> table_;
};

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_EXECUTOR_ROTARY_TABLES_H_
