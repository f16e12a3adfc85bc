#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/str_format.h"
#include "kernels/base/human_bytes.h"
#include "kernels/base/status_macros.h"
#include "services/cli/commands.h"
#include "services/cli/flags.h"

namespace footnote::services::cli {
namespace {

struct Options {
  StoreFlags store;
  bool json = false;
};

absl::StatusOr<Exit> Compact(const Options& options) {
  FN_ASSIGN_OR_RETURN(const std::unique_ptr<retrieval::Engine> engine, OpenStore(options.store));
  FN_ASSIGN_OR_RETURN(const retrieval::EngineStats before, engine->Stats());
  FN_RETURN_IF_ERROR(engine->Compact());
  FN_ASSIGN_OR_RETURN(const retrieval::EngineStats after, engine->Stats());
  if (options.json) {
    std::cout << nlohmann::ordered_json(
                     {{"disk_bytes_before", before.disk_bytes}, {"disk_bytes", after.disk_bytes}})
              << "\n";
  } else {
    std::cout << absl::StrFormat("on disk %s, before %s\n", kernels::HumanBytes(after.disk_bytes),
                                 kernels::HumanBytes(before.disk_bytes));
  }
  return Exit::kOk;
}

Action Define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  AddStoreFlags(app, &options->store);
  AddJsonFlag(app, &options->json);
  return [options] { return Compact(*options); };
}

}  // namespace

const Command kCompactCommand = {
    "compact", "Give back the space of what was deleted or replaced",
    "  footnote compact --data ./data\n"
    "  footnote compact --data ./data --json\n"
    "\n"
    "Rewrites the store's files without what nothing refers to any more; for that time it needs\n"
    "as much free space again. RocksDB does the same by itself, later. May be stopped at any\n"
    "time: the store stays sound.",
    &Define};

}  // namespace footnote::services::cli
