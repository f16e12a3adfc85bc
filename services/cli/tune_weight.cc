#include <algorithm>
#include <cstdint>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "kernels/base/status_macros.h"
#include "retrieval/eval/beir.h"
#include "retrieval/eval/fusion_weight.h"
#include "services/cli/commands.h"
#include "services/cli/flags.h"
#include "services/cli/interrupt.h"
#include "services/cli/progress.h"

namespace footnote::services::cli {
namespace {

// Below this the figures' intervals are wide.
constexpr size_t kAdvisedQueries = 50;

struct Options {
  StoreFlags store;
  std::string collection = retrieval::kDefaultCollection;
  std::vector<std::string> principals;
  std::string queries;
  std::string qrels;
  uint64_t seed = 1;
  bool dry_run = false;
  bool forget = false;
  bool json = false;
};

nlohmann::ordered_json ToJson(const retrieval::PairedComparison& c, double mean) {
  return {{"ndcg@10", mean},
          {"difference", c.difference},
          {"p_value", c.p_value},
          {"wins", c.wins},
          {"losses", c.losses},
          {"ties", c.ties},
          {"interval_95", {c.low, c.high}}};
}

nlohmann::ordered_json ToJson(const retrieval::WeightReport& report, size_t queries,
                              const Options& options) {
  return {{"collection", options.collection},
          {"dense_weight", report.weight},
          {"stored", !options.dry_run},
          {"queries", queries},
          {"held_out_ndcg@10", report.held_out},
          {"default", ToJson(report.to_default, report.with_default)},
          {"dense", ToJson(report.to_dense, report.dense)},
          {"lexical", ToJson(report.to_lexical, report.lexical)}};
}

void Print(const retrieval::WeightReport& report, size_t queries, const Options& options) {
  std::cout << absl::StrFormat("dense weight %.2f, learned from %d queries; %s\n", report.weight,
                               queries, options.dry_run ? "not stored" : "stored");
  std::cout << absl::StrFormat("nDCG@10, each query at the weight that others teach: %.4f\n",
                               report.held_out);
  const auto row = [](const std::string& name, double mean, const retrieval::PairedComparison& c) {
    std::cout << absl::StrFormat("  %-16s %.4f  %+.4f  p %.4g  %d won, %d lost, %d even\n", name,
                                 mean, c.difference, c.p_value, c.wins, c.losses, c.ties);
  };
  row(absl::StrFormat("weight %.1f", retrieval::kDefaultDenseWeight), report.with_default,
      report.to_default);
  row("meaning alone", report.dense, report.to_dense);
  row("words alone", report.lexical, report.to_lexical);
}

absl::StatusOr<std::vector<retrieval::WeightCurve>> Measure(const retrieval::Engine& engine,
                                                            const Options& options) {
  FN_ASSIGN_OR_RETURN(const retrieval::Qrels qrels, retrieval::ReadQrels(options.qrels));
  FN_ASSIGN_OR_RETURN(const std::vector<retrieval::EvalQuery> queries,
                      retrieval::ReadBeirQueries(options.queries));
  std::vector<const retrieval::EvalQuery*> judged;
  for (const retrieval::EvalQuery& query : queries) {
    if (qrels.contains(query.id)) judged.push_back(&query);
  }
  if (judged.size() < retrieval::kLeastJudgedQueries) {
    return absl::InvalidArgumentError(
        absl::StrCat(judged.size(), " of the queries have judgments; ",
                     retrieval::kLeastJudgedQueries, " are the fewest to learn a weight from"));
  }
  if (judged.size() < kAdvisedQueries) {
    std::cerr << "warning: only " << judged.size() << " queries have judgments; from "
              << kAdvisedQueries << " on the weight is worth more\n";
  }
  const Style style = StyleOf(2);
  InterruptGuard interrupt;
  ProgressLine line(style, std::cerr);
  std::vector<retrieval::WeightCurve> curves;
  bool any_found = false;
  for (size_t i = 0; i < judged.size(); ++i) {
    line.Update([&] { return FormatCount("learning", i, judged.size(), style); });
    retrieval::SearchRequest request;
    request.query = judged[i]->text;
    request.collection = options.collection;
    request.principals = options.principals;
    request.cancelled = [] { return InterruptGuard::Interrupted(); };
    FN_ASSIGN_OR_RETURN(const retrieval::WeightCurve curve,
                        retrieval::MeasureWeights(engine, request, qrels.at(judged[i]->id)));
    any_found |= std::any_of(curve.begin(), curve.end(), [](double ndcg) { return ndcg > 0; });
    curves.push_back(curve);
  }
  if (!any_found) {
    return absl::InvalidArgumentError(
        absl::StrCat("no query finds a judged document at any weight: do the ids of ",
                     options.qrels, " stand in the collection ", options.collection, "?"));
  }
  return curves;
}

absl::StatusOr<Exit> Forget(const Options& options) {
  FN_ASSIGN_OR_RETURN(const std::unique_ptr<retrieval::Engine> engine, OpenStore(options.store));
  FN_RETURN_IF_ERROR(engine->SetDenseWeight(options.collection, std::nullopt).status());
  if (options.json) {
    std::cout << nlohmann::ordered_json{{"collection", options.collection},
                                        {"dense_weight", nullptr},
                                        {"stored", true}}
              << "\n";
  } else {
    std::cout << absl::StrFormat("forgotten: the weight is %.1f again\n",
                                 retrieval::kDefaultDenseWeight);
  }
  return Exit::kOk;
}

absl::StatusOr<Exit> Tune(const Options& options) {
  if (options.forget) return Forget(options);
  if (options.queries.empty() || options.qrels.empty()) {
    return UsageError("say what to learn from: --queries and --qrels; or --forget");
  }
  FN_ASSIGN_OR_RETURN(const std::unique_ptr<Application> app,
                      OpenApplication(options.store, /*create_if_missing=*/false));
  FN_ASSIGN_OR_RETURN(const std::vector<retrieval::WeightCurve> curves,
                      Measure(app->engine(), options));
  const retrieval::WeightReport report = retrieval::ReportWeight(curves, options.seed);
  if (!options.dry_run) {
    FN_RETURN_IF_ERROR(app->engine().SetDenseWeight(options.collection, report.weight).status());
  }
  if (options.json) {
    std::cout << ToJson(report, curves.size(), options).dump() << "\n";
  } else {
    Print(report, curves.size(), options);
  }
  return Exit::kOk;
}

Action Define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  AddStoreFlags(app, &options->store);
  AddCollectionFlag(app, &options->collection);
  AddPrincipalFlag(app, &options->principals);
  app.add_option("--queries", options->queries, "Queries: JSON lines with _id, text")
      ->type_name("FILE");
  app.add_option("--qrels", options->qrels,
                 "Which documents (their ids) answer them: BEIR's 3 columns with a header, or "
                 "TREC's 4 columns")
      ->type_name("FILE");
  app.add_option("--seed", options->seed, "Of the five parts and the test (default 1)")
      ->type_name("N");
  app.add_flag("--dry-run", options->dry_run, "Say what would be learned; store nothing");
  app.add_flag("--forget", options->forget, "Drop what was learned for the collection");
  AddJsonFlag(app, &options->json);
  return [options] { return Tune(*options); };
}

}  // namespace

const Command kTuneWeightCommand = {
    "tune weight", "Learn how much meaning should weigh against words in a collection's searches",
    "  footnote tune weight --data ./data --queries queries.jsonl --qrels qrels.tsv\n"
    "  footnote tune weight --data ./data --collection hr --queries q.jsonl --qrels r.tsv \\\n"
    "      --dry-run --json\n"
    "  footnote tune weight --data ./data --forget\n"
    "\n"
    "Fifty judged queries are enough: it is one number. The one stored is learned from all\n"
    "queries; what it is worth is told by queries that weren't learned from. Searches and\n"
    "questions use it where neither they nor their profile nor answer.dense_weight say a weight.",
    &Define};

}  // namespace footnote::services::cli
