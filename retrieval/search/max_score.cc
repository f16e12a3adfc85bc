#include "retrieval/search/max_score.h"

#include <algorithm>
#include <bit>
#include <deque>
#include <utility>

#include "retrieval/index/lexical_bounds.h"
#include "retrieval/index/posting_cursor.h"
#include "retrieval/search/top_rows.h"

namespace footnote::retrieval {
namespace {

// Rows of a window: few enough that bounds are tight and sums stay in the first-level
// cache, many enough that planning one costs little beside it.
constexpr uint32_t kWindow = 2048;
// A list whose block reaches farther than this is decoded to find its next row.
constexpr uint32_t kSparseReach = 1024;
// Sums in another order than the score's differ from it by less.
constexpr double kSlack = 1 - 1e-9;
constexpr uint32_t kNoBlock = UINT32_MAX;
constexpr size_t kFewClauses = 16;

// A term of the query in the segment at hand.
struct Clause {
  Clause(const LexicalSegment& segment, size_t number, const LexicalQuery::Term& term, size_t index)
      : index(index), weight(term.weight), cursor(segment, number), exact(segment, number) {}

  size_t index;  // in the query: scores are added in this order
  double weight;
  double list_bound = 0;    // of any row's score
  double window_bound = 0;  // of any in the window
  uint32_t bounded_block = kNoBlock;
  double block_bound = 0;  // of bounded_block
  PostingCursor cursor;    // of finding rows
  PostingCursor exact;     // of adding up a found row's score
};

// The rows of a window that essential terms have found. Left as it was taken: all zero.
struct WindowSums {
  double sum[kWindow] = {};             // of the row at this place
  uint64_t touched[kWindow / 64] = {};  // which have one
};

class SegmentSearch {
 public:
  SegmentSearch(const LexicalQuery& query, const Bitmap& selected, const LexicalSegment& segment,
                WindowSums* window, TopRows<LexicalMatch>* top)
      : query_(query), selected_(selected), segment_(segment), window_(*window), top_(*top) {
    const Bm25Options& o = query.options();
    scorer_.at_zero = static_cast<float>(o.k1 * (1 - o.b));
    scorer_.by_length = static_cast<float>(o.k1 * o.b / query.average_length());
    scorer_.scale = static_cast<float>(o.k1 + 1);
    const std::vector<LexicalQuery::Term>& terms = query.terms();
    for (size_t i = 0; i < terms.size(); ++i) {
      const auto number = segment.Find(terms[i].text);
      if (!number.has_value() || segment.chunks(*number) == 0) continue;
      clauses_.emplace_back(segment, *number, terms[i], i);
      SetListBound(&clauses_.back());
    }
    for (Clause& c : clauses_) order_.push_back(&c);
    sums_.resize(order_.size());
  }

  // Whether it ran to its end.
  bool Run(const std::function<bool()>& cancelled) {
    uint32_t windows = 0;
    for (uint64_t begin = NextRow(0); begin < segment_.rows();) {
      if (++windows % 64 == 0 && cancelled && cancelled()) return false;
      begin_ = static_cast<uint32_t>(begin);
      end_ = static_cast<uint32_t>(std::min<uint64_t>(begin + kWindow, segment_.rows()));
      if (PlanWindow()) {
        if (essential_ + 1 == order_.size()) {
          ScanOne(order_.back());
        } else {
          ScanMany();
        }
      }
      begin = NextRow(end_);
    }
    return true;
  }

 private:
  double Threshold() const { return top_.threshold() * kSlack; }
  double Score(const Clause& c, uint32_t row, uint32_t frequency) const {
    return Bm25TermScore(query_.options(), c.weight, frequency,
                         query_.Saturation(segment_.length(row)));
  }

  void SetListBound(Clause* c) {
    if (c->cursor.list().has_table()) {
      c->list_bound = c->weight * scorer_.Score(c->cursor.list().list_bounds());
      return;
    }
    const auto rows = c->cursor.rows();
    const uint32_t* frequencies = c->cursor.frequencies();
    for (size_t i = 0; i < rows.size(); ++i) {
      c->list_bound = std::max(c->list_bound, Score(*c, rows[i], frequencies[i]));
    }
  }

  double BoundOf(Clause* c, uint32_t block) const {
    if (!c->cursor.list().has_table()) return c->list_bound;
    if (c->bounded_block != block) {
      c->bounded_block = block;
      c->block_bound = c->weight * scorer_.Score(c->cursor.list().bounds(block));
    }
    return c->block_bound;
  }

