#include "services/grpc/qa_service.h"

#include <utility>

#include "kernels/base/status_macros.h"
#include "services/grpc/status.h"

namespace footnote::services {

grpc::Status QaService::Ask(grpc::ServerContext* ctx, const v1::AskRequest* request,
                            v1::AskResponse* response) {
  const CallContext context = MakeContext(door_, CallKind::kAnswer, ctx);
  return ToGrpc(door_.calls->Run({"grpc", "Ask", context.trace_id}, [&]() -> absl::Status {
    FN_ASSIGN_OR_RETURN(*response, door_.application->Ask(*request, context, nullptr));
    door_.calls->Observe(response->times());
    return absl::OkStatus();
  }));
}

grpc::Status QaService::AskStream(grpc::ServerContext* ctx, const v1::AskRequest* request,
                                  grpc::ServerWriter<v1::AskEvent>* writer) {
  CallContext context = MakeContext(door_, CallKind::kAnswer, ctx);
  bool gone = false;  // a write failed: the client can't be reached
  context.cancelled = [&gone, cancelled = context.cancelled] { return gone || cancelled(); };
  const auto send = [&](const v1::AskEvent& event) { gone = gone || !writer->Write(event); };
  return ToGrpc(door_.calls->Run({"grpc", "AskStream", context.trace_id}, [&]() -> absl::Status {
    v1::AskEvent done;
    FN_ASSIGN_OR_RETURN(*done.mutable_done(), door_.application->Ask(*request, context, send));
    door_.calls->Observe(done.done().times());
    send(done);
    return gone ? absl::CancelledError("the client has gone") : absl::OkStatus();
  }));
}

}  // namespace footnote::services
