#include <chrono>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <numeric>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "kernels/base/line_reader.h"
#include "kernels/base/status_macros.h"
#include "retrieval/eval/evaluate.h"
#include "services/cli/commands.h"
#include "services/cli/flags.h"
#include "services/cli/ranking_flags.h"
#include "services/cli/terminal.h"

namespace footnote::services::cli {
namespace {

constexpr size_t kTitles = 200;
constexpr size_t kWarmUp = 5;

struct Options {
  StoreFlags store;
  RankingFlags ranking;
  std::string collection = retrieval::kDefaultCollection;
  std::string queries_file;
  int k = 10;
  bool json = false;
};

absl::StatusOr<std::vector<std::string>> ReadLines(const std::string& path) {
  FN_ASSIGN_OR_RETURN(kernels::LineReader reader, kernels::LineReader::Open(path));
  std::vector<std::string> lines;
  std::string line;
  while (true) {
    FN_ASSIGN_OR_RETURN(const bool more, reader.Next(&line));
    if (!more) break;
    if (!absl::StripAsciiWhitespace(line).empty()) lines.push_back(line);
  }
  if (lines.empty()) return absl::InvalidArgumentError(absl::StrCat(path, " holds no query"));
  return lines;
}

// Titles of documents, spread over the collection: queries that fit any store.
absl::StatusOr<std::vector<std::string>> Titles(const retrieval::Engine& engine,
                                                const std::string& collection) {
  std::vector<std::string> ids;
  FN_RETURN_IF_ERROR(engine.ForEachDocumentState(
      collection, [&](const retrieval::DocumentState& state) { ids.push_back(state.id); }));
  std::vector<std::string> titles;
  const size_t step = std::max<size_t>(1, ids.size() / kTitles);
  for (size_t i = 0; i < ids.size(); i += step) {
    FN_ASSIGN_OR_RETURN(const retrieval::Document document,
                        engine.GetDocument(collection, ids[i], std::nullopt));
    if (!absl::StripAsciiWhitespace(document.title).empty()) titles.push_back(document.title);
  }
  if (titles.empty()) {
    return absl::FailedPreconditionError(
        absl::StrCat("no document of the collection \"", collection,
                     "\" has a title; name a file of queries with --queries"));
  }
  return titles;
}

absl::StatusOr<Exit> Bench(const Options& options) {
  FN_ASSIGN_OR_RETURN(const std::unique_ptr<Application> app,
                      OpenToRank(options.store, options.ranking.rerank));
  absl::StatusOr<std::vector<std::string>> queries = options.queries_file.empty()
                                                         ? Titles(app->engine(), options.collection)
                                                         : ReadLines(options.queries_file);
  FN_RETURN_IF_ERROR(queries.status());
  retrieval::SearchRequest request;
  request.collection = options.collection;
  request.k = options.k;
  FN_ASSIGN_OR_RETURN(const RankingProfile profile, FindProfile(app->config(), ""));
  static_cast<retrieval::RankingOptions&>(request) = profile.ranking;
  options.ranking.ApplyTo(&request);
  std::vector<double> ms;
  for (size_t i = 0; i < queries->size() + kWarmUp; ++i) {
    request.query = (*queries)[i % queries->size()];
    const auto start = std::chrono::steady_clock::now();
    FN_RETURN_IF_ERROR(app->engine().Search(request).status());
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    if (i >= kWarmUp) ms.push_back(took.count());
  }
  const double mean = std::accumulate(ms.begin(), ms.end(), 0.0) / static_cast<double>(ms.size());
  const double p50 = retrieval::Percentile(ms, 0.50), p90 = retrieval::Percentile(ms, 0.90),
               p99 = retrieval::Percentile(ms, 0.99);
  if (options.json) {
    const nlohmann::ordered_json json = {{"query_ms_p50", p50},           {"query_ms_p90", p90},
                                         {"query_ms_p99", p99},           {"query_ms_mean", mean},
                                         {"queries", ms.size()},          {"k", options.k},
                                         {"mode", ModeName(request.mode)}};
    std::cout << json.dump() << "\n";
  } else {
    std::cout << absl::StrFormat(
        "%s: median %.2f ms, 90th percentile %.2f ms, 99th %.2f ms (%s searches, k = %d)\n",
        ModeName(request.mode), p50, p90, p99, WithCommas(ms.size()), options.k);
  }
  return Exit::kOk;
}

Action Define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  AddStoreFlags(app, &options->store);
  AddCollectionFlag(app, &options->collection);
  AddRankingFlags(app, &options->ranking);
  app.add_option("--queries", options->queries_file,
                 "One query per line (default: titles of up to 200 documents)")
      ->type_name("FILE");
  app.add_option("--k", options->k, "How many passages, 1 to 1000 (default 10)")
      ->check(CLI::Range(1, retrieval::kMaxK))
      ->type_name("N");
  AddJsonFlag(app, &options->json);
  return [options] { return Bench(*options); };
}

}  // namespace

const Command kBenchSearchCommand = {
    "bench search", "How long a search in a store takes, one at a time",
    "  footnote bench search --data ./data\n"
    "  footnote bench search --data ./data --queries queries.txt --mode lexical --json",
    &Define};

}  // namespace footnote::services::cli
