#ifndef FOOTNOTE_SERVICES_VALIDATE_H_
#define FOOTNOTE_SERVICES_VALIDATE_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "footnote/v1/footnote.pb.h"
#include "services/config/config.h"

// The checks that a request passes before any work: every string is UTF-8,
// every number in its range, every list within its limit. Errors:
// InvalidArgument; the message names the field, what is wrong and what would
// be right.
namespace footnote::services {

// "field message", as every such error reads.
absl::Status InvalidField(absl::string_view field, absl::string_view message);

absl::Status Validate(const v1::AskRequest& request, const LimitsConfig& limits);
absl::Status Validate(const v1::SearchRequest& request, const LimitsConfig& limits);
absl::Status Validate(const v1::GetDocumentRequest& request, const LimitsConfig& limits);
// Checks the batch, not its documents: a bad document fails alone.
absl::Status Validate(const v1::IngestBatch& batch, const LimitsConfig& limits);
// What the store's keys and this contract ask of one document; the reader looks
// at its content.
absl::Status Validate(const v1::IngestDocument& document);
absl::Status Validate(const v1::DeleteRequest& request, const LimitsConfig& limits);
absl::Status Validate(const v1::SetAccessRequest& request, const LimitsConfig& limits);

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_VALIDATE_H_
