#include <algorithm>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "services/cli/commands.h"
#include "services/cli/flags.h"
#include "services/json.h"

namespace footnote::services::cli {
namespace {

struct Options {
  StoreFlags store;
  std::string collection = retrieval::kDefaultCollection;
  bool json = false;
  std::vector<std::string> docs;
};

absl::StatusOr<Exit> Delete(const Options& options) {
  FN_ASSIGN_OR_RETURN(const std::unique_ptr<retrieval::Engine> engine, OpenStore(options.store));
  std::vector<std::string> docs = options.docs;
  std::sort(docs.begin(), docs.end());
  docs.erase(std::unique(docs.begin(), docs.end()), docs.end());
  FN_ASSIGN_OR_RETURN(const retrieval::Engine::Deleted deleted,
                      engine->Delete(options.collection, docs, std::nullopt));
  if (options.json) {
    v1::DeleteResponse response;
    response.set_deleted(deleted.documents);
    response.set_sequence(deleted.sequence);
    std::cout << ToJson(response) << "\n";
  } else {
    std::cout << "deleted " << deleted.documents << " of " << docs.size() << "\n";
  }
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
  AddJsonFlag(app, &options->json);
  app.add_option("DOC", options->docs, "Ids of documents")->required()->type_name("");
  return [options] { return Delete(*options); };
}

}  // namespace

const Command kDeleteCommand = {
    "delete", "Remove documents by id",
    "  footnote delete --data ./data \"$PWD/manual/intro.html\"\n"
    "  footnote delete --data ./data --collection hr policy-7 policy-8\n"
    "\n"
    "Exit status 1 if an id wasn't there.",
    &Define};

}  // namespace footnote::services::cli
