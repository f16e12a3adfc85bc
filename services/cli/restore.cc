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
  std::string snapshot;
  bool json = false;
};

absl::StatusOr<Exit> Restore(const Options& options) {
  FN_ASSIGN_OR_RETURN(const Config config, MakeConfig(options.store));
  FN_RETURN_IF_ERROR(retrieval::RestoreSnapshot(options.snapshot, config.store.data_dir));
  if (options.json) {
    std::cout << nlohmann::ordered_json({{"data", config.store.data_dir}})
                     .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
              << "\n";
  } else {
    std::cout << "restored " << options.snapshot << " into " << config.store.data_dir << "\n";
  }
  return Exit::kOk;
}

Action Define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  AddStoreFlags(app, &options->store);
  AddJsonFlag(app, &options->json);
  app.add_option("SNAPSHOT", options->snapshot, "A folder that `footnote snapshot` wrote")
      ->required()
      ->type_name("");
  return [options] { return Restore(*options); };
}

}  // namespace

const Command kRestoreCommand = {"restore", "Make a data folder from a snapshot",
                                 "  footnote restore --data ./data ./backup-monday\n"
                                 "\n"
                                 "The data folder must be empty or not exist.",
                                 &Define};

}  // namespace footnote::services::cli
