#include "services/http/door.h"

#include <optional>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "kernels/base/status_macros.h"
#include "services/http/query.h"
#include "services/http/status.h"
#include "services/json.h"

namespace footnote::services {

absl::StatusOr<CallContext> MakeContext(const HttpDoor& door, HttpCallKind kind,
                                        const HttpRequest& request) {
  std::optional<absl::Duration> wanted;
  if (const absl::string_view text = request.Header("x-timeout-ms"); !text.empty()) {
    int64_t milliseconds;
    if (!absl::SimpleAtoi(text, &milliseconds) || milliseconds < 1) {
      return absl::InvalidArgumentError(
          absl::StrCat("X-Timeout-Ms must be a whole number of milliseconds, at least 1"));
    }
    wanted = absl::Milliseconds(milliseconds);
  }
  CallContext context;
  context.trace_id = request.trace_id;
  context.deadline = kind == HttpCallKind::kQuery   ? door.calls->QueryDeadline(wanted)
                     : kind == HttpCallKind::kWrite ? door.calls->WriteDeadline(wanted)
                                                    : door.calls->AnswerDeadline(wanted);
  context.deadline -= absl::Now() - request.received;  // time in the queue counts
  context.cancelled = request.cancelled;
  return context;
}

absl::Status ParseRequest(const HttpRequest& request, google::protobuf::Message* message) {
  if (request.method != "POST") return QueryToProto(request.query, message);
  if (!request.query.empty()) {
    return absl::InvalidArgumentError(
        "a POST takes its parameters from the JSON body, not from the URL");
  }
  return FromJson(request.body, message);
}

HttpResponse RunCall(const HttpDoor& door, absl::string_view method, HttpCallKind kind,
                     const HttpRequest& request, google::protobuf::Message* message,
                     const google::protobuf::Message& reply,
                     absl::FunctionRef<absl::Status(const CallContext&)> work) {
  std::string json;
  const absl::Status status =
      door.calls->Run({"http", method, request.trace_id}, [&]() -> absl::Status {
        FN_ASSIGN_OR_RETURN(const CallContext context, MakeContext(door, kind, request));
        FN_RETURN_IF_ERROR(ParseRequest(request, message));
        FN_RETURN_IF_ERROR(work(context));
        json = ToJson(reply);
        return absl::OkStatus();
      });
  return status.ok() ? JsonResponse(std::move(json)) : ErrorResponse(status, request.trace_id);
}

}  // namespace footnote::services
