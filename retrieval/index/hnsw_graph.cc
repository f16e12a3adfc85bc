#include "retrieval/index/hnsw_graph.h"

#include <algorithm>
#include <queue>

namespace footnote::retrieval {
namespace {

bool Worse(const ScoredRow& a, const ScoredRow& b) { return a.score < b.score; }

}  // namespace

HnswGraph::HnswGraph(std::shared_ptr<const RowCodes> codes, const HnswOptions& options)
    : codes_(std::move(codes)), links_(codes_->rows(), options.links, options.seed) {}

std::unique_ptr<VisitedRows> HnswGraph::BorrowVisited() const {
  {
    std::lock_guard<std::mutex> lock(visited_mu_);
    if (!visited_.empty()) {
      auto visited = std::move(visited_.back());
      visited_.pop_back();
      return visited;
    }
  }
  return std::make_unique<VisitedRows>(codes_->rows());
}

void HnswGraph::ReturnVisited(std::unique_ptr<VisitedRows> visited) const {
  visited->Clear();
  std::lock_guard<std::mutex> lock(visited_mu_);
  visited_.push_back(std::move(visited));
}

ScoredRow HnswGraph::Descend(RowScorer* scorer, size_t* rows_met) const {
  std::vector<uint32_t> ids = {entry_};
  std::vector<float> scores;
  scorer->Score(ids, &scores);
  ScoredRow best = {scores[0], entry_};
  for (int level = links_.LevelOf(entry_); level > 0; --level) {
    for (bool moved = true; moved;) {
      moved = false;
      const uint32_t* links = links_.Of(best.row, level);
      const uint32_t* end = std::find(links, links + links_.Room(level), HnswLinks::kNone);
      ids.assign(links, end);
      scorer->Score(ids, &scores);
      *rows_met += ids.size();
      for (size_t i = 0; i < ids.size(); ++i) {
        if (scores[i] > best.score) {
          best = {scores[i], ids[i]};
          moved = true;
        }
      }
    }
  }
  return best;
}

void HnswGraph::WalkAll(RowScorer* scorer, size_t* rows_met, WalkPool* pool,
                        VisitedRows* visited) const {
  const size_t room = links_.Room(0);
  std::vector<uint32_t> ids;
  std::vector<float> scores;
  for (uint32_t row = 0; pool->TakeNext(&row);) {
    const uint32_t* links = links_.Of(row, 0);
    ids.clear();
    for (size_t i = 0; i < room && links[i] != HnswLinks::kNone; ++i) {
      if (visited->Mark(links[i])) ids.push_back(links[i]);
    }
    scorer->Score(ids, &scores);
    *rows_met += ids.size();
    for (size_t i = 0; i < ids.size(); ++i) pool->Add({scores[i], ids[i]});
  }
}

// Goes on from every row that is better than the worst of a full pool, selected or
// not, so that a way through rows that aren't selected is open.
bool HnswGraph::WalkSelected(RowScorer* scorer, size_t rows_met, size_t most_rows,
                             const Selects& selects, WalkPool* pool, VisitedRows* visited) const {
  const size_t room = links_.Room(0);
  std::priority_queue<ScoredRow, std::vector<ScoredRow>, decltype(&Worse)> ahead(&Worse);
  const ScoredRow start = (*pool)[0];
  if (!AnySelected(start.row, selects)) *pool = WalkPool(pool->capacity());
  ahead.push(start);
  std::vector<uint32_t> ids;
  std::vector<float> scores;
  while (!ahead.empty() && pool->Takes(ahead.top().score)) {
    if (rows_met > most_rows) return false;
    const uint32_t* links = links_.Of(ahead.top().row, 0);
    ahead.pop();
    ids.clear();
    for (size_t i = 0; i < room && links[i] != HnswLinks::kNone; ++i) {
      if (visited->Mark(links[i])) ids.push_back(links[i]);
    }
    scorer->Score(ids, &scores);
    rows_met += ids.size();
    for (size_t i = 0; i < ids.size(); ++i) {
      if (!pool->Takes(scores[i])) continue;
      ahead.push({scores[i], ids[i]});
      if (AnySelected(ids[i], selects)) pool->Add({scores[i], ids[i]});
    }
  }
  return true;
}

bool HnswGraph::AnySelected(uint32_t row, const Selects& selects) const {
  if (selects(row)) return true;
  const auto it = copies_.find(row);
  return it != copies_.end() && std::any_of(it->second.begin(), it->second.end(), selects);
}

std::optional<std::vector<ScoredRow>> HnswGraph::Search(const QueryCodes& query, size_t pool_size,
                                                        size_t most_rows,
                                                        const Selects* selects) const {
  std::vector<ScoredRow> out;
  if (entry_ == HnswLinks::kNone || pool_size == 0) return out;
  RowScorer scorer(*codes_, query.high.data(), query.unit);
  std::unique_ptr<VisitedRows> visited = BorrowVisited();
  size_t rows_met = 1;
  const ScoredRow start = Descend(&scorer, &rows_met);
  visited->Mark(start.row);
  WalkPool pool(pool_size);
  pool.Add(start);
  bool done = true;
  if (selects == nullptr) {
    WalkAll(&scorer, &rows_met, &pool, visited.get());
  } else {
    done = WalkSelected(&scorer, rows_met, most_rows, *selects, &pool, visited.get());
  }
  ReturnVisited(std::move(visited));
  if (!done) return std::nullopt;
  for (size_t i = 0; i < pool.size(); ++i) {
    const ScoredRow found = pool[i];
    const auto add = [&](uint32_t row) {
      if (selects == nullptr || (*selects)(row)) out.push_back({found.score, row});
    };
    add(found.row);
    const auto it = copies_.find(found.row);
    if (it != copies_.end()) std::for_each(it->second.begin(), it->second.end(), add);
  }
  return out;
}

size_t HnswGraph::CountReachable() const {
  if (entry_ == HnswLinks::kNone) return 0;
  VisitedRows visited(codes_->rows());
  std::vector<uint32_t> ahead = {entry_};
  visited.Mark(entry_);
  size_t count = 0;
  while (!ahead.empty()) {
    const uint32_t row = ahead.back();
    ahead.pop_back();
    const auto it = copies_.find(row);
    count += 1 + (it == copies_.end() ? 0 : it->second.size());
    const uint32_t* links = links_.Of(row, 0);
    for (size_t i = 0; i < links_.Room(0) && links[i] != HnswLinks::kNone; ++i) {
      if (visited.Mark(links[i])) ahead.push_back(links[i]);
    }
  }
  return count;
}

size_t HnswGraph::MemoryBytes() const {
  size_t bytes = links_.MemoryBytes() + copies_.capacity() * sizeof(*copies_.begin());
  for (const auto& [row, copies] : copies_) bytes += copies.capacity() * sizeof(uint32_t);
  return bytes;
}

}  // namespace footnote::retrieval
