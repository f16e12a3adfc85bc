#include "services/serve.h"

#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "kernels/base/status_macros.h"
#include "services/application.h"
#include "services/calls.h"
#include "services/grpc/library_log.h"
#include "services/grpc/server.h"
#include "services/http/routes.h"
#include "services/http/server.h"
#include "services/http/static_files.h"
#include "services/observability/log.h"
#include "services/observability/metrics.h"
#include "services/readiness.h"
#include "services/signals.h"
#include "web/assets.h"

namespace footnote::services {
namespace {

// How often health checks of gRPC are told what readiness says.
constexpr absl::Duration kHealthInterval = absl::Seconds(1);

// A small piece of what every question needs: the encoder and the store.
absl::Status Probe(Application* application) {
  FN_RETURN_IF_ERROR(application->embedder().Embed({"ready?"}).status());
  return application->engine().Stats().status();
}

// Everything that serves. Members are in order of dependence.
class Service {
 public:
  Service(const Config& config, std::unique_ptr<Application> application, const Logger* logger)
      : config_(config),
        logger_(logger),
        application_(std::move(application)),
        calls_(config.limits, &metrics_, logger, config.generator),
        readiness_({}, [this] { return Probe(application_.get()); }),
        router_(RequestGuard(config.http.allowed_hosts), Routes(), logger) {}

  absl::Status Start() {
    if (config_.http.listen.empty() && config_.grpc.listen.empty()) {
      return absl::InvalidArgumentError(
          "nothing to serve: set http.listen or grpc.listen, such as 127.0.0.1:8080");
    }
    if (!config_.grpc.listen.empty()) {
      FN_ASSIGN_OR_RETURN(grpc_, GrpcServer::Start(config_, application_.get(), &calls_));
    }
    if (!config_.http.listen.empty()) {
      FN_ASSIGN_OR_RETURN(http_, HttpServer::Start(config_, &router_, logger_));
    }
    LogAddresses();
    return absl::OkStatus();
  }

  void RunUntil(TerminationSignals* signals) {
    while (true) {
      if (grpc_ != nullptr) grpc_->SetReady(readiness_.Check().ok());
      if (const int signal = signals->Wait(kHealthInterval); signal != 0) {
        logger_->Log(LogLevel::kInfo, "stopping",
                     {{"signal", int64_t{signal}}, {"in_flight", int64_t{calls_.in_flight()}}});
        return;
      }
    }
  }

  void Stop() {
    readiness_.Stop();
    const absl::Time deadline = absl::Now() + config_.limits.drain_timeout;
    std::thread grpc([this, deadline] {
      if (grpc_ != nullptr) grpc_->Shutdown(deadline);
    });
    if (http_ != nullptr) http_->Shutdown(deadline);
    grpc.join();
  }

 private:
  std::vector<Route> Routes() {
    std::vector<Route> routes =
        ApiRoutes(HttpDoor{application_.get(), &calls_}, &metrics_, &readiness_);
    for (Route& route : StaticRoutes(web::WebAssets())) routes.push_back(std::move(route));
    return routes;
  }

  void LogAddresses() {
    std::vector<LogField> fields;
    std::string url;
    if (grpc_ != nullptr) fields.push_back({"grpc", absl::string_view(grpc_->address())});
    if (http_ != nullptr) {
      url = absl::StrCat("http://", http_->address(), "/");
      fields.push_back({"http", absl::string_view(http_->address())});
      fields.push_back({"url", absl::string_view(url)});
    }
    fields.push_back({"data_dir", absl::string_view(config_.store.data_dir)});
    logger_->Log(LogLevel::kInfo, "listening", fields);
  }

  const Config config_;
  const Logger* const logger_;
  const std::unique_ptr<Application> application_;
  Metrics metrics_;
  Calls calls_;
  Readiness readiness_;
  const Router router_;
  std::unique_ptr<GrpcServer> grpc_;
  std::unique_ptr<HttpServer> http_;
};

// Files of segments that couldn't be used. Searches are as right without them.
absl::Status LogNotes(const retrieval::Engine& engine, const Logger& logger) {
  FN_ASSIGN_OR_RETURN(const retrieval::EngineStats stats, engine.Stats());
  for (const retrieval::CollectionStats& c : stats.collections) {
    for (const std::string& note : c.notes) {
      logger.Log(LogLevel::kWarning, "a segment is built again",
                 {{"collection", absl::string_view(c.name)}, {"why", absl::string_view(note)}});
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status Serve(const Config& config) {
  TerminationSignals signals;
  const Logger logger(config.log);
  const GrpcLibraryLog grpc_log(&logger);
  const auto reindexing = [&logger](const std::string& collection, uint64_t done, uint64_t total) {
    constexpr uint64_t kDocumentsPerLine = 10'000;
    if (done % kDocumentsPerLine != 0 && done != total) return;
    logger.Log(LogLevel::kInfo, "indexing words anew for this version",
               {{"collection", absl::string_view(collection)},
                {"done", static_cast<int64_t>(done)},
                {"documents", static_cast<int64_t>(total)}});
  };
  FN_ASSIGN_OR_RETURN(std::unique_ptr<Application> application,
                      Application::Open(config, /*create_if_missing=*/true, reindexing));
  FN_RETURN_IF_ERROR(LogNotes(application->engine(), logger));
  {
    Service service(config, std::move(application), &logger);
    FN_RETURN_IF_ERROR(service.Start());
    service.RunUntil(&signals);
    service.Stop();
  }
  logger.Log(LogLevel::kInfo, "stopped");
  return absl::OkStatus();
}

}  // namespace footnote::services
