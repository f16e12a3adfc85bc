#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "kernels/base/status_macros.h"
#include "services/cli/commands.h"
#include "services/cli/flags.h"

namespace footnote::services::cli {
namespace {

struct Options {
  StoreFlags store;
  std::string target;
  bool json = false;
};

absl::StatusOr<Exit> Snapshot(const Options& options) {
  FN_ASSIGN_OR_RETURN(const std::unique_ptr<retrieval::Engine> engine, OpenStore(options.store));
  FN_RETURN_IF_ERROR(engine->Snapshot(options.target));
  if (options.json) {
    std::cout << nlohmann::ordered_json({{"snapshot", options.target}})
                     .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
              << "\n";
  } else {
    std::cout << "wrote " << options.target << "\n";
  }
  return Exit::kOk;
}

Action Define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  AddStoreFlags(app, &options->store);
  AddJsonFlag(app, &options->json);
  app.add_option("TARGET", options->target, "The folder to write, which must not exist")
      ->required()
      ->type_name("");
  return [options] { return Snapshot(*options); };
}

}  // namespace

const Command kSnapshotCommand = {"snapshot", "Copy the store into a folder, consistently",
                                  "  footnote snapshot --data ./data ./backup-monday", &Define};

}  // namespace footnote::services::cli
