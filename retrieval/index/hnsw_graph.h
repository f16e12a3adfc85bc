#ifndef FOOTNOTE_RETRIEVAL_INDEX_HNSW_GRAPH_H_
#define FOOTNOTE_RETRIEVAL_INDEX_HNSW_GRAPH_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/status/statusor.h"
#include "retrieval/index/hnsw_links.h"
#include "retrieval/index/hnsw_walk.h"
#include "retrieval/index/row_codes.h"
#include "retrieval/index/vector_index_options.h"

namespace footnote::retrieval {

// A navigable graph over the codes of a run of rows (Malkov and Yashunin 2016,
// https://arxiv.org/abs/1603.09320): finds most of the rows nearest to a query
// while it looks at some thousand. Rows are those of the codes, from 0.
//
// Rows of the same codes are one row of the graph: thousands of copies of a
// passage would otherwise be each other's only neighbours, and an island.
// Immutable once built; Search is thread-safe.
class HnswGraph {
 public:
  // Null: `stop` became true. With one thread the graph depends on codes and
  // options alone. Throws std::bad_alloc.
  static std::unique_ptr<const HnswGraph> Build(std::shared_ptr<const RowCodes> codes,
                                                const HnswOptions& options,
                                                const std::atomic<bool>& stop);

  // What a graph is beside its codes, for a file.
  struct Parts {
    HnswLinks links;
    uint32_t entry = HnswLinks::kNone;
    // A row in the graph, and another of its codes; ascending.
    std::vector<std::pair<uint32_t, uint32_t>> copies;
  };
  // Takes parts from anywhere, whose links have room for the codes' rows: all are
  // checked, so that nothing that walks the graph need check anything. Errors: DataLoss.
  static absl::StatusOr<std::unique_ptr<const HnswGraph>> FromParts(
      std::shared_ptr<const RowCodes> codes, Parts parts);
  const HnswLinks& links() const { return links_; }
  uint32_t entry() const { return entry_; }
  std::vector<std::pair<uint32_t, uint32_t>> Copies() const;

  // Rows that are likely the best for `query` among those that `selects`, with
  // estimated scores, best first: the best `pool` of those met, and all rows of
  // the same codes as one of these. Rows that aren't selected are walked through
  // and not returned. nullopt: after `most_rows` rows were looked at it wasn't
  // done, which a scan of the selected rows would be.
  using Selects = absl::FunctionRef<bool(uint32_t)>;
  std::optional<std::vector<ScoredRow>> Search(const QueryCodes& query, size_t pool,
                                               size_t most_rows, const Selects* selects) const;

  // How many rows a walk over the lowest level can reach, copies included.
  size_t CountReachable() const;
  const RowCodes& codes() const { return *codes_; }
  // Without the codes.
  size_t MemoryBytes() const;

 private:
  friend class HnswBuilder;
  HnswGraph(std::shared_ptr<const RowCodes> codes, const HnswOptions& options);
  HnswGraph(std::shared_ptr<const RowCodes> codes, Parts parts);

  // Visited rows of searches that are over.
  std::unique_ptr<VisitedRows> BorrowVisited() const;
  void ReturnVisited(std::unique_ptr<VisitedRows> visited) const;
  // The row nearest to what is sought on the levels above the lowest.
  ScoredRow Descend(RowScorer* scorer, size_t* rows_met) const;
  void WalkAll(RowScorer* scorer, size_t* rows_met, WalkPool* pool, VisitedRows* visited) const;
  bool WalkSelected(RowScorer* scorer, size_t rows_met, size_t most_rows, const Selects& selects,
                    WalkPool* pool, VisitedRows* visited) const;
  bool AnySelected(uint32_t row, const Selects& selects) const;

  std::shared_ptr<const RowCodes> codes_;
  HnswLinks links_;
  uint32_t entry_ = HnswLinks::kNone;
  // Of a row in the graph: the other rows of its codes.
  absl::flat_hash_map<uint32_t, std::vector<uint32_t>> copies_;
  mutable std::mutex visited_mu_;
  mutable std::vector<std::unique_ptr<VisitedRows>> visited_;
};

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_INDEX_HNSW_GRAPH_H_
