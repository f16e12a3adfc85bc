#include "services/http/status.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace footnote::services {

int HttpStatus(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kOk:
      return 200;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kFailedPrecondition:
      return 400;
    case absl::StatusCode::kUnauthenticated:
      return 401;
    case absl::StatusCode::kPermissionDenied:
      return 403;
    case absl::StatusCode::kNotFound:
      return 404;
    case absl::StatusCode::kAlreadyExists:
    case absl::StatusCode::kAborted:
      return 409;
    case absl::StatusCode::kResourceExhausted:
      return 429;
    case absl::StatusCode::kCancelled:
      return 499;
    case absl::StatusCode::kUnimplemented:
      return 501;
    case absl::StatusCode::kUnavailable:
      return 503;
    case absl::StatusCode::kDeadlineExceeded:
      return 504;
    default:
      return 500;
  }
}

HttpResponse ErrorResponse(const absl::Status& status, absl::string_view trace_id) {
  HttpResponse response =
      ErrorResponse(HttpStatus(status.code()), absl::StatusCodeToString(status.code()),
                    status.message(), trace_id);
  if (response.status == 429 || response.status == 503) {
    response.headers.emplace_back("Retry-After", "1");
  }
  return response;
}

std::string ErrorJson(const absl::Status& status, absl::string_view trace_id) {
  const HttpResponse response = ErrorResponse(status, trace_id);
  return std::string(absl::StripSuffix(response.body, "\n"));
}

}  // namespace footnote::services
