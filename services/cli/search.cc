#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "kernels/base/status_macros.h"
#include "services/cli/commands.h"
#include "services/cli/flags.h"
#include "services/cli/ranking_flags.h"
#include "services/cli/render.h"
#include "services/filter_messages.h"
#include "services/json.h"

namespace footnote::services::cli {
namespace {

constexpr int kLinesPerPassage = 8;

struct Options {
  StoreFlags store;
  RankingFlags ranking;
  std::string collection = retrieval::kDefaultCollection;
  std::vector<std::string> principals;
  std::string profile;
  std::optional<retrieval::Filter> filter;
  int k = 10;
  bool explain = false;
  int before = 0, after = 0;
  bool section = false;
  bool plain = false;
  bool full = false;
  bool json = false;
  std::vector<std::string> words;
};

absl::StatusOr<Exit> Search(const Options& options) {
  FN_ASSIGN_OR_RETURN(const std::unique_ptr<Application> app,
                      OpenToRank(options.store, options.ranking.rerank, options.profile));
  v1::SearchRequest request;
  request.set_query(absl::StrJoin(options.words, " "));
  request.set_collection(options.collection);
  request.set_k(options.k);
  options.ranking.ApplyTo(&request);
  request.set_profile(options.profile);
  request.set_explain(options.explain);
  request.set_neighbours_before(options.before);
  request.set_neighbours_after(options.after);
  request.set_section(options.section);
  request.set_plain(options.plain);
  for (const std::string& principal : options.principals) request.add_principals(principal);
  if (options.filter.has_value()) *request.mutable_filter() = services::ToProto(*options.filter);
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
  AddProfileFlag(app, &options->profile);
  AddPrincipalFlag(app, &options->principals);
  AddFilterFlag(app, &options->filter, "Only documents that pass, see below");
  app.add_flag("--explain", options->explain,
               "Say of each passage what every stage and every word gave it, and how long each "
               "stage took");
  app.add_option("--before", options->before,
                 "Also print up to N passages before each, of its section (default 0)")
      ->check(CLI::Range(0, retrieval::kMaxNeighbours))
      ->type_name("N");
  app.add_option("--after", options->after, "The same of the passages after it (default 0)")
      ->check(CLI::Range(0, retrieval::kMaxNeighbours))
      ->type_name("N");
  app.add_flag("--section", options->section, "Say where each passage's whole section is");
  app.add_flag("--plain", options->plain, "Take the whole query as text, without operators");
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
    "  footnote search --data ./data --principal hr --json \"notice period\"\n"
    "  footnote search --data ./data --rerank on --reranker ./ms-marco \"reset a password\"\n"
    "  footnote search --data ./data --max-per-document 1 --fold 0.9 --explain backup\n"
    "  footnote search --data ./data '\"write ahead log\" +archive -standby'\n"
    "  footnote search --data ./data --filter 'lang = \"en\" and year >= 2020' backup\n"
    "\n"
    "A query may have operators: \"a phrase\" for words that stand in this order next to each\n"
    "other, +word and -word (or a phrase in its quotes) for what a passage must have and must\n"
    "not have. The shell takes quotes away: write '\"a phrase\"', and -- before a query that\n"
    "begins with a dash. Everything else is text: C++, --format=custom, -1, and options of one\n"
    "or two letters, of a letter and digits or with = in them, such as -Fc, -j4 and\n"
    "-std=c++20; -\"Fc\" excludes one.\n"
    "\n"
    "Stages in their order: passages are found, fused, reranked, near duplicates folded, the\n"
    "result chosen with diversity. [profiles.NAME] in the configuration sets them for --profile.\n"
    "  footnote search --data ./data --boost '1 + recent(updated, 180)' \"release notes\"\n"
    "\n"
    "A boost is made of numbers, + - * and brackets, recent(K, days) (1 for a document of today,\n"
    "half of it for each so many days; K is an ISO date), number(K, default), passes(filter)\n"
    "(1 or 0), min, max and log (of 1 + x). It multiplies the fused score, so it orders what was\n"
    "found; it finds nothing, and a reranker doesn't see it.\n"
    "\n"
    "A filter compares a key of the metadata, or doc (the id), title or source, with a number\n"
    "or a text in quotes: = != < <= > >=, K in (\"a\", \"b\"), exists(K), prefix(K, \"a\"), "
    "joined\n"
    "by and, or, not and brackets. Texts are in the order of their bytes, as ISO dates are. A\n"
    "document without K passes no test of K, so it passes K != \"a\", which is not K = \"a\".",
    &Define};

}  // namespace footnote::services::cli
