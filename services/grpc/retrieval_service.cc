#include "services/grpc/retrieval_service.h"

#include "kernels/base/status_macros.h"
#include "services/grpc/status.h"

namespace footnote::services {

grpc::Status RetrievalService::Search(grpc::ServerContext* ctx, const v1::SearchRequest* request,
                                      v1::SearchResponse* response) {
  const CallContext context = MakeContext(door_, CallKind::kQuery, ctx);
  return ToGrpc(door_.calls->Run({"grpc", "Search", context.trace_id}, [&]() -> absl::Status {
    FN_ASSIGN_OR_RETURN(*response, door_.application->Search(*request, context));
    door_.calls->Observe(response->times());
    return absl::OkStatus();
  }));
}

grpc::Status RetrievalService::GetDocument(grpc::ServerContext* ctx,
                                           const v1::GetDocumentRequest* request,
                                           v1::GetDocumentResponse* response) {
  const CallContext context = MakeContext(door_, CallKind::kQuery, ctx);
  return ToGrpc(door_.calls->Run({"grpc", "GetDocument", context.trace_id}, [&]() -> absl::Status {
    FN_ASSIGN_OR_RETURN(*response, door_.application->GetDocument(*request, context));
    return absl::OkStatus();
  }));
}

}  // namespace footnote::services
