#include "retrieval/search/searcher.h"

#include <algorithm>
#include <chrono>
#include <exception>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "kernels/dot.h"
#include "retrieval/codec/keys.h"
#include "retrieval/codec/records.h"
#include "retrieval/search/access.h"
#include "retrieval/search/bm25.h"
#include "retrieval/search/fusion.h"
#include "retrieval/search/highlight.h"
#include "retrieval/store/document_rows.h"

namespace footnote::retrieval {
namespace {

// A stage hands at least this many passages to fusion.
constexpr size_t kMinCandidates = 200;

class Searcher {
 public:
  Searcher(const View& view, const CollectionState& state, const SearchRequest& request,
           const std::vector<float>& query_vector, std::vector<StageTime> times)
      : view_(view),
        state_(state),
        request_(request),
        query_vector_(query_vector),
        visible_(state, request.principals) {
    result_.times = std::move(times);
    result_.sequence = view.sequence;
  }

  absl::StatusOr<SearchResult> Run() {
    terms_ = QueryTerms(request_.query);
    if (request_.mode != SearchMode::kLexical) FN_RETURN_IF_ERROR(Timed("dense", &Searcher::Dense));
    if (request_.mode != SearchMode::kDense) {
      FN_RETURN_IF_ERROR(Timed("lexical", &Searcher::Lexical));
    }
    FN_RETURN_IF_ERROR(Timed("fuse", &Searcher::FuseAndCut));
    FN_RETURN_IF_ERROR(Timed("fetch", &Searcher::Fetch));
    return std::move(result_);
  }

 private:
  struct RowScore {
    uint32_t row;
    double score;
  };

  absl::Status Timed(const char* stage, absl::Status (Searcher::*step)()) {
    if (request_.cancelled && request_.cancelled()) {
      return absl::CancelledError("the search was cancelled");
    }
    const auto start = std::chrono::steady_clock::now();
    FN_RETURN_IF_ERROR((this->*step)());
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    result_.times.push_back({stage, took.count()});
    return absl::OkStatus();
  }

  size_t Wanted() const {
    const auto k = static_cast<size_t>(request_.k);
    return request_.mode == SearchMode::kHybrid ? std::max(kMinCandidates, k) : k;
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

  absl::Status Dense() {
    try {
      return DenseOrThrow();
    } catch (const std::exception& e) {  // FAISS throws
      return absl::InternalError(absl::StrCat("the vector index failed: ", e.what()));
    }
  }

  absl::Status DenseOrThrow() {
    BitmapSelector selector(&visible_.rows());
    faiss::SearchParameters parameters;
    parameters.sel = &selector;
    const size_t rows = static_cast<size_t>(visible_.chunks());
    // Equal scores must not be cut by row: widen until the last is below the cut.
    for (size_t n = std::min(Wanted() + 1, rows);; n = std::min(2 * n, rows)) {
      std::vector<float> scores(n);
      std::vector<faiss::Index::idx_t> labels(n);
      if (n > 0) {
        state_.vectors().search(1, query_vector_.data(), static_cast<faiss::Index::idx_t>(n),
                                scores.data(), labels.data(), &parameters);
      }
      if (n < rows && n > 0 && scores[Wanted() - 1] == scores[n - 1]) continue;
      dense_.clear();
      for (size_t i = 0; i < n && labels[i] >= 0; ++i) {
        dense_.push_back({static_cast<uint32_t>(labels[i]), scores[i]});
      }
      Cut(&dense_);
      return absl::OkStatus();
    }
  }

  absl::Status Lexical() {
    FN_ASSIGN_OR_RETURN(LexicalScores scores, ScoreLexical(view_.store, state_, visible_, terms_,
                                                           Bm25Options(), request_.cancelled));
    lexical_of_row_ = std::move(scores.score_of_row);
    lexical_.reserve(scores.rows.size());
    for (const uint32_t row : scores.rows) lexical_.push_back({row, lexical_of_row_[row]});
    Cut(&lexical_);
    return absl::OkStatus();
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
        if (c.dense.rank == 0) c.dense.score = DenseScore(c.row);
        if (c.lexical.rank == 0) c.lexical.score = lexical_of_row_[c.row];
      }
    }
    Fuse(request_.mode, request_.fusion, request_.dense_weight, &candidates_);
    const size_t k = std::min(static_cast<size_t>(request_.k), candidates_.size());
    std::partial_sort(candidates_.begin(), candidates_.begin() + static_cast<ptrdiff_t>(k),
                      candidates_.end(), [this](const Candidate& a, const Candidate& b) {
                        return a.score != b.score ? a.score > b.score : RowBefore(a.row, b.row);
                      });
    candidates_.resize(k);
    return absl::OkStatus();
  }

