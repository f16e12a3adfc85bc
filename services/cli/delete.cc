#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

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
  FN_ASSIGN_OR_RETURN(const std::unique_ptr<Application> app,
                      OpenApplication(options.store, /*create_if_missing=*/false));
  std::vector<std::string> docs = options.docs;
  std::sort(docs.begin(), docs.end());
  docs.erase(std::unique(docs.begin(), docs.end()), docs.end());
  v1::DeleteRequest request;
  request.set_collection(options.collection);
  for (const std::string& doc : docs) request.add_docs(doc);
  CallContext context;
  context.trace_id = NewTraceId();
  FN_ASSIGN_OR_RETURN(const v1::DeleteResponse response, app->Delete(request, context));
  if (options.json) {
    std::cout << ToJson(response) << "\n";
  } else {
    std::cout << "deleted " << response.deleted() << " of " << docs.size() << "\n";
  }
  if (response.deleted() == docs.size()) return Exit::kOk;
  std::cerr << "footnote: " << docs.size() - response.deleted()
            << " of these ids are not in the collection; an ingested file's id is its absolute "
               "path\n";
  return Exit::kFailed;
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
