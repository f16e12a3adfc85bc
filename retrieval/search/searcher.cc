#include "retrieval/search/searcher.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "kernels/base/status_macros.h"
#include "kernels/dot.h"
#include "retrieval/filter/boost.h"
#include "retrieval/search/access.h"
#include "retrieval/search/bm25.h"
#include "retrieval/search/booster.h"
#include "retrieval/search/corrections.h"
#include "retrieval/search/dense.h"
#include "retrieval/search/diversity.h"
#include "retrieval/search/fusion.h"
#include "retrieval/search/highlight.h"
#include "retrieval/search/lexical_query.h"
#include "retrieval/search/max_score.h"
#include "retrieval/search/near_duplicates.h"
#include "retrieval/search/passage_reader.h"
#include "retrieval/search/word_constraints.h"

namespace footnote::retrieval {
namespace {

class Searcher {
 public:
  Searcher(const View& view, const CollectionState& state, const SearchRequest& request,
           const ParsedQuery& query, const std::vector<float>& query_vector,
           const transformer::CrossEncoder* reranker, const VectorIndexOptions& index_options,
           std::vector<StageTime> times)
      : state_(state),
        request_(request),
        query_(query),
        query_vector_(query_vector),
        reranker_(reranker),
        index_options_(index_options),
        visible_(state, request.principals,
                 request.filter.has_value() ? &*request.filter : nullptr),
        constraints_(query.clauses, visible_.languages()),
        reader_(view, state) {
    result_.times = std::move(times);
    result_.sequence = view.sequence;
    result_.required = constraints_.required();
    result_.excluded = constraints_.excluded();
  }

  absl::StatusOr<SearchResult> Run() {
    terms_ = QueryTerms(query_.text, visible_.languages());
    if (!constraints_.empty()) FN_RETURN_IF_ERROR(Timed("restrict", &Searcher::Restrict));
    if (request_.mode != SearchMode::kLexical) FN_RETURN_IF_ERROR(Timed("dense", &Searcher::Dense));
    if (request_.mode != SearchMode::kDense) {
      FN_RETURN_IF_ERROR(Timed("lexical", &Searcher::Lexical));
    }
    FN_RETURN_IF_ERROR(Timed("fuse", &Searcher::FuseAndCut));
    if (request_.rerank) FN_RETURN_IF_ERROR(Timed("rerank", &Searcher::Rerank));
    if (request_.fold_similarity > 0) FN_RETURN_IF_ERROR(Timed("fold", &Searcher::Fold));
    if (Diversifies()) FN_RETURN_IF_ERROR(Timed("diversify", &Searcher::Diversify));
    candidates_.resize(std::min(static_cast<size_t>(request_.k), candidates_.size()));
    FN_RETURN_IF_ERROR(Timed("fetch", &Searcher::Fetch));
    if (request_.explain && request_.mode != SearchMode::kDense) {
      FN_RETURN_IF_ERROR(Timed("explain", &Searcher::Explain));
    }
    return std::move(result_);
  }

 private:
  struct RowScore {
    uint32_t row;
    double score;
  };

  bool Cancelled() const { return request_.cancelled && request_.cancelled(); }

  absl::Status Timed(const char* stage, absl::Status (Searcher::*step)()) {
    if (Cancelled()) return absl::CancelledError("the search was cancelled");
    const auto start = std::chrono::steady_clock::now();
    FN_RETURN_IF_ERROR((this->*step)());
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    result_.times.push_back({stage, took.count()});
    return absl::OkStatus();
  }

  size_t Wanted() const {
    const auto k = static_cast<size_t>(request_.k);
    if (request_.mode != SearchMode::kHybrid && !RanksAfterFusion()) return k;
    const size_t n = std::max(k, static_cast<size_t>(request_.candidates));
    return request_.rerank ? std::max(n, static_cast<size_t>(request_.rerank_candidates)) : n;
  }

  bool Diversifies() const { return request_.max_per_document > 0 || request_.mmr_lambda < 1; }
  bool RanksAfterFusion() const {
    return request_.rerank || request_.fold_similarity > 0 || Diversifies();
  }

  // The order of equal scores: by (document id, chunk), which doesn't depend on
  // the order in which documents were written.
  bool RowBefore(uint32_t a, uint32_t b) const {
    const uint32_t slot_a = state_.slot_of_row(a), slot_b = state_.slot_of_row(b);
    if (slot_a == slot_b) return a < b;
    return state_.document(slot_a).id < state_.document(slot_b).id;
  }

