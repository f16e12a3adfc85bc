#include "transformer/executor/rotary_tables.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "kernels/base/status_macros.h"

namespace footnote::transformer {
namespace {

constexpr int64_t kRowsAtOnce = 256;

}  // namespace

uint64_t RotaryTables::Bytes(const std::vector<RotaryConfig>& configs, int64_t max_positions) {
  uint64_t bytes = 0;
  for (const RotaryConfig& config : configs) {
    const uint64_t tables = config.scaling == RotaryConfig::Scaling::kLongRope ? 2 : 1;
    bytes += tables * static_cast<uint64_t>(max_positions * config.dims) * sizeof(float);
  }
  return bytes;
}

absl::StatusOr<std::unique_ptr<RotaryTables>> RotaryTables::Create(
    kernels::Ops* ops, const std::vector<RotaryConfig>& configs, int64_t max_positions) {
  std::unique_ptr<RotaryTables> tables(new RotaryTables(ops, max_positions));
  const auto add = [&](const RotaryConfig& config, bool long_context) -> absl::Status {
    Table table;
    table.config = config;
    table.frequencies = InverseFrequencies(config, long_context);
    const size_t bytes = static_cast<size_t>(max_positions * config.dims / 2) * sizeof(float);
    FN_ASSIGN_OR_RETURN(table.cos, ops->Allocate(bytes));
    FN_ASSIGN_OR_RETURN(table.sin, ops->Allocate(bytes));
    tables->tables_.push_back(std::move(table));
    return absl::OkStatus();
  };
  for (const RotaryConfig& config : configs) {
    FN_RETURN_IF_ERROR(add(config, false));
    tables->table_.push_back(static_cast<int>(tables->tables_.size()) - 1);
    if (config.scaling == RotaryConfig::Scaling::kLongRope) FN_RETURN_IF_ERROR(add(config, true));
    tables->long_table_.push_back(static_cast<int>(tables->tables_.size()) - 1);
  }
  return tables;
}

void RotaryTables::Extend(int64_t positions) {
  if (positions <= positions_) return;
  const int64_t begin = positions_;
  const int64_t rounded = (positions + kRowsAtOnce - 1) / kRowsAtOnce * kRowsAtOnce;
  const int64_t end = std::min(rounded, max_positions_);
  std::vector<float> cosines, sines;
  for (Table& table : tables_) {
    const int64_t half = table.config.dims / 2;
    cosines.resize((end - begin) * half);
    sines.resize((end - begin) * half);
    const auto scale = static_cast<float>(table.config.attention_factor);
    for (int64_t p = begin; p < end; ++p) {
      for (int64_t i = 0; i < half; ++i) {
        const float angle = static_cast<float>(p) * table.frequencies[i];
        cosines[(p - begin) * half + i] = scale * static_cast<float>(std::cos(double{angle}));
        sines[(p - begin) * half + i] = scale * static_cast<float>(std::sin(double{angle}));
      }
    }
    const size_t bytes = cosines.size() * sizeof(float);
    ops_->CopyIn(cosines.data(), bytes, static_cast<float*>(table.cos.get()) + begin * half);
    ops_->CopyIn(sines.data(), bytes, static_cast<float*>(table.sin.get()) + begin * half);
  }
  positions_ = end;
}

kernels::RotaryTable RotaryTables::table(int index, bool long_context) const {
  kernels::RotaryTable view;
  if (index < 0) return view;
  const Table& table = tables_[long_context ? long_table_[index] : table_[index]];
  view.layout = table.config.layout;
  view.dims = table.config.dims;
  view.positions = positions_;
  view.cos = static_cast<const float*>(table.cos.get());
  view.sin = static_cast<const float*>(table.sin.get());
  return view;
}

}  // namespace footnote::transformer
