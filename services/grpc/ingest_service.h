#ifndef FOOTNOTE_SERVICES_GRPC_INGEST_SERVICE_H_
#define FOOTNOTE_SERVICES_GRPC_INGEST_SERVICE_H_

#include "footnote/v1/footnote.grpc.pb.h"
#include "services/grpc/context.h"

namespace footnote::services {

class IngestService final : public v1::IngestService::Service {
 public:
  explicit IngestService(const GrpcDoor& door) : door_(door) {}

  // Documents are written in batches as they arrive, so that a long stream
  // needs little memory. When it breaks, the batches before stay; an error's
  // message says how many documents they hold.
  grpc::Status Ingest(grpc::ServerContext* ctx, grpc::ServerReader<v1::IngestRequest>* reader,
                      v1::IngestResponse* response) override;
  grpc::Status Delete(grpc::ServerContext* ctx, const v1::DeleteRequest* request,
                      v1::DeleteResponse* response) override;
  grpc::Status SetAccess(grpc::ServerContext* ctx, const v1::SetAccessRequest* request,
                         v1::SetAccessResponse* response) override;

 private:
  const GrpcDoor door_;
};

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_GRPC_INGEST_SERVICE_H_
