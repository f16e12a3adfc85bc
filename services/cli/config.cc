#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "absl/time/time.h"
#include "kernels/base/status_macros.h"
#include "services/cli/commands.h"
#include "services/cli/flags.h"
#include "services/config/config.h"
#include "services/config/fields.h"

namespace footnote::services::cli {
namespace {

struct Options {
  StoreFlags store;
  bool json = false;
};

// A field's value; durations and names as the file writes them.
struct ToJsonValue {
  nlohmann::ordered_json operator()(const absl::Duration* v) const {
    return absl::FormatDuration(*v);
  }
  template <typename T>
  nlohmann::ordered_json operator()(const T* v) const {
    if constexpr (std::is_enum_v<T>) {
      return internal::EnumNames(*v)[static_cast<size_t>(*v)];
    } else if constexpr (std::is_same_v<T, std::optional<double>>) {
      return v->has_value() ? nlohmann::ordered_json(**v) : nlohmann::ordered_json();
    } else {
      return *v;
    }
  }
};

nlohmann::ordered_json ToJson(Config config) {
  nlohmann::ordered_json json;
  for (const internal::Field& field : internal::Fields()) {
    json[field.section][field.name] = std::visit(ToJsonValue(), field.ref(config));
  }
  return json;
}

absl::StatusOr<Exit> PrintConfig(const Options& options) {
  FN_ASSIGN_OR_RETURN(const Config config, MakeConfig(options.store));
  if (options.json) {
    std::cout << ToJson(config).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
              << "\n";
  } else {
    std::cout << ToToml(config);
  }
  return Exit::kOk;
}

Action Define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  AddStoreFlags(app, &options->store);
  AddJsonFlag(app, &options->json);
  return [options] { return PrintConfig(*options); };
}

}  // namespace

const Command kConfigCommand = {
    "config", "Print every setting with its meaning and value, as a configuration file",
    "  footnote config > footnote.toml                 # the defaults, to be changed\n"
    "  footnote config --config footnote.toml --set answer.passages=20",
    &Define};

}  // namespace footnote::services::cli
