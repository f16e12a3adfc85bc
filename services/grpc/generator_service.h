#ifndef FOOTNOTE_SERVICES_GRPC_GENERATOR_SERVICE_H_
#define FOOTNOTE_SERVICES_GRPC_GENERATOR_SERVICE_H_

#include "absl/functional/function_ref.h"
#include "absl/strings/string_view.h"
#include "footnote/v1/footnote.grpc.pb.h"
#include "services/grpc/context.h"

namespace footnote::services {

class GeneratorService final : public v1::GeneratorService::Service {
 public:
  explicit GeneratorService(const GrpcDoor& door) : door_(door) {}

  grpc::Status Generate(grpc::ServerContext* ctx, const v1::GenerateRequest* request,
                        grpc::ServerWriter<v1::GenerateEvent>* writer) override;
  grpc::Status Embed(grpc::ServerContext* ctx, const v1::EmbedRequest* request,
                     v1::EmbedResponse* response) override;
  grpc::Status Rerank(grpc::ServerContext* ctx, const v1::RerankRequest* request,
                      v1::RerankResponse* response) override;
  grpc::Status ListModels(grpc::ServerContext* ctx, const v1::ListModelsRequest* request,
                          v1::ListModelsResponse* response) override;
  grpc::Status LoadAdapter(grpc::ServerContext* ctx, const v1::LoadAdapterRequest* request,
                           v1::LoadAdapterResponse* response) override;
  grpc::Status Tokenize(grpc::ServerContext* ctx, const v1::TokenizeRequest* request,
                        v1::TokenizeResponse* response) override;
  grpc::Status Detokenize(grpc::ServerContext* ctx, const v1::DetokenizeRequest* request,
                          v1::DetokenizeResponse* response) override;

 private:
  // A call that answers with one message.
  grpc::Status Unary(grpc::ServerContext* ctx, absl::string_view method, CallKind kind,
                     absl::FunctionRef<absl::Status(const CallContext&)> work);
  Inference& inference() { return door_.application->inference(); }

  const GrpcDoor door_;
};

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_GRPC_GENERATOR_SERVICE_H_