  // Sorts the clauses by `bound`, sums them up, and sets essential_: those before it
  // don't reach the threshold together.
  void Partition(double Clause::*bound) {
    if (order_.size() > kFewClauses) {
      std::sort(order_.begin(), order_.end(),
                [bound](const Clause* a, const Clause* b) { return a->*bound < b->*bound; });
    } else {  // mostly sorted already
      for (size_t i = 1; i < order_.size(); ++i) {
        for (size_t j = i; j > 0 && order_[j]->*bound < order_[j - 1]->*bound; --j) {
          std::swap(order_[j], order_[j - 1]);
        }
      }
    }
    const double threshold = Threshold();
    double sum = 0;
    essential_ = order_.size();
    for (size_t i = 0; i < order_.size(); ++i) {
      sum += order_[i]->*bound;
      sums_[i] = sum;
      if (sum >= threshold && essential_ == order_.size()) essential_ = i;
    }
  }

  // The first row at or after `from` that may be among the best; the number of rows if
  // there is none.
  uint64_t NextRow(uint32_t from) {
    Partition(&Clause::list_bound);
    uint64_t next = segment_.rows();
    for (size_t i = essential_; i < order_.size() && next > from; ++i) {
      PostingCursor& cursor = order_[i]->cursor;
      cursor.SeekBlock(from);
      if (!cursor.Valid()) continue;
      if (cursor.list().has_table() && cursor.Last(cursor.block()) - from <= kSparseReach) {
        next = from;
      } else {
        const auto rows = cursor.rows();
        next = std::min<uint64_t>(next, *std::lower_bound(rows.begin(), rows.end(), from));
      }
    }
    return next;
  }

  // Whether a row of the window may be among the best.
  bool PlanWindow() {
    for (Clause* c : order_) {
      c->cursor.SeekBlock(begin_);
      c->window_bound = 0;
      for (uint32_t b = c->cursor.block(); b < c->cursor.list().blocks(); ++b) {
        c->window_bound = std::max(c->window_bound, BoundOf(c, b));
        if (c->cursor.Last(b) >= end_ - 1) break;
      }
    }
    Partition(&Clause::window_bound);
    return essential_ < order_.size();
  }

  // The bound of the clauses before the i-th together.
  double SumBefore(size_t i) const { return i == 0 ? 0 : sums_[i - 1]; }

  // Where one clause must be there: its rows, one by one.
  void ScanOne(Clause* c) {
    const double rest = SumBefore(essential_);
    const double scale = query_.options().k1 + 1;
    PostingCursor& cursor = c->cursor;
    for (; cursor.Valid(); cursor.NextBlock()) {
      double needed = Threshold() - rest;
      if (BoundOf(c, cursor.block()) >= needed) {
        const auto rows = cursor.rows();
        const uint32_t* frequencies = cursor.frequencies();
        size_t i = std::lower_bound(rows.begin(), rows.end(), begin_) - rows.begin();
        for (; i < rows.size() && rows[i] < end_; ++i) {
          const uint32_t row = rows[i];
          const double saturation = query_.Saturation(segment_.length(row));
          const double tf = frequencies[i];
          // score < needed, without dividing
          if (c->weight * tf * scale < needed * (tf + saturation) * kSlack) continue;
          if (!selected_.Test(segment_.first_row() + size_t{row})) continue;
          found_.clear();
          found_.emplace_back(c->index, Score(*c, row, frequencies[i]));
          if (AddRest(row, found_.back().second) < Threshold()) continue;
          std::sort(found_.begin(), found_.end());
          double score = 0;
          for (const auto& [index, part] : found_) score += part;
          top_.Offer({segment_.first_row() + row, score});
          needed = Threshold() - rest;
        }
      }
      if (cursor.Last(cursor.block()) >= end_ - 1) return;
    }
  }

  // Adds the clauses before the essential ones to a row's sum, the greatest bound first;
  // stops where it can't reach the threshold any more. Notes the parts in found_.
  double AddRest(uint32_t row, double sum) {
    const double threshold = Threshold();
    for (size_t i = essential_; i-- > 0 && order_[i]->window_bound > 0;) {
      if (sum + sums_[i] < threshold) return sum;
      Clause* c = order_[i];
      c->cursor.SeekBlock(row);
      if (!c->cursor.Valid()) continue;
      if (sum + BoundOf(c, c->cursor.block()) + SumBefore(i) < threshold) return sum;
      if (const uint32_t tf = c->cursor.FrequencyOf(row); tf > 0) {
        found_.emplace_back(c->index, Score(*c, row, tf));
        sum += found_.back().second;
      }
    }
    return sum;
  }

