#ifndef FOOTNOTE_SERVICES_GRPC_RETRIEVAL_SERVICE_H_
#define FOOTNOTE_SERVICES_GRPC_RETRIEVAL_SERVICE_H_

#include "footnote/v1/footnote.grpc.pb.h"
#include "services/grpc/context.h"

namespace footnote::services {

class RetrievalService final : public v1::RetrievalService::Service {
 public:
  explicit RetrievalService(const GrpcDoor& door) : door_(door) {}

  grpc::Status Search(grpc::ServerContext* ctx, const v1::SearchRequest* request,
                      v1::SearchResponse* response) override;
  grpc::Status GetDocument(grpc::ServerContext* ctx, const v1::GetDocumentRequest* request,
                           v1::GetDocumentResponse* response) override;

 private:
  const GrpcDoor door_;
};

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_GRPC_RETRIEVAL_SERVICE_H_
