#ifndef FOOTNOTE_SERVICES_HTTP_QUERY_H_
#define FOOTNOTE_SERVICES_HTTP_QUERY_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace footnote::services {

// The pairs of a URL's query, decoded: %41 and '+' for a space. Errors:
// InvalidArgument (a broken %-sequence, too many pairs).
absl::StatusOr<std::vector<std::pair<std::string, std::string>>> ParseQuery(
    absl::string_view query);

// Sets fields of `*message` (numbers, strings, enumerators by name, repeated
// strings by repetition, filters as ParseFilter reads them) from a URL's query.
// Errors: InvalidArgument; the
// message names the parameter, and the known ones where it is unknown.
absl::Status QueryToProto(absl::string_view query, google::protobuf::Message* message);

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_HTTP_QUERY_H_
