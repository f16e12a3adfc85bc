#include "services/http/ingest.h"

#include "kernels/base/status_macros.h"

namespace footnote::services {

HttpResponse HandleIngest(const HttpDoor& door, const HttpRequest& request) {
  v1::IngestBatch message;
  v1::IngestResponse reply;
  return RunCall(door, "Ingest", HttpCallKind::kWrite, request, &message, reply,
                 [&](const CallContext& context) -> absl::Status {
                   FN_ASSIGN_OR_RETURN(reply, door.application->Ingest(message, context));
                   return absl::OkStatus();
                 });
}

HttpResponse HandleDelete(const HttpDoor& door, const HttpRequest& request) {
  v1::DeleteRequest message;
  v1::DeleteResponse reply;
  return RunCall(door, "Delete", HttpCallKind::kWrite, request, &message, reply,
                 [&](const CallContext& context) -> absl::Status {
                   FN_ASSIGN_OR_RETURN(reply, door.application->Delete(message, context));
                   return absl::OkStatus();
                 });
}

HttpResponse HandleSetAccess(const HttpDoor& door, const HttpRequest& request) {
  v1::SetAccessRequest message;
  v1::SetAccessResponse reply;
  return RunCall(door, "SetAccess", HttpCallKind::kWrite, request, &message, reply,
                 [&](const CallContext& context) -> absl::Status {
                   FN_ASSIGN_OR_RETURN(reply, door.application->SetAccess(message, context));
                   return absl::OkStatus();
                 });
}

}  // namespace footnote::services
