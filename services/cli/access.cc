#include <iostream>
#include <memory>
#include <string>

#include "kernels/base/status_macros.h"
#include "services/cli/commands.h"
#include "services/cli/flags.h"
#include "services/json.h"

namespace footnote::services::cli {
namespace {

struct Options {
  StoreFlags store;
  std::string collection = retrieval::kDefaultCollection;
  retrieval::AccessList access;
  bool everybody = false;
  bool json = false;
};

absl::StatusOr<Exit> SetAccess(const Options& options) {
  const bool listed = !(options.access == retrieval::AccessList());
  if (listed == options.everybody) {
    return UsageError("say who may see the collection: --acl and --deny, or --everybody");
  }
  // With the model, so that a collection can be closed before it is filled.
  FN_ASSIGN_OR_RETURN(const std::unique_ptr<Application> app,
                      OpenApplication(options.store, /*create_if_missing=*/true));
  v1::SetAccessRequest request;
  request.set_collection(options.collection);
  for (const std::string& principal : options.access.allow) request.add_acl(principal);
  for (const std::string& principal : options.access.deny) request.add_deny(principal);
  CallContext context;
  context.trace_id = NewTraceId();
  FN_ASSIGN_OR_RETURN(const v1::SetAccessResponse response, app->SetAccess(request, context));
  if (options.json) {
    std::cout << ToJson(response) << "\n";
  } else {
    std::cout << "done: "
              << (listed ? "all others find no collection of this name"
                         : "everybody may see the collection")
              << "\n";
  }
  return Exit::kOk;
}

Action Define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  AddStoreFlags(app, &options->store);
  AddCollectionFlag(app, &options->collection);
  AddAccessFlags(app, &options->access, "the collection");
  app.add_flag("--everybody", options->everybody, "Lift what was said before");
  AddJsonFlag(app, &options->json);
  return [options] { return SetAccess(*options); };
}

}  // namespace

const Command kAccessCommand = {
    "access", "Say who may see a collection",
    "  footnote access --data ./data --collection hr --acl group:hr,user:anna\n"
    "  footnote access --data ./data --collection hr --deny group:contractors --json\n"
    "  footnote access --data ./data --collection hr --everybody\n"
    "\n"
    "Replaces what was said before. For everybody else the collection doesn't exist. The lists of\n"
    "its documents (`footnote ingest --acl, --deny`) hold beside it. Who is denied stays so in\n"
    "whatever group he is, and who names no principal sees only what has no list at all.\n"
    "`footnote stats --json` shows the lists.",
    &Define};

}  // namespace footnote::services::cli
