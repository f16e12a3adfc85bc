#include "services/http/retrieval.h"

#include "kernels/base/status_macros.h"

namespace footnote::services {

HttpResponse HandleSearch(const HttpDoor& door, const HttpRequest& request) {
  v1::SearchRequest message;
  v1::SearchResponse reply;
  return RunCall(door, "Search", HttpCallKind::kQuery, request, &message, reply,
                 [&](const CallContext& context) -> absl::Status {
                   FN_ASSIGN_OR_RETURN(reply, door.application->Search(message, context));
                   door.calls->Observe(reply.times());
                   return absl::OkStatus();
                 });
}

HttpResponse HandleGetDocument(const HttpDoor& door, const HttpRequest& request) {
  v1::GetDocumentRequest message;
  v1::GetDocumentResponse reply;
  return RunCall(door, "GetDocument", HttpCallKind::kQuery, request, &message, reply,
                 [&](const CallContext& context) -> absl::Status {
                   FN_ASSIGN_OR_RETURN(reply, door.application->GetDocument(message, context));
                   return absl::OkStatus();
                 });
}

}  // namespace footnote::services