  bool Better(const RowScore& a, const RowScore& b) const {
    return a.score != b.score ? a.score > b.score : RowBefore(a.row, b.row);
  }

  // Keeps the best `Wanted()`, in order.
  void Cut(std::vector<RowScore>* found) const {
    const size_t n = std::min(Wanted(), found->size());
    std::partial_sort(found->begin(), found->begin() + static_cast<ptrdiff_t>(n), found->end(),
                      [this](const RowScore& a, const RowScore& b) { return Better(a, b); });
    found->resize(n);
  }

  absl::Status Restrict() { return visible_.Restrict(state_, constraints_, request_.cancelled); }

  absl::Status Dense() {
    try {
      return DenseOrThrow();
    } catch (const std::exception& e) {  // FAISS throws
      return absl::InternalError(absl::StrCat("the vector index failed: ", e.what()));
    }
  }

  absl::Status DenseOrThrow() {
    const size_t count = visible_.selected_chunks();
    const DensePlan plan =
        PlanDense(count, visible_.chunks() == state_.record().chunks, index_options_);
    for (const DenseMatch& found : SearchDense(state_, query_vector_, visible_.selected(), count,
                                               Wanted(), plan, index_options_)) {
      dense_.push_back({found.row, found.score});
    }
    Cut(&dense_);
    return absl::OkStatus();
  }

  absl::Status Lexical() {
    FN_ASSIGN_OR_RETURN(lexical_query_, LexicalQuery::Make(state_, visible_, terms_, Bm25Options(),
                                                           request_.cancelled));
    if (request_.fuzzy) {
      const std::set<std::string> known = OtherTermsOfKnownWords();
      FN_RETURN_IF_ERROR(lexical_query_->AddSimilar(
          visible_, terms_,
          [&](absl::string_view term) {
            return known.contains(std::string(term)) || constraints_.Requires(term);
          },
          request_.cancelled));
    }
    const size_t count = visible_.selected_chunks();
    FN_ASSIGN_OR_RETURN(
        const std::vector<LexicalMatch> found,
        SearchLexical(
            *lexical_query_, visible_.selected(), count, Wanted(),
            PlanLexical(*lexical_query_, count),
            [this](uint32_t a, uint32_t b) { return RowBefore(a, b); }, request_.cancelled));
    for (const LexicalMatch& match : found) lexical_.push_back({match.row, match.score});
    return absl::OkStatus();
  }

  // A word that is there in one language isn't misspelt because another language's term
  // of it is nowhere.
  std::set<std::string> OtherTermsOfKnownWords() const {
    std::set<std::string> out;
    if (visible_.languages().size() < 2) return out;
    for (const std::set<std::string>& terms : QueryWords(query_.text, visible_.languages())) {
      const bool known = std::any_of(
          lexical_query_->terms().begin(), lexical_query_->terms().end(),
          [&terms](const LexicalQuery::Term& term) { return terms.contains(term.text); });
      if (known) out.insert(terms.begin(), terms.end());
    }
    return out;
  }

  // The union of the stages' best. Where a stage hasn't found a passage, its
  // score is computed all the same: a passage that just missed isn't a zero.
  absl::Status FuseAndCut() {
    absl::flat_hash_map<uint32_t, size_t> position;
    const auto candidate = [&](uint32_t row) -> Candidate& {
      const auto [it, is_new] = position.try_emplace(row, candidates_.size());
      if (is_new) candidates_.emplace_back().row = row;
      return candidates_[it->second];
    };
    for (size_t i = 0; i < dense_.size(); ++i) {
      candidate(dense_[i].row).dense = {dense_[i].score, static_cast<int>(i) + 1};
    }
    for (size_t i = 0; i < lexical_.size(); ++i) {
      candidate(lexical_[i].row).lexical = {lexical_[i].score, static_cast<int>(i) + 1};
    }
    if (request_.mode == SearchMode::kHybrid) {
      for (Candidate& c : candidates_) {
        if (c.dense.rank == 0) c.dense.score = Dot(query_vector_.data(), c.row);
      }
      ScoreDenseCandidates();
    }
    const double weight =
        request_.dense_weight.value_or(state_.record().dense_weight.value_or(kDefaultDenseWeight));
    if (request_.mode == SearchMode::kHybrid && request_.fusion == Fusion::kConvex) {
      result_.dense_weight = weight;
    }
    Fuse(request_.mode, request_.fusion, weight, &candidates_);
    FN_RETURN_IF_ERROR(BoostCandidates());
    const size_t n = RanksAfterFusion()
                         ? candidates_.size()
                         : std::min(static_cast<size_t>(request_.k), candidates_.size());
    std::partial_sort(candidates_.begin(), candidates_.begin() + static_cast<ptrdiff_t>(n),
                      candidates_.end(), [this](const Candidate& a, const Candidate& b) {
                        return a.score != b.score ? a.score > b.score : RowBefore(a.row, b.row);
                      });
    candidates_.resize(n);
    for (size_t i = 0; i < n; ++i) {
      candidates_[i].fused = {candidates_[i].score, static_cast<int>(i) + 1};
    }
    return absl::OkStatus();
  }

