#ifndef FOOTNOTE_SERVICES_RERANKER_H_
#define FOOTNOTE_SERVICES_RERANKER_H_

#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/config/config.h"
#include "transformer/cross_encoder.h"

namespace footnote::services {

// The cross-encoder of `config`; null where it names none. `sigmoid` as in
// CrossEncoderOptions. Errors: those of FindModel and LoadCrossEncoder.
absl::StatusOr<std::unique_ptr<const transformer::CrossEncoder>> LoadReranker(
    const RerankerConfig& config, std::optional<bool> sigmoid = std::nullopt);

// What a call that needs one gets without: FailedPrecondition, with the mend.
absl::Status NoReranker();

// Whether each ranking profile that reranks can. Errors: InvalidArgument, naming the
// profile.
absl::Status CheckProfiles(const Config& config);

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_RERANKER_H_
