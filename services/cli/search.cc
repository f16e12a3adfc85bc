#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "kernels/base/status_macros.h"
#include "services/cli/commands.h"
#include "services/cli/flags.h"
#include "services/cli/render.h"
#include "services/json.h"

namespace footnote::services::cli {
namespace {

constexpr int kLinesPerPassage = 8;

struct Options {
  StoreFlags store;
  RankingFlags ranking;
  std::string collection = retrieval::kDefaultCollection;
  std::vector<std::string> principals;
  int k = 10;
  bool full = false;
  bool json = false;
  std::vector<std::string> words;
};

v1::SearchRequest::Mode ToProto(retrieval::SearchMode mode) {
  switch (mode) {
    case retrieval::SearchMode::kDense:
      return v1::SearchRequest::DENSE;
    case retrieval::SearchMode::kLexical:
      return v1::SearchRequest::LEXICAL;
    case retrieval::SearchMode::kHybrid:
      break;
  }
  return v1::SearchRequest::HYBRID;
}

absl::StatusOr<Exit> Search(const Options& options) {
  FN_ASSIGN_OR_RETURN(const std::unique_ptr<Application> app,
                      OpenApplication(options.store, /*create_if_missing=*/false));
  v1::SearchRequest request;
  request.set_query(absl::StrJoin(options.words, " "));
  request.set_collection(options.collection);
  request.set_k(options.k);
  request.set_mode(ToProto(options.ranking.mode));
  request.set_fusion(options.ranking.fusion == retrieval::Fusion::kConvex
                         ? v1::SearchRequest::CONVEX
                         : v1::SearchRequest::RECIPROCAL_RANK);
  for (const std::string& principal : options.principals) request.add_principals(principal);
  CallContext context;
  context.trace_id = NewTraceId();
  FN_ASSIGN_OR_RETURN(const v1::SearchResponse response, app->Search(request, context));
  std::cout << (options.json
                    ? ToJson(response) + "\n"
                    : RenderSearch(response, options.full ? 0 : kLinesPerPassage, StyleOf(1)));
  return Exit::kOk;
}

Action Define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  AddStoreFlags(app, &options->store);
  AddCollectionFlag(app, &options->collection);
  app.add_option("--k", options->k, "How many passages, 1 to 1000 (default 10)")
      ->check(CLI::Range(1, retrieval::kMaxK))
      ->type_name("N");
  AddRankingFlags(app, &options->ranking);
  AddPrincipalFlag(app, &options->principals);
  app.add_flag("--full", options->full, "Print the whole of each passage");
  AddJsonFlag(app, &options->json);
  AddWords(app, "QUERY", "What to look for", &options->words);
  return [options] { return Search(*options); };
}

}  // namespace

const Command kSearchCommand = {
    "search", "Find the passages that fit a query",
    "  footnote search --data ./data \"custom-format archive\"\n"
    "  footnote search --data ./data --mode lexical --k 3 max_connections\n"
    "  footnote search --data ./data --principal hr --json \"notice period\"",
    &Define};

}  // namespace footnote::services::cli
