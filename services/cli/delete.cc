#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "kernels/base/status_macros.h"
#include "services/cli/commands.h"
#include "services/cli/flags.h"
#include "services/json.h"

namespace footnote::services::cli {
namespace {

struct Options {
  StoreFlags store;
  std::string collection = retrieval::kDefaultCollection;
  std::optional<retrieval::Filter> filter;
  bool json = false;
  std::vector<std::string> docs;
};

void Print(const retrieval::Engine::Deleted& deleted, bool json, absl::string_view of) {
  if (json) {
    v1::DeleteResponse response;
    response.set_deleted(deleted.documents);
    response.set_sequence(deleted.sequence);
    std::cout << ToJson(response) << "\n";
  } else {
    std::cout << "deleted " << deleted.documents << of << "\n";
  }
}

absl::StatusOr<Exit> Delete(const Options& options) {
  if (options.docs.empty() == !options.filter.has_value()) {
    return UsageError("name documents: either ids (DOC) or --filter");
  }
  FN_ASSIGN_OR_RETURN(const std::unique_ptr<retrieval::Engine> engine, OpenStore(options.store));
  if (options.filter.has_value()) {
    FN_ASSIGN_OR_RETURN(const retrieval::Engine::Deleted deleted,
                        engine->DeleteMatching(options.collection, *options.filter, std::nullopt));
    Print(deleted, options.json, "");
    return Exit::kOk;
  }
  std::vector<std::string> docs = options.docs;
  std::sort(docs.begin(), docs.end());
  docs.erase(std::unique(docs.begin(), docs.end()), docs.end());
  FN_ASSIGN_OR_RETURN(const retrieval::Engine::Deleted deleted,
                      engine->Delete(options.collection, docs, std::nullopt));
  Print(deleted, options.json, absl::StrCat(" of ", docs.size()));
  if (deleted.documents == docs.size()) return Exit::kOk;
  return absl::NotFoundError(
      absl::StrCat(docs.size() - deleted.documents,
                   " of these ids are not in the collection; an ingested file's id is its absolute "
                   "path"));
}

Action Define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  AddStoreFlags(app, &options->store);
  AddCollectionFlag(app, &options->collection);
  AddFilterFlag(app, &options->filter,
                "Remove every document that passes; `footnote search --help` says how");
  AddJsonFlag(app, &options->json);
  app.add_option("DOC", options->docs, "Ids of documents")->type_name("");
  return [options] { return Delete(*options); };
}

}  // namespace

const Command kDeleteCommand = {
    "delete", "Remove documents by id, or by filter",
    "  footnote delete --data ./data \"$PWD/manual/intro.html\"\n"
    "  footnote delete --data ./data --collection hr policy-7 policy-8\n"
    "  footnote delete --data ./data --filter 'year < 2015 or exists(draft)'\n"
    "\n"
    "Exit status 1 if an id wasn't there.",
    &Define};

}  // namespace footnote::services::cli
