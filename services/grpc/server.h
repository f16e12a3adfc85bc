#ifndef FOOTNOTE_SERVICES_GRPC_SERVER_H_
#define FOOTNOTE_SERVICES_GRPC_SERVER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/application.h"
#include "services/calls.h"
#include "services/config/config.h"

namespace footnote::services {

// The gRPC front door: QaService, RetrievalService, IngestService,
// GeneratorService, grpc.health.v1 and, if configured, reflection. Thread-safe.
class GrpcServer {
 public:
  // Begins to serve; health says NOT_SERVING until SetReady(true).
  // `application` and `calls` must outlive it.
  // Errors: FailedPrecondition (the address is in use), InvalidArgument (it
  // can't be read).
  static absl::StatusOr<std::unique_ptr<GrpcServer>> Start(const Config& config,
                                                           Application* application, Calls* calls);
  // Cancels what is still running.
  virtual ~GrpcServer() = default;

  // HOST:PORT with the real port.
  virtual const std::string& address() const = 0;
  // What health checks are told.
  virtual void SetReady(bool ready) = 0;
  // Refuses new calls, lets those in flight finish until `deadline`, then
  // cancels them.
  virtual void Shutdown(absl::Time deadline) = 0;
};

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_GRPC_SERVER_H_
