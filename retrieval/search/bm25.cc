#include "retrieval/search/bm25.h"

#include <cmath>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "retrieval/codec/keys.h"
#include "retrieval/codec/records.h"
#include "transformer/text/analyzer.h"

namespace footnote::retrieval {
namespace {

struct Match {
  uint32_t row;
  uint32_t frequency;
};

// Walks the documents of a posting list, whose numbers ascend as slots do.
class SlotCursor {
 public:
  explicit SlotCursor(const CollectionState& state) : state_(state) {}

  // The entry of a document; null if the state doesn't have it.
  const DocumentEntry* Find(uint64_t number) {
    // Frequent terms hit neighbours: a few steps before a search.
    for (int i = 0; i < 8 && slot_ < state_.slots(); ++i, ++slot_) {
      const DocumentEntry& entry = state_.document(slot_);
      if (entry.number >= number) return entry.number == number ? &entry : nullptr;
    }
    const std::optional<size_t> slot = state_.SlotOf(number);
    if (!slot.has_value()) return nullptr;
    slot_ = *slot;
    return &state_.document(slot_);
  }

 private:
  const CollectionState& state_;
  size_t slot_ = 0;
};

// The visible chunks that have `term`.
absl::Status ReadPostings(const StoreView& store, const CollectionState& state,
                          const Visibility& visible, const std::string& term,
                          std::vector<Match>* matches) {
  const std::string prefix = TermPrefix(state.record().number, term);
  SlotCursor cursor(state);
  PostingRecord posting;
  auto scan = store.NewScan(Table::kPostings, prefix, /*whole=*/false);
  for (; scan->Valid(); scan->Next()) {
    FN_ASSIGN_OR_RETURN(const ParsedPostingKey key, ParsePostingKey(scan->key()));
    const DocumentEntry* entry = cursor.Find(key.number);
    // A document without a visible chunk isn't decoded.
    if (entry == nullptr || entry->chunks == 0 || !visible.Test(entry->first_row)) continue;
    FN_RETURN_IF_ERROR(DecodePosting(scan->value(), &posting));
    for (const Occurrence& o : posting) {
      if (o.ordinal >= entry->chunks) {
        return absl::DataLossError(absl::StrCat("the posting of \"", term, "\" names chunk ",
                                                o.ordinal, " of ", entry->id, ", which has ",
                                                entry->chunks, "; run verify"));
      }
      matches->push_back({entry->first_row + o.ordinal, o.frequency});
    }
  }
  return scan->Check();
}

// The visible chunks' mean length in terms.
double AverageLength(const Visibility& visible) {
  return std::max(1.0,
                  static_cast<double>(visible.terms()) / static_cast<double>(visible.chunks()));
}

// One term of a query and the visible chunks that have it.
struct TermMatches {
  const std::string& term;
  uint32_t query_frequency;
  double idf;  // of the term, once
  absl::Span<const Match> matches;
};

// Calls `fn` for each term in order. Precondition: a chunk is visible.
absl::Status ForEachTerm(const StoreView& store, const CollectionState& state,
                         const Visibility& visible, const std::map<std::string, uint32_t>& terms,
                         const std::function<bool()>& cancelled,
                         absl::FunctionRef<void(const TermMatches&)> fn) {
  std::vector<Match> matches;
  for (const auto& [term, query_frequency] : terms) {
    if (cancelled && cancelled()) return absl::CancelledError("the search was cancelled");
    matches.clear();
    FN_RETURN_IF_ERROR(ReadPostings(store, state, visible, term, &matches));
    fn({term, query_frequency, Bm25Idf(visible.chunks(), matches.size()), matches});
  }
  return absl::OkStatus();
}

double LengthNorm(const Bm25Options& options, uint32_t length, double average_length) {
  return 1 - options.b + options.b * length / average_length;
}

}  // namespace

double Bm25Idf(uint64_t chunks, uint64_t df) {
  const auto n = static_cast<double>(chunks), f = static_cast<double>(df);
  return std::log1p((n - f + 0.5) / (f + 0.5));
}

double Bm25TermScore(const Bm25Options& options, double idf, uint32_t tf, uint32_t length,
                     double average_length) {
  const double norm = LengthNorm(options, length, average_length);
  return idf * tf * (options.k1 + 1) / (tf + options.k1 * norm);
}

std::map<std::string, uint32_t> QueryTerms(absl::string_view query) {
  std::map<std::string, uint32_t> terms;
  for (transformer::Term& term : transformer::AnalyzeEnglish(query)) ++terms[std::move(term.text)];
  return terms;
}

absl::StatusOr<LexicalScores> ScoreLexical(const StoreView& store, const CollectionState& state,
                                           const Visibility& visible,
                                           const std::map<std::string, uint32_t>& terms,
                                           const Bm25Options& options,
                                           const std::function<bool()>& cancelled) {
  LexicalScores out;
  out.score_of_row.assign(state.rows(), 0.0);
  if (visible.chunks() == 0) return out;
  const double average = AverageLength(visible);
  FN_RETURN_IF_ERROR(
      ForEachTerm(store, state, visible, terms, cancelled, [&](const TermMatches& found) {
        const double idf = found.query_frequency * found.idf;
        for (const Match& m : found.matches) {
          if (!visible.selected().Test(m.row)) continue;
          double& score = out.score_of_row[m.row];
          if (score == 0) out.rows.push_back(m.row);
          score += Bm25TermScore(options, idf, m.frequency, state.terms_of_row(m.row), average);
        }
      }));
  return out;
}

absl::StatusOr<std::vector<LexicalExplanation>> ExplainLexical(
    const StoreView& store, const CollectionState& state, const Visibility& visible,
    const std::map<std::string, uint32_t>& terms, const Bm25Options& options,
    absl::Span<const uint32_t> rows, const std::function<bool()>& cancelled) {
  std::vector<LexicalExplanation> out(rows.size());
  if (rows.empty() || visible.chunks() == 0) return out;
  const double average = AverageLength(visible);
  absl::flat_hash_map<uint32_t, size_t> place;
  for (size_t i = 0; i < rows.size(); ++i) {
    place.emplace(rows[i], i);
    out[i].length = state.terms_of_row(rows[i]);
    out[i].average_length = average;
  }
  FN_RETURN_IF_ERROR(
      ForEachTerm(store, state, visible, terms, cancelled, [&](const TermMatches& found) {
        for (const Match& m : found.matches) {
          const auto it = place.find(m.row);
          if (it == place.end()) continue;
          const uint32_t length = state.terms_of_row(m.row);
          out[it->second].terms.push_back({found.term, found.query_frequency, m.frequency,
                                           found.matches.size(), found.idf,
                                           LengthNorm(options, length, average),
                                           Bm25TermScore(options, found.query_frequency * found.idf,
                                                         m.frequency, length, average)});
        }
      }));
  return out;
}

}  // namespace footnote::retrieval
