#include <algorithm>
#include <exception>
#include <thread>
#include <utility>

#include "kernels/base/hash.h"
#include "retrieval/index/hnsw_graph.h"

namespace footnote::retrieval {
namespace {

// Held for a few hundred nanoseconds at a time, one at a time by each thread.
class SpinLock {
 public:
  void lock() {
    while (held_.exchange(true, std::memory_order_acquire)) {
      while (held_.load(std::memory_order_relaxed)) std::this_thread::yield();
    }
  }
  void unlock() { held_.store(false, std::memory_order_release); }

 private:
  std::atomic<bool> held_{false};
};

using RowGuard = std::lock_guard<SpinLock>;

}  // namespace

// Inserts rows one by one, several threads at a time. A row's links are written
// from the lowest level up before a link to it is, so that who comes to a row on
// some level finds its links on all lower ones.
class HnswBuilder {
 public:
  HnswBuilder(HnswGraph* graph, const HnswOptions& options)
      : graph_(graph),
        codes_(*graph->codes_),
        options_(options),
        locks_(std::min(kMaxLocks, std::max<size_t>(1, codes_.rows()))) {}

  bool Run(const std::atomic<bool>& stop) {
    const std::vector<uint32_t> rows = WithoutCopies();
    if (rows.empty()) return true;
    graph_->entry_ = rows[0];
    std::atomic<size_t> next{1};
    std::mutex error_mu;
    std::exception_ptr error;
    const auto work = [&] {
      try {
        Worker worker(*this);
        for (size_t i = next++; i < rows.size() && !stop.load(); i = next++) worker.Insert(rows[i]);
      } catch (...) {  // no memory: ends the others too
        next = rows.size();
        std::lock_guard<std::mutex> lock(error_mu);
        error = std::current_exception();
      }
    };
    std::vector<std::thread> threads;
    for (int i = 1; i < options_.threads; ++i) threads.emplace_back(work);
    work();
    for (std::thread& thread : threads) thread.join();
    if (error != nullptr) std::rethrow_exception(error);
    return !stop.load();
  }

 private:
  static constexpr size_t kMaxLocks = 1 << 16;

  // What one thread needs.
  class Worker {
   public:
    explicit Worker(HnswBuilder& builder)
        : builder_(builder),
          graph_(*builder.graph_),
          codes_(builder.codes_),
          visited_(codes_.rows()),
          code_(codes_.stride()),
          other_code_(codes_.stride()) {}

    void Insert(uint32_t row) {
      const int level = graph_.links_.LevelOf(row);
      // Only a row that becomes the entry makes the others wait for it.
      std::unique_lock<std::mutex> entry_lock(builder_.entry_mu_);
      const uint32_t entry = graph_.entry_;
      const int top = graph_.links_.LevelOf(entry);
      if (level <= top) entry_lock.unlock();

      RowScorer scorer(codes_, SignedCode(row, &code_), codes_.scale(row));
      std::vector<uint32_t> ids = {entry};
      std::vector<float> scores;
      scorer.Score(ids, &scores);
      ScoredRow start = {scores[0], entry};
      for (int l = top; l > level; --l) start = Walk(&scorer, start, l, 1)[0];
      std::vector<std::vector<ScoredRow>> chosen(static_cast<size_t>(std::min(level, top)) + 1);
      for (int l = std::min(level, top); l >= 0; --l) {
        std::vector<ScoredRow> found =
            Walk(&scorer, start, l, static_cast<size_t>(builder_.options_.construction_pool));
        start = found[0];
        chosen[l] = Choose(std::move(found), static_cast<size_t>(builder_.options_.links));
      }
      for (size_t l = 0; l < chosen.size(); ++l) {
        {
          RowGuard lock(builder_.LockOf(row));
          Write(row, static_cast<int>(l), chosen[l]);
        }
        for (const ScoredRow& to : chosen[l]) LinkBack(to.row, row, static_cast<int>(l), to.score);
      }
      if (level > top) graph_.entry_ = row;
    }

   private:
    // A row's codes as those of a query.
    const int8_t* SignedCode(uint32_t row, std::vector<int8_t>* out) const {
      const uint8_t* code = codes_.row(row);
      for (size_t i = 0; i < codes_.stride(); ++i) (*out)[i] = static_cast<int8_t>(code[i] - 128);
      return out->data();
    }

    // The best `size` rows that a walk from `start` meets on a level, best first.
    std::vector<ScoredRow> Walk(RowScorer* scorer, ScoredRow start, int level, size_t size) {
      WalkPool pool(size);
      pool.Add(start);
      visited_.Clear();
      visited_.Mark(start.row);
      const size_t room = graph_.links_.Room(level);
      for (uint32_t row = 0; pool.TakeNext(&row);) {
        ids_.clear();
        {
          RowGuard lock(builder_.LockOf(row));
          const uint32_t* links = graph_.links_.Of(row, level);
          for (size_t i = 0; i < room && links[i] != HnswLinks::kNone; ++i) {
            if (visited_.Mark(links[i])) ids_.push_back(links[i]);
          }
        }
        scorer->Score(ids_, &scores_);
        for (size_t i = 0; i < ids_.size(); ++i) pool.Add({scores_[i], ids_[i]});
      }
      std::vector<ScoredRow> out(pool.size());
      for (size_t i = 0; i < out.size(); ++i) out[i] = pool[i];
      return out;
    }

