#include "services/grpc/server.h"

#include <grpcpp/ext/proto_server_reflection_plugin.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/impl/server_builder_option.h>

#include <atomic>
#include <utility>
#include <vector>

#include "services/address.h"
#include "services/grpc/generator_service.h"
#include "services/grpc/ingest_service.h"
#include "services/grpc/qa_service.h"
#include "services/grpc/retrieval_service.h"

namespace footnote::services {
namespace {

// Beyond the message: the stream's buffers, and requests that wait.
constexpr size_t kMemoryPerRequest = 4 << 20;
// Threads that only wait for calls, and one for health checks.
constexpr int kSpareThreads = 8;

constexpr const char* kServices[] = {"", "footnote.v1.QaService", "footnote.v1.RetrievalService",
                                     "footnote.v1.IngestService", "footnote.v1.GeneratorService"};

// Linking the reflection library registers it with every server; this takes it
// out again.
class WithoutReflection : public grpc::ServerBuilderOption {
 public:
  void UpdateArguments(grpc::ChannelArguments*) override {}
  void UpdatePlugins(std::vector<std::unique_ptr<grpc::ServerBuilderPlugin>>* plugins) override {
    std::erase_if(*plugins,
                  [](const auto& plugin) { return plugin->name() == "proto_server_reflection"; });
  }
};

int Milliseconds(absl::Duration d) { return static_cast<int>(absl::ToInt64Milliseconds(d)); }

class GrpcServerImpl : public GrpcServer {
 public:
  GrpcServerImpl(Application* application, Calls* calls)
      : door_{application, calls, &stopping_},
        qa_(door_),
        retrieval_(door_),
        ingest_(door_),
        generator_(door_) {}

  ~GrpcServerImpl() override { Shutdown(absl::Now()); }

  absl::Status Listen(const Config& config) {
    grpc::EnableDefaultHealthCheckService(true);
    grpc::reflection::InitProtoReflectionServerBuilderPlugin();
    grpc::ServerBuilder builder;
    if (!config.grpc.reflection) builder.SetOption(std::make_unique<WithoutReflection>());
    SetLimits(config, &builder);
    builder.RegisterService(&qa_);
    builder.RegisterService(&retrieval_);
    builder.RegisterService(&ingest_);
    builder.RegisterService(&generator_);
    int port = 0;
    builder.AddListeningPort(config.grpc.listen, grpc::InsecureServerCredentials(), &port);
    server_ = builder.BuildAndStart();
    if (server_ == nullptr || port == 0)
      return ListenError("gRPC", "grpc.listen", config.grpc.listen);
    address_ = WithPort(config.grpc.listen, port);
    SetReady(false);
    return absl::OkStatus();
  }

  const std::string& address() const override { return address_; }

  void SetReady(bool ready) override {
    for (const char* service : kServices) {
      server_->GetHealthCheckService()->SetServingStatus(service, ready);
    }
  }

  void Shutdown(absl::Time deadline) override {
    if (server_ == nullptr || shut_down_.exchange(true)) return;
    server_->GetHealthCheckService()->Shutdown();
    // gRPC cancels the calls at the deadline, which they see within a step.
    server_->Shutdown(absl::ToChronoTime(deadline));
    stopping_ = true;
    server_->Wait();
  }

 private:
  static void SetLimits(const Config& config, grpc::ServerBuilder* builder) {
    const LimitsConfig& limits = config.limits;
    const int max_message = static_cast<int>(limits.max_body_bytes);
    builder->SetMaxReceiveMessageSize(max_message);
    grpc::ResourceQuota quota("footnote");
    quota.SetMaxThreads(limits.max_concurrent_requests + kSpareThreads);
    quota.Resize((limits.max_body_bytes + kMemoryPerRequest) * limits.max_concurrent_requests);
    builder->SetResourceQuota(quota);
    builder->AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);  // a second server is an error
    builder->AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS,
                                config.grpc.max_concurrent_streams);
    builder->AddChannelArgument(GRPC_ARG_MAX_METADATA_SIZE, config.grpc.max_metadata_bytes);
    builder->AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS,
                                Milliseconds(config.grpc.idle_timeout));
    // A dead peer is noticed within half a minute; one that pings more often
    // than this is cut off.
    builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, 20000);
    builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10000);
    builder->AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS, 10000);
    builder->AddChannelArgument(GRPC_ARG_HTTP2_MAX_PING_STRIKES, 3);
  }

  std::atomic<bool> stopping_{false};
  std::atomic<bool> shut_down_{false};
  const GrpcDoor door_;
  QaService qa_;
  RetrievalService retrieval_;
  IngestService ingest_;
  GeneratorService generator_;
  std::unique_ptr<grpc::Server> server_;
  std::string address_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<GrpcServer>> GrpcServer::Start(const Config& config,
                                                              Application* application,
                                                              Calls* calls) {
  auto server = std::make_unique<GrpcServerImpl>(application, calls);
  if (const absl::Status status = server->Listen(config); !status.ok()) return status;
  return server;
}

}  // namespace footnote::services
