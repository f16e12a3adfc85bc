#include "services/reranker.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/model/registry.h"

namespace footnote::services {

absl::StatusOr<std::unique_ptr<const transformer::CrossEncoder>> LoadReranker(
    const RerankerConfig& config, std::optional<bool> sigmoid) {
  if (config.model.empty()) return std::unique_ptr<const transformer::CrossEncoder>();
  FN_ASSIGN_OR_RETURN(const std::string dir, transformer::FindModel(config.model));
  transformer::CrossEncoderOptions options;
  options.precision = config.precision;
  options.threads = config.threads;
  options.sigmoid = sigmoid;
  return transformer::LoadCrossEncoder(dir, options);
}

absl::Status NoReranker() {
  return absl::FailedPreconditionError(
      "no reranker is installed; set reranker.model to a cross-encoder's name or folder");
}

absl::Status CheckProfiles(const Config& config) {
  if (!config.reranker.model.empty()) return absl::OkStatus();
  for (const auto& [name, profile] : config.profiles) {
    if (!profile.ranking.rerank) continue;
    return absl::InvalidArgumentError(
        absl::StrCat("profiles.", name,
                     ".rerank is true, but no reranker is installed: set "
                     "reranker.model to a cross-encoder's name or folder"));
  }
  return absl::OkStatus();
}

}  // namespace footnote::services
