#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "retrieval/index/hnsw_graph.h"

namespace footnote::retrieval {
namespace {

absl::Status BadGraph(absl::string_view what) {
  return absl::DataLossError(absl::StrCat("a graph is damaged: ", what));
}

// Marks the rows that stand in no list of links, since another row stands for them.
absl::StatusOr<std::vector<bool>> MarkCopies(const HnswGraph::Parts& parts, size_t rows) {
  std::vector<bool> is_copy(rows);
  const std::pair<uint32_t, uint32_t>* previous = nullptr;
  for (const auto& copy : parts.copies) {
    if (copy.first >= rows || copy.second >= rows || is_copy[copy.second] ||
        (previous != nullptr && !(*previous < copy))) {
      return BadGraph("its copies");
    }
    is_copy[copy.second] = true;
    previous = &copy;
  }
  for (const auto& [row, copy] : parts.copies) {
    if (is_copy[row]) return BadGraph("a copy of a copy");
  }
  return is_copy;
}

// `links`: lists of `room` each, of one level.
bool LeadToRows(absl::Span<const uint32_t> links, const std::vector<bool>& is_copy) {
  return std::all_of(links.begin(), links.end(), [&is_copy](uint32_t row) {
    return row == HnswLinks::kNone || (row < is_copy.size() && !is_copy[row]);
  });
}

absl::Status CheckUpper(const HnswLinks& links, const std::vector<bool>& is_copy) {
  for (const HnswLinks::RowLevel& r : links.UpperRows()) {
    if (r.row >= is_copy.size()) return BadGraph("a row of its upper levels");
    for (int level = 1; level <= static_cast<int>(r.level); ++level) {
      const absl::Span<const uint32_t> list(links.Of(r.row, level), links.Room(level));
      if (!LeadToRows(list, is_copy)) return BadGraph("a link of its upper levels");
      for (const uint32_t to : list) {
        // A walk on this level goes on from there.
        if (to != HnswLinks::kNone && links.LevelOf(to) < level) {
          return BadGraph("a link leads off its level");
        }
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

HnswGraph::HnswGraph(std::shared_ptr<const RowCodes> codes, Parts parts)
    : codes_(std::move(codes)), links_(std::move(parts.links)), entry_(parts.entry) {
  for (const auto& [row, copy] : parts.copies) copies_[row].push_back(copy);
}

absl::StatusOr<std::unique_ptr<const HnswGraph>> HnswGraph::FromParts(
    std::shared_ptr<const RowCodes> codes, Parts parts) {
  const size_t rows = codes->rows();
  if (parts.links.AllLowest().size() != rows * parts.links.Room(0)) {
    return BadGraph("it is of other rows");
  }
  FN_ASSIGN_OR_RETURN(const std::vector<bool> is_copy, MarkCopies(parts, rows));
  if (parts.entry >= rows || is_copy[parts.entry]) return BadGraph("its entry");
  if (!LeadToRows(parts.links.AllLowest(), is_copy)) return BadGraph("a link");
  FN_RETURN_IF_ERROR(CheckUpper(parts.links, is_copy));
  return std::unique_ptr<const HnswGraph>(new HnswGraph(std::move(codes), std::move(parts)));
}

std::vector<std::pair<uint32_t, uint32_t>> HnswGraph::Copies() const {
  std::vector<std::pair<uint32_t, uint32_t>> out;
  for (const auto& [row, copies] : copies_) {
    for (const uint32_t copy : copies) out.emplace_back(row, copy);
  }
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace footnote::retrieval
