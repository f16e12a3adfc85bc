#include "services/cli/commands.h"

namespace footnote::services::cli {
namespace {

const Command* const kCommands[] = {
    &kIngestCommand,        &kAskCommand,          &kSearchCommand,     &kServeCommand,
    &kGenerateCommand,      &kDeleteCommand,       &kAccessCommand,     &kCompactCommand,
    &kStatsCommand,         &kVerifyCommand,       &kSnapshotCommand,   &kRestoreCommand,
    &kEvalRetrievalCommand, &kEvalQaCommand,       &kTuneWeightCommand, &kEmbedCommand,
    &kRerankCommand,        &kAnalyzeCommand,      &kModelListCommand,  &kModelInfoCommand,
    &kModelPullCommand,     &kModelConvertCommand, &kBenchEmbedCommand, &kBenchSearchCommand,
    &kConfigCommand,        &kDoctorCommand,
};

const CommandGroup kGroups[] = {
    {"eval", "Measure retrieval or answers on a test collection"},
    {"tune", "Fit to your own documents"},
    {"model", "Models: what there is, what one is, and getting one"},
    {"bench", "Measure this machine"},
};

}  // namespace

absl::Span<const Command* const> Commands() { return kCommands; }
absl::Span<const CommandGroup> CommandGroups() { return kGroups; }

}  // namespace footnote::services::cli