    // Of rows ordered by their nearness to a base, at most `most` that lie in
    // different directions: none is nearer to one before it than to the base
    // (Malkov and Yashunin, algorithm 4).
    std::vector<ScoredRow> Choose(std::vector<ScoredRow> rows, size_t most) {
      std::vector<ScoredRow> chosen;
      while (!rows.empty() && chosen.size() < most) {
        const ScoredRow next = rows.front();
        chosen.push_back(next);
        ids_.clear();
        for (size_t i = 1; i < rows.size(); ++i) ids_.push_back(rows[i].row);
        RowScorer scorer(codes_, SignedCode(next.row, &other_code_), codes_.scale(next.row));
        scorer.Score(ids_, &scores_);
        size_t kept = 0;
        for (size_t i = 1; i < rows.size(); ++i) {
          if (scores_[i - 1] <= rows[i].score) rows[kept++] = rows[i];
        }
        rows.resize(kept);
      }
      return chosen;
    }

    void Write(uint32_t row, int level, const std::vector<ScoredRow>& links) {
      uint32_t* out = graph_.links_.Of(row, level);
      for (size_t i = 0; i < graph_.links_.Room(level); ++i) {
        out[i] = i < links.size() ? links[i].row : HnswLinks::kNone;
      }
    }

    // Links row to `to`, in the place of those that lie behind others if it's full.
    void LinkBack(uint32_t row, uint32_t to, int level, float score) {
      RowGuard lock(builder_.LockOf(row));
      const size_t room = graph_.links_.Room(level);
      uint32_t* links = graph_.links_.Of(row, level);
      const size_t count = std::find(links, links + room, HnswLinks::kNone) - links;
      if (count < room) {
        links[count] = to;
        return;
      }
      ids_.assign(links, links + room);
      RowScorer scorer(codes_, SignedCode(row, &other_code_), codes_.scale(row));
      scorer.Score(ids_, &scores_);
      std::vector<ScoredRow> rows = {{score, to}};
      for (size_t i = 0; i < room; ++i) rows.push_back({scores_[i], ids_[i]});
      std::sort(rows.begin(), rows.end(), [](const ScoredRow& a, const ScoredRow& b) {
        return a.score != b.score ? a.score > b.score : a.row < b.row;
      });
      Write(row, level, Choose(std::move(rows), room));
    }

    HnswBuilder& builder_;
    HnswGraph& graph_;
    const RowCodes& codes_;
    VisitedRows visited_;
    std::vector<int8_t> code_, other_code_;
    std::vector<uint32_t> ids_;
    std::vector<float> scores_;
  };

  SpinLock& LockOf(uint32_t row) { return locks_[row % locks_.size()]; }

  // The first row of each different code; the others become its copies.
  std::vector<uint32_t> WithoutCopies() {
    std::vector<uint32_t> out;
    absl::flat_hash_map<uint64_t, uint32_t> row_of;
    row_of.reserve(codes_.rows());
    const auto same = [this](uint32_t a, uint32_t b) {
      return codes_.scale(a) == codes_.scale(b) &&
             std::equal(codes_.row(a), codes_.row(a) + codes_.stride(), codes_.row(b));
    };
    for (uint32_t row = 0; row < codes_.rows(); ++row) {
      const auto* code = reinterpret_cast<const char*>(codes_.row(row));
      // By the code's hash, or the next free number after it.
      for (uint64_t place = kernels::Hash64({code, codes_.stride()});; ++place) {
        const auto [it, is_new] = row_of.try_emplace(place, row);
        if (is_new) {
          out.push_back(row);
        } else if (same(it->second, row)) {
          graph_->copies_[it->second].push_back(row);
        } else {
          continue;
        }
        break;
      }
    }
    return out;
  }

  HnswGraph* graph_;
  const RowCodes& codes_;
  const HnswOptions options_;
  std::vector<SpinLock> locks_;
  std::mutex entry_mu_;
};

std::unique_ptr<const HnswGraph> HnswGraph::Build(std::shared_ptr<const RowCodes> codes,
                                                  const HnswOptions& options,
                                                  const std::atomic<bool>& stop) {
  std::unique_ptr<HnswGraph> graph(new HnswGraph(std::move(codes), options));
  if (!HnswBuilder(graph.get(), options).Run(stop)) return nullptr;
  return graph;
}

}  // namespace footnote::retrieval