  absl::Status BoostCandidates() {
    if (request_.boost.empty()) return absl::OkStatus();
    FN_ASSIGN_OR_RETURN(const Boost boost, ParseBoost(request_.boost));
    Booster booster(state_, boost, absl::Now());
    for (Candidate& c : candidates_) {
      c.boost = booster.Of(state_.slot_of_row(c.row));
      c.score = Boosted(c.score, *c.boost);
    }
    return absl::OkStatus();
  }

  // The lexical scores of the candidates that the lexical stage hasn't found.
  void ScoreDenseCandidates() {
    std::vector<std::pair<uint32_t, size_t>> missing;  // row, and where it is
    for (size_t i = 0; i < candidates_.size(); ++i) {
      if (candidates_[i].lexical.rank == 0) missing.emplace_back(candidates_[i].row, i);
    }
    std::sort(missing.begin(), missing.end());
    std::vector<uint32_t> rows;
    rows.reserve(missing.size());
    for (const auto& [row, at] : missing) rows.push_back(row);
    const std::vector<double> scores = lexical_query_->ScoreRows(rows);
    for (size_t i = 0; i < missing.size(); ++i) {
      candidates_[missing[i].second].lexical.score = scores[i];
    }
  }

  // The dot product of a vector and a row's.
  double Dot(const float* vector, uint32_t row) const {
    float score = 0;
    kernels::DotRows(vector, state_.vectors().row(row), 1, state_.record().dim, &score);
    return score;
  }

