#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "services/cli/commands.h"
#include "services/cli/flags.h"
#include "services/cli/terminal.h"
#include "transformer/model/registry.h"

namespace footnote::services::cli {
namespace {

struct Options {
  bool json = false;
};

struct Row {
  std::string name;
  std::string task;
  std::string licence;
  std::string dir;  // empty: not on this machine
};

// The known models, then others found where models are looked for.
std::vector<Row> Rows() {
  std::map<std::string, std::string> installed;
  for (const transformer::InstalledModel& model : transformer::InstalledModels()) {
    installed.emplace(model.name, model.dir);
  }
  std::vector<Row> rows;
  for (const transformer::KnownModel& model : transformer::KnownModels()) {
    const std::string name(model.name);
    const auto found = installed.find(name);
    rows.push_back({name, std::string(model.task), std::string(model.licence),
                    found == installed.end() ? "" : found->second});
    if (found != installed.end()) installed.erase(found);
  }
  for (const auto& [name, dir] : installed) rows.push_back({name, "unknown", "unknown", dir});
  return rows;
}

absl::StatusOr<Exit> List(const Options& options) {
  const std::vector<Row> rows = Rows();
  if (options.json) {
    nlohmann::ordered_json models = nlohmann::ordered_json::array();
    for (const Row& row : rows) {
      models.push_back({{"name", row.name},
                        {"task", row.task},
                        {"licence", row.licence},
                        {"installed", !row.dir.empty()},
                        {"dir", row.dir}});
    }
    std::cout << nlohmann::ordered_json({{"models", models}})
                     .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
              << "\n";
    return Exit::kOk;
  }
  std::cout << absl::StrFormat("%-24s %-16s %-12s %s\n", "name", "task", "licence", "folder");
  bool any_missing = false;
  for (const Row& row : rows) {
    std::cout << absl::StrFormat("%-24s %-16s %-12s %s\n", OneLine(row.name), row.task, row.licence,
                                 row.dir.empty() ? "(not on this machine)" : OneLine(row.dir));
    any_missing |= row.dir.empty();
  }
  if (any_missing) {
    std::cout << "\n`./bootstrap build` fetches the default model. Looked in "
              << absl::StrJoin(transformer::ModelSearchPath(), ", ") << ".\n";
  }
  return Exit::kOk;
}

Action Define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  AddJsonFlag(app, &options->json);
  return [options] { return List(*options); };
}

}  // namespace

const Command kModelListCommand = {"model list", "List the known models and where they are",
                                   "  footnote model list\n"
                                   "  footnote model list --json",
                                   &Define};

}  // namespace footnote::services::cli
