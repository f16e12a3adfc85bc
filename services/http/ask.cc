#include "services/http/ask.h"

#include <string>

#include "absl/strings/match.h"
#include "kernels/base/status_macros.h"
#include "services/http/sse.h"
#include "services/http/status.h"
#include "services/json.h"

namespace footnote::services {
namespace {

std::string ToEvent(const v1::AskEvent& event) {
  switch (event.event_case()) {
    case v1::AskEvent::kPassages:
      return SseEvent("passages", ToJson(event.passages()));
    case v1::AskEvent::kFootnote:
      return SseEvent("footnote", ToJson(event.footnote()));
    case v1::AskEvent::kSentence:
      return SseEvent("sentence", ToJson(event.sentence()));
    case v1::AskEvent::kDone:
      return SseEvent("done", ToJson(event.done()));
    case v1::AskEvent::EVENT_NOT_SET:
      break;
  }
  return "";
}

HttpResponse StreamHead() {
  HttpResponse head;
  head.headers = {{"Content-Type", "text/event-stream; charset=utf-8"},
                  {"Cache-Control", "no-store"},
                  {"X-Accel-Buffering", "no"}};  // proxies of nginx's kind must not hold it back
  return head;
}

HttpResponse AskOnce(const HttpDoor& door, const HttpRequest& request) {
  v1::AskRequest message;
  v1::AskResponse reply;
  return RunCall(door, "Ask", HttpCallKind::kAnswer, request, &message, reply,
                 [&](const CallContext& context) -> absl::Status {
                   FN_ASSIGN_OR_RETURN(reply, door.application->Ask(message, context, nullptr));
                   door.calls->Observe(reply.times());
                   return absl::OkStatus();
                 });
}

HttpResponse AskStreaming(const HttpDoor& door, const HttpRequest& request, StreamWriter* stream) {
  bool gone = false;
  const auto send = [&](const v1::AskEvent& event) {
    if (!stream->begun()) stream->Begin(StreamHead(), kSseHeartbeat);
    gone = gone || !stream->Send(ToEvent(event));
  };
  const absl::Status status =
      door.calls->Run({"http", "AskStream", request.trace_id}, [&]() -> absl::Status {
        FN_ASSIGN_OR_RETURN(CallContext context, MakeContext(door, HttpCallKind::kAnswer, request));
        context.cancelled = [&gone, cancelled = context.cancelled] {
          return gone || (cancelled && cancelled());
        };
        v1::AskRequest message;
        FN_RETURN_IF_ERROR(ParseRequest(request, &message));
        v1::AskEvent done;
        FN_ASSIGN_OR_RETURN(*done.mutable_done(), door.application->Ask(message, context, send));
        door.calls->Observe(done.done().times());
        send(done);
        return gone ? absl::CancelledError("the client has gone") : absl::OkStatus();
      });
  if (!status.ok() && !stream->begun()) return ErrorResponse(status, request.trace_id);
  if (!status.ok()) stream->Send(SseEvent("error", ErrorJson(status, request.trace_id)));
  return {};
}

}  // namespace

HttpResponse HandleAsk(const HttpDoor& door, const HttpRequest& request, StreamWriter* stream) {
  return absl::StrContains(request.Header("accept"), "text/event-stream")
             ? AskStreaming(door, request, stream)
             : AskOnce(door, request);
}

}  // namespace footnote::services
