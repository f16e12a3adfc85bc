#ifndef FOOTNOTE_SERVICES_GRPC_QA_SERVICE_H_
#define FOOTNOTE_SERVICES_GRPC_QA_SERVICE_H_

#include "footnote/v1/footnote.grpc.pb.h"
#include "services/grpc/context.h"

namespace footnote::services {

class QaService final : public v1::QaService::Service {
 public:
  explicit QaService(const GrpcDoor& door) : door_(door) {}

  grpc::Status Ask(grpc::ServerContext* ctx, const v1::AskRequest* request,
                   v1::AskResponse* response) override;
  grpc::Status AskStream(grpc::ServerContext* ctx, const v1::AskRequest* request,
                         grpc::ServerWriter<v1::AskEvent>* writer) override;

 private:
  const GrpcDoor door_;
};

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_GRPC_QA_SERVICE_H_
