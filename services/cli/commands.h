#ifndef FOOTNOTE_SERVICES_CLI_COMMANDS_H_
#define FOOTNOTE_SERVICES_CLI_COMMANDS_H_

#include "absl/types/span.h"
#include "services/cli/command.h"

namespace footnote::services::cli {

// Every command, in the order in which --help lists them. To add one: a file
// with a constant, its declaration here, its row in commands.cc, its line in
// CMakeLists.txt.
absl::Span<const Command* const> Commands();

// The first word of commands with two, and what they have in common.
struct CommandGroup {
  const char* name;
  const char* summary;
};
absl::Span<const CommandGroup> CommandGroups();

extern const Command kAccessCommand;
extern const Command kAnalyzeCommand;
extern const Command kAskCommand;
extern const Command kBenchEmbedCommand;
extern const Command kBenchSearchCommand;
extern const Command kCompactCommand;
extern const Command kConfigCommand;
extern const Command kDeleteCommand;
extern const Command kDoctorCommand;
extern const Command kEmbedCommand;
extern const Command kEvalQaCommand;
extern const Command kEvalRetrievalCommand;
extern const Command kGenerateCommand;
extern const Command kIngestCommand;
extern const Command kModelConvertCommand;
extern const Command kModelInfoCommand;
extern const Command kModelListCommand;
extern const Command kModelPullCommand;
extern const Command kRerankCommand;
extern const Command kRestoreCommand;
extern const Command kSearchCommand;
extern const Command kServeCommand;
extern const Command kSnapshotCommand;
extern const Command kStatsCommand;
extern const Command kTuneWeightCommand;
extern const Command kVerifyCommand;

}  // namespace footnote::services::cli

#endif  // FOOTNOTE_SERVICES_CLI_COMMANDS_H_
