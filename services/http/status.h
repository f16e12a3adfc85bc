#ifndef FOOTNOTE_SERVICES_HTTP_STATUS_H_
#define FOOTNOTE_SERVICES_HTTP_STATUS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "services/http/message.h"

namespace footnote::services {

// As google.rpc.Code maps them: InvalidArgument is 400, NotFound 404, ...
int HttpStatus(absl::StatusCode code);

// The error that a client gets; one of overload says when to try again.
HttpResponse ErrorResponse(const absl::Status& status, absl::string_view trace_id);

// The same as one line of JSON, for an event.
std::string ErrorJson(const absl::Status& status, absl::string_view trace_id);

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_HTTP_STATUS_H_