  double DenseScore(uint32_t row) const {
    float score = 0;
    kernels::DotRows(query_vector_.data(), state_.vectors().row(row), 1, state_.record().dim,
                     &score);
    return score;
  }

  absl::Status Fetch() {
    absl::flat_hash_map<uint64_t, DocumentRecord> documents;
    for (const Candidate& c : candidates_) {
      const DocumentEntry& entry = state_.document(state_.slot_of_row(c.row));
      auto it = documents.find(entry.number);
      if (it == documents.end()) {
        FN_ASSIGN_OR_RETURN(
            const std::string value,
            Row(Table::kDocuments, DocumentKey(state_.record().number, entry.number), entry.id));
        FN_ASSIGN_OR_RETURN(DocumentRecord record, DecodeDocument(value));
        it = documents.emplace(entry.number, std::move(record)).first;
      }
      FN_ASSIGN_OR_RETURN(Hit hit, FetchHit(c, entry, it->second));
      result_.hits.push_back(std::move(hit));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::string> Row(Table table, const std::string& key,
                                  const std::string& id) const {
    FN_ASSIGN_OR_RETURN(auto value, view_.store.Get(table, key));
    if (value.has_value()) return *std::move(value);
    return absl::DataLossError(
        absl::StrCat("the store has lost a row of ", id, " in ", TableName(table), "; run verify"));
  }

  absl::StatusOr<Hit> FetchHit(const Candidate& c, const DocumentEntry& entry,
                               const DocumentRecord& document) const {
    const uint32_t collection = state_.record().number;
    Hit hit;
    hit.doc = entry.id;
    hit.title = document.title;
    hit.source = document.source;
    hit.chunk = c.row - entry.first_row;
    FN_ASSIGN_OR_RETURN(
        const std::string value,
        Row(Table::kChunks, ChunkKey(collection, entry.number, hit.chunk), entry.id));
    FN_ASSIGN_OR_RETURN(ChunkRecord chunk, DecodeChunk(value));
    if (chunk.chunk.begin > chunk.chunk.end || chunk.chunk.end > document.text_bytes) {
      return absl::DataLossError(
          absl::StrCat("chunk ", hit.chunk, " of ", entry.id, " leaves its text; run verify"));
    }
    hit.heading_path = std::move(chunk.chunk.heading_path);
    hit.anchor = std::move(chunk.anchor);
    hit.begin = chunk.chunk.begin;
    hit.end = chunk.chunk.end;
    FN_ASSIGN_OR_RETURN(hit.text,
                        ReadText(view_.store, collection, entry.number, hit.begin, hit.end));
    hit.score = c.score;
    hit.dense = c.dense;
    hit.lexical = c.lexical;
    hit.highlights = Highlights(hit.text, terms_);
    return hit;
  }

  const View& view_;
  const CollectionState& state_;
  const SearchRequest& request_;
  const std::vector<float>& query_vector_;
  const Visibility visible_;
  std::map<std::string, uint32_t> terms_;
  std::vector<RowScore> dense_, lexical_;  // the best of each stage, in order
  std::vector<double> lexical_of_row_;
  std::vector<Candidate> candidates_;
  SearchResult result_;
};

}  // namespace

absl::Status CheckRequest(const SearchRequest& request) {
  if (request.k < 1 || request.k > kMaxK) {
    return absl::InvalidArgumentError(
        absl::StrCat("k is ", request.k, "; it must be from 1 to ", kMaxK));
  }
  if (!(request.dense_weight >= 0 && request.dense_weight <= 1)) {
    return absl::InvalidArgumentError(
        absl::StrCat("dense_weight is ", request.dense_weight, "; it must be from 0 to 1"));
  }
  if (absl::StripAsciiWhitespace(request.query).empty()) {
    return absl::InvalidArgumentError("the query is empty; say what to look for");
  }
  if (request.query.size() > kMaxQueryBytes) {
    return absl::InvalidArgumentError(absl::StrCat("the query has ", request.query.size(),
                                                   " bytes; at most ", kMaxQueryBytes,
                                                   " are allowed, so shorten it"));
  }
  return absl::OkStatus();
}

absl::StatusOr<SearchResult> RunSearch(const View& view, const CollectionState& state,
                                       const SearchRequest& request,
                                       const std::vector<float>& query_vector,
                                       std::vector<StageTime> times) {
  return Searcher(view, state, request, query_vector, std::move(times)).Run();
}

}  // namespace footnote::retrieval
