#include "services/grpc/generator_service.h"

#include <utility>

#include "kernels/base/status_macros.h"
#include "services/grpc/status.h"

namespace footnote::services {

grpc::Status GeneratorService::Unary(grpc::ServerContext* ctx, absl::string_view method,
                                     CallKind kind,
                                     absl::FunctionRef<absl::Status(const CallContext&)> work) {
  const CallContext context = MakeContext(door_, kind, ctx);
  return ToGrpc(
      door_.calls->Run({"grpc", method, context.trace_id}, [&] { return work(context); }));
}

grpc::Status GeneratorService::Generate(grpc::ServerContext* ctx,
                                        const v1::GenerateRequest* request,
                                        grpc::ServerWriter<v1::GenerateEvent>* writer) {
  CallContext context = MakeContext(door_, CallKind::kGenerate, ctx);
  bool gone = false;  // a write failed: the client can't be reached
  context.cancelled = [&gone, cancelled = context.cancelled] { return gone || cancelled(); };
  const auto send = [&](const v1::GenerateEvent& event) { gone = gone || !writer->Write(event); };
  return ToGrpc(door_.calls->Run({"grpc", "Generate", context.trace_id}, [&]() -> absl::Status {
    v1::GenerateEvent done;
    FN_ASSIGN_OR_RETURN(*done.mutable_done(),
                        inference().Generate(*request, context, [&](const auto& piece) {
                          v1::GenerateEvent event;
                          *event.mutable_piece() = piece;
                          send(event);
                        }));
    door_.calls->Observe(done.done().times());
    send(done);
    return gone ? absl::CancelledError("the client has gone") : absl::OkStatus();
  }));
}

grpc::Status GeneratorService::Embed(grpc::ServerContext* ctx, const v1::EmbedRequest* request,
                                     v1::EmbedResponse* response) {
  return Unary(ctx, "Embed", CallKind::kQuery, [&](const CallContext& context) -> absl::Status {
    FN_ASSIGN_OR_RETURN(*response, inference().Embed(*request, context));
    return absl::OkStatus();
  });
}

grpc::Status GeneratorService::Rerank(grpc::ServerContext* ctx, const v1::RerankRequest* request,
                                      v1::RerankResponse* response) {
  return Unary(ctx, "Rerank", CallKind::kQuery, [&](const CallContext& context) -> absl::Status {
    FN_ASSIGN_OR_RETURN(*response, inference().Rerank(*request, context));
    return absl::OkStatus();
  });
}

grpc::Status GeneratorService::ListModels(grpc::ServerContext* ctx, const v1::ListModelsRequest*,
                                          v1::ListModelsResponse* response) {
  return Unary(ctx, "ListModels", CallKind::kQuery, [&](const CallContext&) {
    *response = inference().ListModels();
    return absl::OkStatus();
  });
}

grpc::Status GeneratorService::LoadAdapter(grpc::ServerContext* ctx,
                                           const v1::LoadAdapterRequest* request,
                                           v1::LoadAdapterResponse* response) {
  return Unary(ctx, "LoadAdapter", CallKind::kWrite,
               [&](const CallContext& context) -> absl::Status {
                 FN_ASSIGN_OR_RETURN(*response, inference().LoadAdapter(*request, context));
                 return absl::OkStatus();
               });
}

grpc::Status GeneratorService::Tokenize(grpc::ServerContext* ctx,
                                        const v1::TokenizeRequest* request,
                                        v1::TokenizeResponse* response) {
  return Unary(ctx, "Tokenize", CallKind::kQuery, [&](const CallContext&) -> absl::Status {
    FN_ASSIGN_OR_RETURN(*response, inference().Tokenize(*request));
    return absl::OkStatus();
  });
}

grpc::Status GeneratorService::Detokenize(grpc::ServerContext* ctx,
                                          const v1::DetokenizeRequest* request,
                                          v1::DetokenizeResponse* response) {
  return Unary(ctx, "Detokenize", CallKind::kQuery, [&](const CallContext&) -> absl::Status {
    FN_ASSIGN_OR_RETURN(*response, inference().Detokenize(*request));
    return absl::OkStatus();
  });
}

}  // namespace footnote::services