  // Orders the best of the fused ranking by the cross-encoder; equal scores keep
  // their order.
  absl::Status Rerank() {
    const size_t n = std::min(static_cast<size_t>(request_.rerank_candidates), candidates_.size());
    result_.reranker = reranker_->fingerprint();
    std::vector<std::string> texts;
    texts.reserve(n);
    for (size_t i = 0; i < n; ++i) {
      FN_ASSIGN_OR_RETURN(std::string text, reader_.ReadIndexedText(candidates_[i].row));
      texts.push_back(std::move(text));
    }
    const std::vector<absl::string_view> passages(texts.begin(), texts.end());
    FN_ASSIGN_OR_RETURN(const std::vector<float> scores,
                        reranker_->Score(query_.text, passages, [this] { return Cancelled(); }));
    if (scores.size() != n) {
      return absl::InternalError(
          absl::StrCat("the reranker gave ", scores.size(), " scores for ", n, " passages"));
    }
    for (size_t i = 0; i < n; ++i) candidates_[i].score = scores[i];
    const auto end = candidates_.begin() + static_cast<ptrdiff_t>(n);
    std::stable_sort(candidates_.begin(), end,
                     [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
    for (size_t i = 0; i < n; ++i) {
      candidates_[i].reranked = {candidates_[i].score, static_cast<int>(i) + 1};
    }
    return absl::OkStatus();
  }

  // Texts are read from the best down, and no further than the result needs: where
  // relevance alone orders it, what comes after its last passage can't be in it.
  absl::Status Fold() {
    const size_t wanted =
        request_.mmr_lambda < 1 ? candidates_.size() : static_cast<size_t>(request_.k);
    DuplicateFolder folder(request_.fold_similarity);
    std::vector<Candidate> kept;
    std::vector<size_t> place;  // in `kept`, of each text
    absl::flat_hash_map<uint32_t, int> of_document;
    size_t usable = 0;  // of `kept`, with max_per_document
    for (Candidate& c : candidates_) {
      if (usable == wanted) break;
      if (Cancelled()) return absl::CancelledError("the search was cancelled");
      FN_ASSIGN_OR_RETURN(const std::string text, reader_.ReadText(c.row));
      const auto match = folder.Add(text);
      place.push_back(kept.size());
      if (match.has_value()) {
        kept[place[match->text]].folded.push_back({c.row, match->similarity});
        continue;
      }
      const int same = ++of_document[state_.slot_of_row(c.row)];
      usable += request_.max_per_document == 0 || same <= request_.max_per_document ? 1 : 0;
      kept.push_back(std::move(c));
    }
    candidates_ = std::move(kept);
    return absl::OkStatus();
  }

  absl::Status Diversify() {
    std::vector<DiversityItem> items;
    items.reserve(candidates_.size());
    for (const Candidate& c : candidates_) {
      const int tier = request_.rerank && c.reranked.rank == 0 ? 1 : 0;
      items.push_back({c.score, tier, state_.slot_of_row(c.row)});
    }
    const auto similarity = [this](size_t a, size_t b) {
      return Dot(state_.vectors().row(candidates_[a].row), candidates_[b].row);
    };
    FN_ASSIGN_OR_RETURN(
        const std::vector<DiverseChoice> choices,
        ChooseDiverse(items, {request_.mmr_lambda, request_.max_per_document},
                      static_cast<size_t>(request_.k), similarity, request_.cancelled));
    std::vector<Candidate> chosen;
    for (const DiverseChoice& choice : choices) {
      chosen.push_back(std::move(candidates_[choice.item]));
      chosen.back().diversity = {choice.margin, static_cast<int>(chosen.size())};
    }
    candidates_ = std::move(chosen);
    return absl::OkStatus();
  }

  absl::Status Fetch() {
    std::map<std::string, uint32_t> marked = terms_;
    if (lexical_query_.has_value()) {
      for (const LexicalQuery::Term& term : lexical_query_->terms()) marked.emplace(term.text, 1);
    }
    for (const Candidate& c : candidates_) {
      FN_ASSIGN_OR_RETURN(Hit hit, reader_.ReadHit(c.row));
      hit.score = c.score;
      hit.dense = c.dense;
      hit.lexical = c.lexical;
      hit.fused = c.fused;
      hit.boost = c.boost;
      hit.reranked = c.reranked;
      hit.diversity = c.diversity;
      for (const Candidate::Folded& f : c.folded) {
        FN_ASSIGN_OR_RETURN(FoldedPassage folded, reader_.ReadPlace(f.row));
        folded.similarity = f.similarity;
        hit.folded.push_back(std::move(folded));
      }
      FN_RETURN_IF_ERROR(reader_.AddContext(request_, c.row, &hit));
      hit.highlights = Highlights(hit.text, state_.language(state_.slot_of_row(c.row)), marked);
      result_.hits.push_back(std::move(hit));
    }
    if (lexical_query_.has_value()) {
      result_.corrections =
          Corrections(query_.text, visible_.languages(), lexical_query_->terms(), result_.hits);
    }
    return absl::OkStatus();
  }

  absl::Status Explain() {
    std::vector<uint32_t> rows;
    rows.reserve(candidates_.size());
    for (const Candidate& c : candidates_) rows.push_back(c.row);
    std::vector<LexicalExplanation> explanations = lexical_query_->Explain(rows);
    for (size_t i = 0; i < rows.size(); ++i) {
      result_.hits[i].explanation = std::move(explanations[i]);
    }
    return absl::OkStatus();
  }

  const CollectionState& state_;
  const SearchRequest& request_;
  const ParsedQuery& query_;
  const std::vector<float>& query_vector_;
  const transformer::CrossEncoder* const reranker_;  // not null where the request reranks
  const VectorIndexOptions& index_options_;
  Visibility visible_;
  const WordConstraints constraints_;
  PassageReader reader_;
  std::map<std::string, uint32_t> terms_;
  std::vector<RowScore> dense_, lexical_;      // the best of each stage, in order
  std::optional<LexicalQuery> lexical_query_;  // unless in kDense
  std::vector<Candidate> candidates_;
  SearchResult result_;
};

}  // namespace

absl::StatusOr<SearchResult> RunSearch(const View& view, const CollectionState& state,
                                       const SearchRequest& request, const ParsedQuery& query,
                                       const std::vector<float>& query_vector,
                                       const transformer::CrossEncoder* reranker,
                                       const VectorIndexOptions& index_options,
                                       std::vector<StageTime> times) {
  return Searcher(view, state, request, query, query_vector, reranker, index_options,
                  std::move(times))
      .Run();
}

}  // namespace footnote::retrieval
