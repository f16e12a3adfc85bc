#include "retrieval/search/lexical_query.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <set>
#include <utility>

#include "kernels/base/status_macros.h"
#include "retrieval/index/posting_cursor.h"
#include "retrieval/search/similar_terms.h"

namespace footnote::retrieval {
namespace {

// Most passages are shorter; and the table must cost nothing beside a search.
constexpr uint32_t kTabledLengths = 512;
// Seeking a row costs about as much as looking at this many postings one by one.
constexpr uint64_t kPostingsPerSeek = 32;
// Of a misspelt term: how many may stand for it, and their share of its weight at a
// distance of 1 and of 2.
constexpr size_t kMostSimilar = 3;
// Terms of one query that are looked into: each costs a walk over the index's terms, and a
// query of that many unknown words is no misspelling.
constexpr size_t kMostMisspelt = 16;
constexpr double kShareOfDistance[] = {0.5, 0.25};

// How many rows of `visible` are in the postings of one segment.
uint64_t CountVisible(const LexicalSegment& segment, size_t term, const Visibility& visible) {
  PostingCursor cursor(segment, term);
  uint64_t count = 0;
  uint32_t next = 0;  // the first row that the current block may have
  for (; cursor.Valid(); cursor.NextBlock()) {
    const uint32_t last = cursor.Last(cursor.block());
    const size_t first_row = segment.first_row() + size_t{next};
    const size_t end_row = segment.first_row() + size_t{last} + 1;
    next = last + 1;
    // Where all rows in its reach are visible, or none, a block needn't be decoded.
    if (visible.visible().NextClear(first_row) >= end_row) {
      count += cursor.list().BlockSize(cursor.block());
    } else if (visible.visible().NextSet(first_row) < end_row) {
      for (const uint32_t row : cursor.rows()) {
        count += visible.Test(segment.first_row() + size_t{row}) ? 1 : 0;
      }
    }
  }
  return count;
}

// The same where few rows are visible: each is sought.
uint64_t SeekVisible(const LexicalSegment& segment, size_t term, const Visibility& visible) {
  PostingCursor cursor(segment, term);
  const Bitmap& rows = visible.visible();
  uint64_t count = 0;
  for (size_t row = rows.NextSet(segment.first_row());
       row < std::min<uint64_t>(rows.size(), segment.end_row()); row = rows.NextSet(row + 1)) {
    count += cursor.FrequencyOf(static_cast<uint32_t>(row) - segment.first_row()) > 0 ? 1 : 0;
  }
  return count;
}

uint64_t VisibleChunks(const LexicalIndex& index, const std::string& term,
                       const Visibility& visible) {
  if (visible.sees_all()) return index.Chunks(term);
  uint64_t sum = 0;
  for (const auto& segment : index.segments()) {
    const auto i = segment->Find(term);
    if (!i.has_value()) continue;
    const bool seek = visible.chunks() < segment->chunks(*i) / kPostingsPerSeek;
    sum += seek ? SeekVisible(*segment, *i, visible) : CountVisible(*segment, *i, visible);
  }
  return sum;
}

// Calls fn(i, frequency, length) for each of `rows`, ascending, that has the term.
void ForEachFrequency(const LexicalIndex& index, const std::string& term,
                      absl::Span<const uint32_t> rows,
                      absl::FunctionRef<void(size_t, uint32_t, uint32_t)> fn) {
  size_t i = 0;
  for (const auto& segment : index.segments()) {
    const size_t begin = i;
    while (i < rows.size() && rows[i] < segment->end_row()) ++i;
    if (i == begin) continue;
    const auto found = segment->Find(term);
    if (!found.has_value()) continue;
    PostingCursor cursor(*segment, *found);
    for (size_t j = begin; j < i; ++j) {
      const uint32_t row = rows[j] - segment->first_row();
      if (const uint32_t tf = cursor.FrequencyOf(row); tf > 0) fn(j, tf, segment->length(row));
    }
  }
}

}  // namespace

LexicalQuery::LexicalQuery(const CollectionState* state, const Bm25Options& options,
                           double average_length)
    : state_(state), options_(options), average_length_(average_length) {
  saturations_.resize(kTabledLengths);
  for (uint32_t i = 0; i < kTabledLengths; ++i) saturations_[i] = ComputeSaturation(i);
}

absl::StatusOr<LexicalQuery> LexicalQuery::Make(const CollectionState& state,
                                                const Visibility& visible,
                                                const std::map<std::string, uint32_t>& terms,
                                                const Bm25Options& options,
                                                const std::function<bool()>& cancelled) {
  const double average = visible.chunks() == 0
                             ? 1
                             : std::max(1.0, static_cast<double>(visible.terms()) /
                                                 static_cast<double>(visible.chunks()));
  LexicalQuery out(&state, options, average);
  if (visible.chunks() == 0) return out;
  for (const auto& [text, query_frequency] : terms) {
    if (cancelled && cancelled()) return absl::CancelledError("the search was cancelled");
    FN_RETURN_IF_ERROR(state.words().CheckTerm(text, visible.visible()));
    const uint64_t chunks = std::min(visible.chunks(), VisibleChunks(state.words(), text, visible));
    if (chunks == 0) continue;
    const double idf = Bm25Idf(visible.chunks(), chunks);
    out.terms_.push_back({text, query_frequency, chunks, idf, query_frequency * idf, "", 1});
  }
  return out;
}

// The visible terms of the least distance at which there is one. Nothing is left out
// before it is known who sees it: what is hidden must not push aside what isn't.
absl::StatusOr<std::vector<LexicalQuery::Term>> LexicalQuery::Nearest(
    const Visibility& visible, const std::string& term) const {
  const int most = MaxMisspelling(term);
  std::vector<Term> out;
  if (most == 0) return out;
  const std::vector<SimilarTerm> similar = SimilarTerms(index(), term, most);
  for (int distance = 1; distance <= most && out.empty(); ++distance) {
    for (const SimilarTerm& s : similar) {
      if (s.distance != distance) continue;
      FN_RETURN_IF_ERROR(index().CheckTerm(s.text, visible.visible()));
      const uint64_t chunks = std::min(visible.chunks(), VisibleChunks(index(), s.text, visible));
      if (chunks == 0) continue;
      Term& found = out.emplace_back();
      found.text = s.text;
      found.chunks = chunks;
      found.idf = Bm25Idf(visible.chunks(), chunks);
      found.misspelt = term;
      found.share = kShareOfDistance[distance - 1];
    }
  }
  std::sort(out.begin(), out.end(), [](const Term& a, const Term& b) {
    return a.chunks != b.chunks ? a.chunks > b.chunks : a.text < b.text;
  });
  return out;
}

absl::Status LexicalQuery::AddSimilar(const Visibility& visible,
                                      const std::map<std::string, uint32_t>& terms,
                                      absl::FunctionRef<bool(absl::string_view)> exact,
                                      const std::function<bool()>& cancelled) {
  std::set<std::string> known;
  for (const Term& term : terms_) known.insert(term.text);
  std::map<std::string, Term> added;
  size_t looked_into = 0;
  for (const auto& [text, query_frequency] : terms) {
    if (known.contains(text) || visible.chunks() == 0 || exact(text)) continue;
    if (cancelled && cancelled()) return absl::CancelledError("the search was cancelled");
    if (++looked_into > kMostMisspelt) break;
    FN_ASSIGN_OR_RETURN(std::vector<Term> nearest, Nearest(visible, text));
    if (std::any_of(nearest.begin(), nearest.end(),
                    [&terms](const Term& t) { return terms.contains(t.text); })) {
      continue;
    }
    nearest.resize(std::min(nearest.size(), kMostSimilar));
    for (Term& term : nearest) {
      term.query_frequency = query_frequency;
      term.weight = query_frequency * term.idf * term.share;
      // Of two that it may stand for, the one that it resembles more, or the first.
      Term& kept = added[term.text];
      if (kept.text.empty() || term.share > kept.share) kept = std::move(term);
    }
  }
  for (auto& [text, term] : added) terms_.push_back(std::move(term));
  std::sort(terms_.begin(), terms_.end(),
            [](const Term& a, const Term& b) { return a.text < b.text; });
  return absl::OkStatus();
}

std::vector<double> LexicalQuery::ScoreRows(absl::Span<const uint32_t> rows) const {
  std::vector<double> out(rows.size());
  for (const Term& term : terms_) {
    ForEachFrequency(index(), term.text, rows, [&](size_t i, uint32_t tf, uint32_t length) {
      out[i] += Bm25TermScore(options_, term.weight, tf, Saturation(length));
    });
  }
  return out;
}

std::vector<LexicalExplanation> LexicalQuery::Explain(absl::Span<const uint32_t> rows) const {
  std::vector<size_t> order(rows.size());
  std::iota(order.begin(), order.end(), size_t{0});
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) { return rows[a] < rows[b]; });
  std::vector<uint32_t> ascending;
  ascending.reserve(rows.size());
  for (const size_t i : order) ascending.push_back(rows[i]);
  std::vector<LexicalExplanation> out(rows.size());
  for (size_t i = 0; i < rows.size(); ++i) {
    out[i].length = state_->terms_of_row(rows[i]);
    out[i].average_length = average_length_;
  }
  for (const Term& term : terms_) {
    ForEachFrequency(index(), term.text, ascending, [&](size_t i, uint32_t tf, uint32_t length) {
      out[order[i]].terms.push_back({term.text, term.query_frequency, tf, term.chunks, term.idf,
                                     Bm25LengthNorm(options_, length, average_length_),
                                     Bm25TermScore(options_, term.weight, tf, Saturation(length)),
                                     term.misspelt, term.share});
    });
  }
  return out;
}

}  // namespace footnote::retrieval
