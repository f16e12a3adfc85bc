#ifndef FOOTNOTE_SERVICES_GRPC_CONTEXT_H_
#define FOOTNOTE_SERVICES_GRPC_CONTEXT_H_

#include <grpcpp/server_context.h>

#include <atomic>

#include "services/application.h"
#include "services/calls.h"

namespace footnote::services {

// What the three gRPC services share. Everything outlives them.
struct GrpcDoor {
  Application* application;
  Calls* calls;
  const std::atomic<bool>* stopping;  // calls must end now
};

enum class CallKind { kQuery, kWrite, kAnswer, kGenerate };

// The call's trace id, deadline and cancellation; sends the trace id back as
// x-trace-id. `ctx` must outlive the result.
CallContext MakeContext(const GrpcDoor& door, CallKind kind, grpc::ServerContext* ctx);

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_GRPC_CONTEXT_H_
