#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_join.h"
#include "kernels/base/status_macros.h"
#include "services/cli/commands.h"
#include "services/cli/flags.h"
#include "services/cli/interrupt.h"
#include "services/cli/ranking_flags.h"
#include "services/cli/render.h"
#include "services/filter_messages.h"
#include "services/json.h"

namespace footnote::services::cli {
namespace {

struct Options {
  StoreFlags store;
  RerankFlags rerank;
  std::string profile;
  std::string collection = retrieval::kDefaultCollection;
  std::vector<std::string> principals;
  std::optional<retrieval::Filter> filter;
  int passages = 0;  // 0: the configured number
  bool json = false;
  std::vector<std::string> words;
};

absl::StatusOr<Exit> Ask(const Options& options) {
  FN_ASSIGN_OR_RETURN(const std::unique_ptr<Application> app,
                      OpenToRank(options.store, options.rerank, options.profile));
  v1::AskRequest request;
  request.set_question(absl::StrJoin(options.words, " "));
  request.set_collection(options.collection);
  for (const std::string& principal : options.principals) request.add_principals(principal);
  if (options.filter.has_value()) *request.mutable_filter() = ToProto(*options.filter);
  if (options.passages > 0) request.set_passages(options.passages);
  if (options.rerank.on.has_value()) request.set_rerank(*options.rerank.on);
  request.set_profile(options.profile);
  InterruptGuard interrupt;
  CallContext context;
  context.trace_id = NewTraceId();
  context.cancelled = [] { return InterruptGuard::Interrupted(); };
  FN_ASSIGN_OR_RETURN(const v1::AskResponse response, app->Ask(request, context, nullptr));
  std::cout << (options.json ? ToJson(response) + "\n" : RenderAnswer(response, StyleOf(1)));
  return Exit::kOk;
}

Action Define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  AddStoreFlags(app, &options->store);
  AddGeneratorFlag(app, &options->store.generator);
  AddCollectionFlag(app, &options->collection);
  AddPrincipalFlag(app, &options->principals);
  AddFilterFlag(app, &options->filter,
                "Answer from documents that pass alone; `footnote search --help` says how");
  app.add_option("--passages", options->passages,
                 "How many passages to read, 1 to 100 (default: answer.passages)")
      ->check(CLI::Range(1, 100))
      ->type_name("N");
  AddRerankFlags(app, &options->rerank);
  AddProfileFlag(app, &options->profile);
  AddJsonFlag(app, &options->json);
  AddWords(app, "QUESTION", "The question", &options->words);
  return [options] { return Ask(*options); };
}

}  // namespace

const Command kAskCommand = {
    "ask", "Answer a question, with footnotes, or say that the documents don't",
    "  footnote ask --data ./data \"What port does the server listen on by default?\"\n"
    "  footnote ask --data ./data --principal hr --json \"How long is the notice period?\"\n"
    "\n"
    "An answer is made of verbatim sentences. With --generator a language model writes it, and\n"
    "what the passages don't support is dropped. ABSTAINED (the documents don't say) is an\n"
    "outcome, not a failure: the exit status is 0.",
    &Define};

}  // namespace footnote::services::cli
