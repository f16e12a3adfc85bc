#ifndef FOOTNOTE_SERVICES_CLI_COMMAND_H_
#define FOOTNOTE_SERVICES_CLI_COMMAND_H_

#include <CLI/CLI.hpp>
#include <functional>

#include "absl/status/statusor.h"

namespace footnote::services::cli {

// How the process ends. Scripts rely on the values.
enum class Exit {
  kOk = 0,
  kFailed = 1,
  kUsage = 2,  // the command line is wrong
};

// Does a command's work after its options were parsed. An error status is
// printed by the caller and ends the process with kFailed, or with kUsage if it
// was made by UsageError().
using Action = std::function<absl::StatusOr<Exit>()>;

// One command: a row of the table in commands.cc, defined in a file of its own.
struct Command {
  const char* name;      // the words: "ingest", "eval retrieval"
  const char* summary;   // one line
  const char* examples;  // what --help shows at its end: commands that work
  // Declares the options on `app`, which outlives the action, and returns it.
  Action (*define)(CLI::App& app);
};

// A command line that parsed but can't be meant.
absl::Status UsageError(absl::string_view message);
bool IsUsageError(const absl::Status& status);

}  // namespace footnote::services::cli

#endif  // FOOTNOTE_SERVICES_CLI_COMMAND_H_
