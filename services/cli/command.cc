#include "services/cli/command.h"

#include "absl/status/status.h"
#include "absl/strings/cord.h"

namespace footnote::services::cli {
namespace {
constexpr char kUsagePayload[] = "footnote/usage";
}  // namespace

absl::Status UsageError(absl::string_view message) {
  absl::Status status = absl::InvalidArgumentError(message);
  status.SetPayload(kUsagePayload, absl::Cord());
  return status;
}

bool IsUsageError(const absl::Status& status) {
  return status.GetPayload(kUsagePayload).has_value();
}

}  // namespace footnote::services::cli
