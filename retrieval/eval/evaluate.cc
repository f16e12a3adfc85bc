#include "retrieval/eval/evaluate.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <memory>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "retrieval/eval/fusion_weight.h"
#include "transformer/text/detect_language.h"

namespace footnote::retrieval {
namespace {

using Clock = std::chrono::steady_clock;

// Documents embedded and written at once: enough to fill the encoder's
// batches, little enough to show progress and to be cancelled soon.
constexpr size_t kDocumentsPerWrite = 512;
constexpr int kTimedK = 10;

double SecondsSince(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

bool IsBlank(absl::string_view text) { return absl::StripAsciiWhitespace(text).empty(); }

// The document as the engine takes it. A document of only a title has it as
// its text: a passage needs bytes to quote.
DocumentWrite MakeWrite(const CorpusDocument& source) {
  const bool only_title = IsBlank(source.text);
  DocumentWrite write;
  write.document.id = source.id;
  write.document.collection = kDefaultCollection;
  write.document.title = source.title;
  write.document.source = source.id;
  write.document.text = only_title ? source.title : source.text;
  const auto size = static_cast<uint32_t>(write.document.text.size());
  std::string language = transformer::DetectLanguage(write.document.text);
  if (!language.empty()) write.document.metadata.emplace(kLanguageKey, std::move(language));
  write.document.blocks.push_back({BlockKind::kParagraph, 0, 0, size, ""});
  Chunk chunk;
  chunk.end = size;
  chunk.heading_path = only_title ? "" : source.title;
  write.chunks.push_back(std::move(chunk));
  return write;
}

// One evaluation at work.
class Evaluation {
 public:
  Evaluation(const TestCollection& collection, const transformer::Embedder& embedder,
             const EvaluationOptions& options)
      : collection_(collection), embedder_(embedder), options_(options) {}

  absl::StatusOr<EvaluationReport> Run() {
    if (options_.depth < 1 || options_.depth > kMaxK) {
      return absl::InvalidArgumentError(absl::StrCat("depth must be 1 to ", kMaxK));
    }
    if (options_.learn_weight &&
        (options_.mode != SearchMode::kHybrid || options_.fusion != Fusion::kConvex)) {
      return absl::InvalidArgumentError(
          "a weight is learned for the convex combination: mode hybrid, fusion convex");
    }
    FN_RETURN_IF_ERROR(CheckCollection());
    if (options_.learn_weight && queries_.size() < kLeastJudgedQueries) {
      return absl::InvalidArgumentError(absl::StrCat(queries_.size(), " queries have judgments; ",
                                                     kLeastJudgedQueries,
                                                     " are the fewest to learn a weight from"));
    }
    EngineOptions engine_options;
    engine_options.data_dir = options_.store_dir;
    engine_options.create_if_missing = true;
    engine_options.sync_writes = false;
    engine_options.reranker = options_.reranker;
    FN_ASSIGN_OR_RETURN(engine_, Engine::Open(engine_options, &embedder_));
    FN_RETURN_IF_ERROR(Index());
    if (options_.learn_weight) FN_RETURN_IF_ERROR(LearnWeights());
    FN_RETURN_IF_ERROR(SearchAll());
    return std::move(report_);
  }

 private:
  bool Cancelled() const { return options_.cancelled && options_.cancelled(); }
  void Progress(absl::string_view phase, uint64_t done, uint64_t total) const {
    if (options_.progress) options_.progress(phase, done, total);
  }
  void Warn(std::string warning) { report_.warnings.push_back(std::move(warning)); }

  // Chooses the queries that have judgments and warns of what doesn't fit.
  absl::Status CheckCollection() {
    absl::flat_hash_set<std::string> corpus_ids;
    for (const CorpusDocument& document : collection_.corpus) corpus_ids.insert(document.id);
    int64_t unknown_documents = 0;
    int without_relevant = 0;
    absl::flat_hash_set<std::string> query_ids;
    for (const EvalQuery& query : collection_.queries) {
      query_ids.insert(query.id);
      const auto judgments = collection_.qrels.find(query.id);
      if (judgments == collection_.qrels.end()) continue;
      queries_.push_back(&query);
      bool any_relevant = false;
      for (const auto& [doc, grade] : judgments->second) {
        any_relevant |= grade > 0;
        unknown_documents += !corpus_ids.contains(doc);
      }
      without_relevant += !any_relevant;
    }
    if (queries_.empty()) {
      return absl::InvalidArgumentError(
          "no query has judgments: do the queries and the qrels belong together?");
    }
    const auto unknown_queries =
        std::count_if(collection_.qrels.begin(), collection_.qrels.end(),
                      [&](const auto& entry) { return !query_ids.contains(entry.first); });
    if (unknown_queries > 0) {
      Warn(absl::StrCat(unknown_queries, " queries of the qrels are not among the queries"));
    }
    if (queries_.size() < collection_.queries.size()) {
      Warn(absl::StrCat(collection_.queries.size() - queries_.size(),
                        " queries have no judgments and are left out"));
    }
    if (unknown_documents > 0) {
      Warn(absl::StrCat(unknown_documents, " judged documents are not in the corpus"));
    }
    if (without_relevant > 0) {
      Warn(absl::StrCat(without_relevant, " queries have no relevant document and score 0"));
    }
    report_.queries = static_cast<int>(queries_.size());
    return absl::OkStatus();
  }

  absl::Status Index() {
    const Clock::time_point start = Clock::now();
    const size_t total = collection_.corpus.size();
    for (size_t i = 0; i < total; i += kDocumentsPerWrite) {
      Progress("indexing", i, total);
      const auto sources = absl::MakeConstSpan(collection_.corpus)
                               .subspan(i, std::min(kDocumentsPerWrite, total - i));
      FN_RETURN_IF_ERROR(IndexSome(sources));
    }
    Progress("indexing", total, total);
    report_.index_seconds = SecondsSince(start);
    const size_t empty = total - report_.documents;
    if (empty > 0) Warn(absl::StrCat(empty, " documents are empty and can't be found"));
    if (report_.documents == 0) {
      return absl::InvalidArgumentError("every document of the corpus is empty");
    }
    return absl::OkStatus();
  }

  absl::Status IndexSome(absl::Span<const CorpusDocument> sources) {
    std::vector<DocumentWrite> writes;
    std::vector<std::string> texts;
    for (const CorpusDocument& source : sources) {
      if (IsBlank(source.title) && IsBlank(source.text)) continue;
      writes.push_back(MakeWrite(source));
      texts.push_back(IndexedText(writes.back().document, writes.back().chunks[0]));
    }
    if (writes.empty()) return absl::OkStatus();
    const std::vector<absl::string_view> views(texts.begin(), texts.end());
    FN_ASSIGN_OR_RETURN(const transformer::Embeddings embeddings,
                        embedder_.Embed(views, [this] { return Cancelled(); }));
    for (size_t i = 0; i < writes.size(); ++i) {
      const auto row = embeddings.row(static_cast<int>(i));
      writes[i].vectors.assign(row.begin(), row.end());
      writes[i].chunks[0].tokens = embedder_.CountTokens(texts[i]);
    }
    FN_RETURN_IF_ERROR(engine_->Apply(writes).status());
    report_.documents += static_cast<int>(writes.size());
    return absl::OkStatus();
  }

  SearchRequest RequestOf(const EvalQuery& query) const {
    SearchRequest request;
    static_cast<RankingOptions&>(request) = options_;
    request.query = query.text;
    request.cancelled = options_.cancelled;
    return request;
  }

  absl::Status LearnWeights() {
    std::vector<WeightCurve> curves;
    for (size_t i = 0; i < queries_.size(); ++i) {
      if (Cancelled()) return absl::CancelledError("the evaluation was cancelled");
      Progress("learning", i, queries_.size());
      FN_ASSIGN_OR_RETURN(
          const WeightCurve curve,
          MeasureWeights(*engine_, RequestOf(*queries_[i]), collection_.qrels.at(queries_[i]->id)));
      curves.push_back(curve);
    }
    report_.learned_weights = LearnHeldOut(curves, options_.seed);
    return absl::OkStatus();
  }

  absl::Status SearchAll() {
    std::vector<RankingMetrics> metrics;
    std::vector<double> milliseconds;
    for (size_t i = 0; i < queries_.size(); ++i) {
      if (Cancelled()) return absl::CancelledError("the evaluation was cancelled");
      Progress("searching", i, queries_.size());
      SearchRequest request = RequestOf(*queries_[i]);
      if (options_.learn_weight) request.dense_weight = report_.learned_weights[i];
      request.k = kTimedK;
      const Clock::time_point start = Clock::now();
      FN_RETURN_IF_ERROR(engine_->Search(request).status());
      milliseconds.push_back(SecondsSince(start) * 1e3);

      request.k = options_.depth;
      FN_ASSIGN_OR_RETURN(const SearchResult result, engine_->Search(request));
      report_.reranker = result.reranker;
      QueryRun run = {queries_[i]->id, {}};
      std::vector<std::string> ranking;
      for (const Hit& hit : result.hits) {
        run.ranking.push_back({hit.doc, hit.score});
        ranking.push_back(hit.doc);
      }
      metrics.push_back(ScoreRanking(collection_.qrels.at(run.query), ranking));
      report_.per_query.push_back({run.query, metrics.back()});
      report_.runs.push_back(std::move(run));
    }
    Progress("searching", queries_.size(), queries_.size());
    report_.metrics = MeanOf(metrics);
    report_.query_ms_p50 = Percentile(milliseconds, 0.50);
    report_.query_ms_p99 = Percentile(milliseconds, 0.99);
    return absl::OkStatus();
  }

  const TestCollection& collection_;
  const transformer::Embedder& embedder_;
  const EvaluationOptions& options_;
  std::vector<const EvalQuery*> queries_;
  std::unique_ptr<Engine> engine_;
  EvaluationReport report_;
};

}  // namespace

absl::StatusOr<EvaluationReport> EvaluateRetrieval(const TestCollection& collection,
                                                   const transformer::Embedder& embedder,
                                                   const EvaluationOptions& options) {
  return Evaluation(collection, embedder, options).Run();
}

double Percentile(std::vector<double> values, double fraction) {
  if (values.empty()) return 0;
  const double rank = std::ceil(fraction * static_cast<double>(values.size()));
  const auto index = static_cast<size_t>(std::max(1.0, rank)) - 1;
  std::nth_element(values.begin(), values.begin() + index, values.end());
  return values[index];
}

}  // namespace footnote::retrieval
