#ifndef FOOTNOTE_SERVICES_GENERATE_MESSAGES_H_
#define FOOTNOTE_SERVICES_GENERATE_MESSAGES_H_

#include "absl/status/status.h"
#include "footnote/v1/footnote.pb.h"
#include "generator/runner/generation.h"
#include "generator/runner/model_runner.h"

// Between GeneratorService's messages and the types of generator/.
namespace footnote::services {

// The checks that need no model; the runner does the others. Errors:
// InvalidArgument, naming the field.
absl::Status Validate(const v1::GenerateRequest& request);
absl::Status Validate(const v1::EmbedRequest& request);
absl::Status Validate(const v1::RerankRequest& request);
absl::Status Validate(const v1::TokenizeRequest& request);
absl::Status Validate(const v1::DetokenizeRequest& request);
// A folder is a relative path that stays below the one it counts from.
absl::Status Validate(const v1::LoadAdapterRequest& request);

// All but prompt, max_tokens and deadline.
generator::GenerateRequest FromProto(const v1::GenerateRequest& request);

v1::GeneratedPiece ToProto(const generator::Piece& piece, bool log_probs,
                           const transformer::Tokenizer& tokenizer);
v1::GenerateDone ToProto(const generator::Finish& finish);

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_GENERATE_MESSAGES_H_
