#include "transformer/executor/step_plan.h"

#include <algorithm>

namespace footnote::transformer {
namespace {

// A piece of a range, within one step.
struct Piece {
  const RowRange* range = nullptr;
  int64_t begin = 0;
  int64_t end = 0;
};

PlannedStep MakeStep(const std::vector<Piece>& pieces) {
  PlannedStep step;
  StepRows& rows = step.rows;
  rows.long_context = pieces[0].range->long_context;
  for (const Piece& piece : pieces) {
    rows.max_blocks =
        std::max(rows.max_blocks, static_cast<int64_t>(piece.range->sequence->blocks().size()));
    rows.max_source_blocks =
        std::max(rows.max_source_blocks,
                 static_cast<int64_t>(piece.range->sequence->source_blocks().size()));
  }
  for (const Piece& piece : pieces) {
    const RowRange& range = *piece.range;
    const int64_t first = rows.rows();
    for (int64_t t = piece.begin; t < piece.end; ++t) {
      if (t >= range.output) step.outputs.push_back(static_cast<int32_t>(rows.rows()));
      rows.tokens.push_back(range.sequence->tokens()[t]);
      rows.positions.push_back(static_cast<int32_t>(t));
    }
    rows.first_row.push_back(static_cast<int32_t>(rows.rows()));
    rows.kv_length.push_back(static_cast<int32_t>(piece.end));
    const absl::Span<const int32_t> blocks = range.sequence->blocks();
    rows.block_table.insert(rows.block_table.end(), blocks.begin(), blocks.end());
    rows.block_table.resize(rows.kv_length.size() * rows.max_blocks, 0);
    rows.source_length.push_back(static_cast<int32_t>(range.sequence->source_length()));
    const absl::Span<const int32_t> source = range.sequence->source_blocks();
    rows.source_table.insert(rows.source_table.end(), source.begin(), source.end());
    rows.source_table.resize(rows.source_length.size() * rows.max_source_blocks, 0);
    if (range.adapter != nullptr) rows.adapters.push_back({range.adapter, first, rows.rows()});
  }
  return step;
}

}  // namespace

std::vector<RowRange> RangesOf(CachedSequence* sequence, const LoraAdapter* adapter, int64_t output,
                               int64_t original_context) {
  const int64_t length = sequence->length();
  const bool is_long = original_context > 0 && length > original_context;
  std::vector<RowRange> ranges;
  RowRange range;
  range.sequence = sequence;
  range.adapter = adapter;
  if (is_long && output < original_context) {
    // Results that belong to the short text, before all is computed anew.
    range.begin = sequence->long_context() ? 0 : sequence->computed();
    range.end = original_context;
    range.output = output;
    ranges.push_back(range);
  }
  const bool valid = sequence->long_context() == is_long && ranges.empty();
  range.begin = valid ? sequence->computed() : 0;
  range.end = length;
  range.output = is_long ? std::max(output, original_context) : output;
  range.long_context = is_long;
  ranges.push_back(range);
  return ranges;
}

std::vector<PlannedStep> PlanSteps(absl::Span<const RowRange> ranges, int64_t max_rows) {
  std::vector<PlannedStep> steps;
  std::vector<Piece> pieces;
  int64_t rows = 0;
  const auto flush = [&] {
    if (!pieces.empty()) steps.push_back(MakeStep(pieces));
    pieces.clear();
    rows = 0;
  };
  for (const RowRange& range : ranges) {
    if (!pieces.empty() && pieces.back().range->long_context != range.long_context) flush();
    for (int64_t begin = range.begin; begin < range.end;) {
      const int64_t end = std::min(range.end, begin + max_rows - rows);
      pieces.push_back({&range, begin, end});
      rows += end - begin;
      begin = end;
      if (rows == max_rows) flush();
    }
  }
  flush();
  return steps;
}

}  // namespace footnote::transformer
