#ifndef FOOTNOTE_SERVICES_HTTP_DOOR_H_
#define FOOTNOTE_SERVICES_HTTP_DOOR_H_

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "google/protobuf/message.h"
#include "services/application.h"
#include "services/calls.h"
#include "services/http/message.h"

namespace footnote::services {

// What the API's handlers share. Everything outlives them.
struct HttpDoor {
  Application* application;
  Calls* calls;
};

enum class HttpCallKind { kQuery, kWrite, kAnswer };

// The call's trace id, deadline (from the header X-Timeout-Ms, counted from
// the request's arrival) and cancellation. Errors: InvalidArgument (the header).
absl::StatusOr<CallContext> MakeContext(const HttpDoor& door, HttpCallKind kind,
                                        const HttpRequest& request);

// Reads the request's message: from the URL of a GET, from the JSON body of a
// POST. Errors: InvalidArgument.
absl::Status ParseRequest(const HttpRequest& request, google::protobuf::Message* message);

// Runs a call that answers with one message: reads `*message`, runs `work`,
// and gives `reply` or the error as JSON.
HttpResponse RunCall(const HttpDoor& door, absl::string_view method, HttpCallKind kind,
                     const HttpRequest& request, google::protobuf::Message* message,
                     const google::protobuf::Message& reply,
                     absl::FunctionRef<absl::Status(const CallContext&)> work);

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_HTTP_DOOR_H_
