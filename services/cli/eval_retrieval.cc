#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "kernels/base/status_macros.h"
#include "retrieval/eval/evaluate.h"
#include "services/cli/commands.h"
#include "services/cli/flags.h"
#include "services/cli/interrupt.h"
#include "services/cli/progress.h"
#include "services/cli/temp_dir.h"

namespace footnote::services::cli {
namespace {

struct Options {
  std::string corpus;
  std::string queries;
  std::string qrels;
  std::string run_file;
  int depth = 1000;
  double dense_weight = AnswerConfig().dense_weight;
  RankingFlags ranking;
  ModelFlags model;
  bool json = false;
};

nlohmann::ordered_json ToJson(const retrieval::EvaluationReport& report, const Options& options) {
  return {{"ndcg@10", report.metrics.ndcg_10},       {"map", report.metrics.map},
          {"mrr@10", report.metrics.mrr_10},         {"recall@10", report.metrics.recall_10},
          {"recall@100", report.metrics.recall_100}, {"queries", report.queries},
          {"documents", report.documents},           {"index_seconds", report.index_seconds},
          {"query_ms_p50", report.query_ms_p50},     {"query_ms_p99", report.query_ms_p99},
          {"mode", ModeName(options.ranking.mode)},  {"depth", options.depth}};
}

void Print(const retrieval::EvaluationReport& report, const Options& options) {
  const retrieval::RankingMetrics& m = report.metrics;
  std::cout << absl::StrFormat(
      "%s, %d queries, %d documents, depth %d\n"
      "nDCG@10    %.4f\nMAP        %.4f\nMRR@10     %.4f\nRecall@10  %.4f\nRecall@100 %.4f\n"
      "indexed in %.1f s; a search takes %.1f ms (median), %.1f ms (99th percentile)\n",
      ModeName(options.ranking.mode), report.queries, report.documents, options.depth, m.ndcg_10,
      m.map, m.mrr_10, m.recall_10, m.recall_100, report.index_seconds, report.query_ms_p50,
      report.query_ms_p99);
}

absl::StatusOr<retrieval::EvaluationReport> Evaluate(const Options& options) {
  retrieval::TestCollection collection;
  // The cheap files first: most mistakes are in them.
  FN_ASSIGN_OR_RETURN(collection.qrels, retrieval::ReadQrels(options.qrels));
  FN_ASSIGN_OR_RETURN(collection.queries, retrieval::ReadBeirQueries(options.queries));
  FN_ASSIGN_OR_RETURN(collection.corpus, retrieval::ReadBeirCorpus(options.corpus));
  FN_ASSIGN_OR_RETURN(const auto embedder, LoadEmbedder(options.model));
  FN_ASSIGN_OR_RETURN(const TempDir store, TempDir::Make());

  const Style style = StyleOf(2);
  InterruptGuard interrupt;
  ProgressLine line(style, std::cerr);
  retrieval::EvaluationOptions evaluation;
  evaluation.mode = options.ranking.mode;
  evaluation.fusion = options.ranking.fusion;
  evaluation.dense_weight = options.dense_weight;
  evaluation.depth = options.depth;
  evaluation.store_dir = store.path();
  evaluation.cancelled = [] { return InterruptGuard::Interrupted(); };
  evaluation.progress = [&](absl::string_view phase, uint64_t done, uint64_t total) {
    line.Update([&] { return FormatCount(phase, done, total, style); });
  };
  return retrieval::EvaluateRetrieval(collection, *embedder, evaluation);
}

absl::StatusOr<Exit> Run(const Options& options) {
  FN_ASSIGN_OR_RETURN(const retrieval::EvaluationReport report, Evaluate(options));
  for (const std::string& warning : report.warnings) std::cerr << "warning: " << warning << "\n";
  if (!options.run_file.empty()) {
    FN_RETURN_IF_ERROR(retrieval::WriteTrecRun(
        options.run_file, report.runs, absl::StrCat("footnote-", ModeName(options.ranking.mode))));
  }
  if (options.json) {
    std::cout << ToJson(report, options).dump() << "\n";
  } else {
    Print(report, options);
  }
  return Exit::kOk;
}

Action Define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("--corpus", options->corpus, "Documents: JSON lines with _id, title, text")
      ->required()
      ->type_name("FILE");
  app.add_option("--queries", options->queries, "Queries: JSON lines with _id, text")
      ->required()
      ->type_name("FILE");
  app.add_option("--qrels", options->qrels,
                 "Judgments: BEIR's 3 columns with a header, or TREC's 4 columns")
      ->required()
      ->type_name("FILE");
  AddRankingFlags(app, &options->ranking);
  app.add_option("--dense-weight", options->dense_weight,
                 "Weight of the dense score in the convex fusion, 0 to 1 (default 0.6)")
      ->check(CLI::Range(0.0, 1.0))
      ->type_name("W");
  app.add_option("--depth", options->depth,
                 "Passages ranked per query, 1 to 1000 (default 1000, as TREC does)")
      ->check(CLI::Range(1, retrieval::kMaxK))
      ->type_name("N");
  AddModelFlags(app, &options->model);
  app.add_option("--run", options->run_file, "Also write the rankings as a TREC run file")
      ->type_name("OUT.trec");
  AddJsonFlag(app, &options->json);
  return [options] { return Run(*options); };
}

}  // namespace

const Command kEvalRetrievalCommand = {
    "eval retrieval", "Measure search on a test collection in BEIR's layout",
    "  footnote eval retrieval --corpus corpus.jsonl.gz --queries queries.jsonl \\\n"
    "      --qrels qrels.tsv --mode hybrid --run hybrid.trec\n"
    "\n"
    "Every input may be gzipped. The figures equal trec_eval's (ndcg_cut_10, map,\n"
    "recip_rank of the first 10, recall_10, recall_100) on the run file. The time of a\n"
    "search is that for its 10 best passages, its query's embedding included.",
    &Define};

}  // namespace footnote::services::cli