  // Where one of several must be there: their sums over the window.
  void ScanMany() {
    for (size_t i = essential_; i < order_.size(); ++i) Accumulate(order_[i]);
    const double rest = SumBefore(essential_);
    for (size_t w = 0; w < kWindow / 64; ++w) {
      for (uint64_t bits = std::exchange(window_.touched[w], 0); bits != 0; bits &= bits - 1) {
        const uint32_t at = static_cast<uint32_t>(64 * w + std::countr_zero(bits));
        const double sum = std::exchange(window_.sum[at], 0.0);
        if (sum + rest < Threshold()) continue;
        const uint32_t row = begin_ + at;
        if (!selected_.Test(segment_.first_row() + size_t{row})) continue;
        found_.clear();
        if (AddRest(row, sum) >= Threshold()) OfferExact(row);
      }
    }
  }

  void Accumulate(Clause* c) {
    PostingCursor& cursor = c->cursor;
    for (; cursor.Valid(); cursor.NextBlock()) {
      const auto rows = cursor.rows();
      const uint32_t* frequencies = cursor.frequencies();
      size_t i = std::lower_bound(rows.begin(), rows.end(), begin_) - rows.begin();
      for (; i < rows.size() && rows[i] < end_; ++i) {
        const uint32_t at = rows[i] - begin_;
        window_.sum[at] += Score(*c, rows[i], frequencies[i]);
        window_.touched[at / 64] |= uint64_t{1} << (at % 64);
      }
      if (cursor.Last(cursor.block()) >= end_ - 1) return;
    }
  }

  // With the score's own order of summation.
  void OfferExact(uint32_t row) {
    double score = 0;
    for (Clause& c : clauses_) {
      if (const uint32_t tf = c.exact.FrequencyOf(row); tf > 0) score += Score(c, row, tf);
    }
    top_.Offer({segment_.first_row() + row, score});
  }

  const LexicalQuery& query_;
  const Bitmap& selected_;
  const LexicalSegment& segment_;
  WindowSums& window_;
  TopRows<LexicalMatch>& top_;
  BoundScorer scorer_;
  std::deque<Clause> clauses_;    // in the query's order
  std::vector<Clause*> order_;    // by rising bound
  std::vector<double> sums_;      // of the bounds of order_ up to each
  size_t essential_ = 0;          // order_ from here on: one of them must be in a row
  uint32_t begin_ = 0, end_ = 0;  // the window
  std::vector<std::pair<size_t, double>> found_;  // clause and part of the row at hand
};

}  // namespace

LexicalPlan PlanLexical(const LexicalQuery& query, size_t selected) {
  // A look-up costs about as much as walking over this many postings.
  constexpr uint64_t kPostingsPerSeek = 32;
  uint64_t postings = 0;
  for (const LexicalQuery::Term& term : query.terms()) postings += term.chunks;
  return selected * query.terms().size() < postings / kPostingsPerSeek ? LexicalPlan::kSeek
                                                                       : LexicalPlan::kScan;
}

absl::StatusOr<std::vector<LexicalMatch>> SearchLexical(
    const LexicalQuery& query, const Bitmap& selected, size_t count, size_t n, LexicalPlan plan,
    absl::FunctionRef<bool(uint32_t, uint32_t)> before, const std::function<bool()>& cancelled) {
  TopRows<LexicalMatch> top(std::min(n, count), before);
  if (query.terms().empty() || n == 0 || count == 0) return std::vector<LexicalMatch>();
  if (plan == LexicalPlan::kSeek) {
    std::vector<uint32_t> rows;
    rows.reserve(count);
    for (size_t row = selected.NextSet(0); row < selected.size(); row = selected.NextSet(row + 1)) {
      rows.push_back(static_cast<uint32_t>(row));
    }
    const std::vector<double> scores = query.ScoreRows(rows);
    for (size_t i = 0; i < rows.size(); ++i) {
      if (scores[i] > 0) top.Offer({rows[i], scores[i]});
    }
    return std::move(top).Take();
  }
  WindowSums window;
  for (const auto& segment : query.index().segments()) {
    if (!SegmentSearch(query, selected, *segment, &window, &top).Run(cancelled)) {
      return absl::CancelledError("the search was cancelled");
    }
  }
  return std::move(top).Take();
}

}  // namespace footnote::retrieval
