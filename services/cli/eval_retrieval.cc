#include <algorithm>
#include <cerrno>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "kernels/base/status_macros.h"
#include "retrieval/eval/compare.h"
#include "retrieval/eval/evaluate.h"
#include "retrieval/eval/significance.h"
#include "retrieval/eval/trec_run.h"
#include "services/cli/commands.h"
#include "services/cli/flags.h"
#include "services/cli/interrupt.h"
#include "services/cli/progress.h"
#include "services/cli/ranking_flags.h"
#include "services/cli/temp_dir.h"
#include "services/reranker.h"

namespace footnote::services::cli {
namespace {

struct Options {
  std::string corpus;
  std::string queries;
  std::string qrels;
  std::string run_file;
  std::string baseline_file;
  uint64_t seed = retrieval::SignificanceOptions().seed;
  std::string per_query_file;
  int depth = 1000;
  bool learn_weight = false;
  RankingFlags ranking;
  ModelFlags model;
  bool json = false;
};

retrieval::SearchMode ModeOf(const Options& options) {
  return options.ranking.mode.value_or(retrieval::RankingOptions().mode);
}

// What an evaluation found, and beside a baseline how it compares.
struct Outcome {
  retrieval::EvaluationReport report;
  std::optional<retrieval::RunComparison> comparison;
};

nlohmann::ordered_json ToJson(const retrieval::RunComparison& comparison, const Options& options) {
  nlohmann::ordered_json figures;
  for (size_t i = 0; i < retrieval::Figures().size(); ++i) {
    const retrieval::Figure& figure = retrieval::Figures()[i];
    const retrieval::PairedComparison& c = comparison.figures[i];
    figures[figure.name] = {{"baseline", comparison.baseline_mean.*figure.value},
                            {"difference", c.difference},
                            {"p_value", c.p_value},
                            {"interval_95", {c.low, c.high}},
                            {"wins", c.wins},
                            {"losses", c.losses},
                            {"ties", c.ties}};
  }
  return {{"run", options.baseline_file}, {"seed", options.seed}, {"figures", figures}};
}

nlohmann::ordered_json ToJson(const Outcome& outcome, const Options& options) {
  const retrieval::EvaluationReport& report = outcome.report;
  nlohmann::ordered_json json;
  for (const retrieval::Figure& figure : retrieval::Figures()) {
    json[figure.name] = report.metrics.*figure.value;
  }
  json["queries"] = report.queries;
  json["documents"] = report.documents;
  json["index_seconds"] = report.index_seconds;
  json["query_ms_p50"] = report.query_ms_p50;
  json["query_ms_p99"] = report.query_ms_p99;
  json["mode"] = ModeName(ModeOf(options));
  json["depth"] = options.depth;
  if (!report.learned_weights.empty()) {
    const std::set<double> weights(report.learned_weights.begin(), report.learned_weights.end());
    json["learned_dense_weights"] = weights;
  }
  if (!report.reranker.empty()) json["reranker"] = report.reranker;
  if (outcome.comparison.has_value()) json["baseline"] = ToJson(*outcome.comparison, options);
  return json;
}

void Print(const Outcome& outcome, const Options& options) {
  const retrieval::EvaluationReport& report = outcome.report;
  const retrieval::RankingMetrics& m = report.metrics;
  std::cout << absl::StrFormat(
      "%s, %d queries, %d documents, depth %d\n"
      "nDCG@10    %.4f\nMAP        %.4f\nMRR@10     %.4f\nRecall@10  %.4f\nRecall@100 %.4f\n"
      "indexed in %.1f s; a search takes %.1f ms (median), %.1f ms (99th percentile)\n",
      ModeName(ModeOf(options)), report.queries, report.documents, options.depth, m.ndcg_10, m.map,
      m.mrr_10, m.recall_10, m.recall_100, report.index_seconds, report.query_ms_p50,
      report.query_ms_p99);
  if (!report.learned_weights.empty()) {
    const auto [least, most] =
        std::minmax_element(report.learned_weights.begin(), report.learned_weights.end());
    std::cout << absl::StrFormat("dense weight learned from other queries: %.2f to %.2f\n", *least,
                                 *most);
  }
  if (!outcome.comparison.has_value()) return;
  std::cout << "beside " << options.baseline_file << " (p: paired randomisation test; seed "
            << options.seed << ")\n";
  for (size_t i = 0; i < retrieval::Figures().size(); ++i) {
    const retrieval::PairedComparison& c = outcome.comparison->figures[i];
    std::cout << absl::StrFormat(
        "%-10s %+.4f  95%% interval %+.4f to %+.4f  p %.4g  %d won, %d lost, %d even\n",
        retrieval::Figures()[i].name, c.difference, c.low, c.high, c.p_value, c.wins, c.losses,
        c.ties);
  }
}

absl::StatusOr<retrieval::EvaluationReport> Evaluate(const Options& options,
                                                     const retrieval::Qrels& qrels) {
  retrieval::TestCollection collection;
  collection.qrels = qrels;
  FN_ASSIGN_OR_RETURN(collection.queries, retrieval::ReadBeirQueries(options.queries));
  FN_ASSIGN_OR_RETURN(collection.corpus, retrieval::ReadBeirCorpus(options.corpus));
  FN_ASSIGN_OR_RETURN(const auto embedder, LoadEmbedder(options.model));
  FN_ASSIGN_OR_RETURN(const auto reranker,
                      LoadReranker(RerankerOf(options.model, options.ranking.rerank.model)));
  FN_ASSIGN_OR_RETURN(const TempDir store, TempDir::Make());

  const Style style = StyleOf(2);
  InterruptGuard interrupt;
  ProgressLine line(style, std::cerr);
  retrieval::EvaluationOptions evaluation;
  options.ranking.ApplyTo(&evaluation);
  evaluation.reranker = reranker.get();
  evaluation.depth = options.depth;
  evaluation.learn_weight = options.learn_weight;
  evaluation.seed = options.seed;
  evaluation.store_dir = store.path();
  evaluation.cancelled = [] { return InterruptGuard::Interrupted(); };
  evaluation.progress = [&](absl::string_view phase, uint64_t done, uint64_t total) {
    line.Update([&] { return FormatCount(phase, done, total, style); });
  };
  return retrieval::EvaluateRetrieval(collection, *embedder, evaluation);
}

absl::Status WriteText(const std::string& path, const std::string& text) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << text;
  file.close();
  if (file.fail()) return absl::ErrnoToStatus(errno, absl::StrCat("cannot write ", path));
  return absl::OkStatus();
}

absl::StatusOr<Exit> Run(const Options& options) {
  FN_RETURN_IF_ERROR(CheckRerank(options.ranking.rerank, /*configured=*/""));
  if (options.learn_weight && options.ranking.dense_weight.has_value()) {
    return UsageError("--learn-weight learns what --dense-weight says; give one of them");
  }
  std::vector<retrieval::QueryRun> baseline;
  if (!options.baseline_file.empty()) {
    FN_ASSIGN_OR_RETURN(baseline, retrieval::ReadTrecRun(options.baseline_file));
  }
  Outcome outcome;
  // The cheap files first: most mistakes are in them.
  FN_ASSIGN_OR_RETURN(const retrieval::Qrels qrels, retrieval::ReadQrels(options.qrels));
  FN_ASSIGN_OR_RETURN(outcome.report, Evaluate(options, qrels));
  std::vector<std::string> warnings = outcome.report.warnings;
  if (!baseline.empty()) {
    retrieval::SignificanceOptions significance;
    significance.seed = options.seed;
    FN_ASSIGN_OR_RETURN(outcome.comparison, retrieval::CompareRuns(qrels, outcome.report.per_query,
                                                                   baseline, significance));
    warnings.insert(warnings.end(), outcome.comparison->warnings.begin(),
                    outcome.comparison->warnings.end());
  }
  for (const std::string& warning : warnings) std::cerr << "warning: " << warning << "\n";
  if (!options.run_file.empty()) {
    FN_RETURN_IF_ERROR(
        retrieval::WriteTrecRun(options.run_file, outcome.report.runs,
                                absl::StrCat("footnote-", ModeName(ModeOf(options)))));
  }
  if (!options.per_query_file.empty()) {
    FN_RETURN_IF_ERROR(
        WriteText(options.per_query_file,
                  retrieval::FormatPerQuery(outcome.report.per_query, outcome.comparison.has_value()
                                                                          ? &*outcome.comparison
                                                                          : nullptr)));
  }
  if (options.json) {
    std::cout << ToJson(outcome, options).dump() << "\n";
  } else {
    Print(outcome, options);
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
  app.add_option("--depth", options->depth,
                 "Passages ranked per query, 1 to 1000 (default 1000, as TREC does)")
      ->check(CLI::Range(1, retrieval::kMaxK))
      ->type_name("N");
  AddModelFlags(app, &options->model);
  app.add_flag("--learn-weight", options->learn_weight,
               "Learn the dense weight of the convex fusion, for each query from the judgments of "
               "others (five parts)");
  app.add_option("--run", options->run_file, "Also write the rankings as a TREC run file")
      ->type_name("OUT.trec");
  app.add_option("--baseline", options->baseline_file,
                 "An earlier run file: also say how far this run differs from it, with a paired "
                 "randomisation test and a bootstrap interval")
      ->type_name("RUN.trec");
  app.add_option("--seed", options->seed,
                 "Of the test, the interval and the five parts (default 1)")
      ->type_name("N");
  app.add_option("--per-query", options->per_query_file,
                 "Also write each query's figures, beside a baseline with wins and losses, as a "
                 "table with tabs")
      ->type_name("OUT.tsv");
  AddJsonFlag(app, &options->json);
  return [options] { return Run(*options); };
}

}  // namespace

const Command kEvalRetrievalCommand = {
    "eval retrieval", "Measure search on a test collection in BEIR's layout",
    "  footnote eval retrieval --corpus corpus.jsonl.gz --queries queries.jsonl \\\n"
    "      --qrels qrels.tsv --mode hybrid --run hybrid.trec\n"
    "  footnote eval retrieval --corpus corpus.jsonl --queries queries.jsonl --qrels qrels.tsv \\\n"
    "      --rerank on --reranker ./ms-marco --baseline hybrid.trec --per-query wins.tsv\n"
    "\n"
    "Every input may be gzipped. The figures equal trec_eval's (ndcg_cut_10, map,\n"
    "recip_rank of the first 10, recall_10, recall_100) on the run file. The time of a\n"
    "search is that for its 10 best passages, its query's embedding included.",
    &Define};

}  // namespace footnote::services::cli
