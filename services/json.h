#ifndef FOOTNOTE_SERVICES_JSON_H_
#define FOOTNOTE_SERVICES_JSON_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace footnote::services {

// The JSON of a message: protobuf's mapping with field names as the .proto
// file writes them, fields with default values included. On one line, unless
// `pretty`.
std::string ToJson(const google::protobuf::Message& message, bool pretty = false);

// Reads JSON into `*message`, whose earlier content is lost. Errors:
// InvalidArgument (not UTF-8, not JSON, an unknown field, a value of the wrong
// type or out of its type's range); the message names the place.
absl::Status FromJson(absl::string_view json, google::protobuf::Message* message);

// `text` as a JSON string with its quotes. Ill-formed UTF-8 becomes U+FFFD, so
// that the result is always valid JSON on one line.
std::string JsonString(absl::string_view text);

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_JSON_H_
