#include "services/grpc/context.h"

#include <chrono>
#include <optional>

#include "absl/time/clock.h"
#include "services/trace_id.h"

namespace footnote::services {
namespace {

absl::string_view Metadata(const grpc::ServerContext& ctx, const char* key) {
  const auto& metadata = ctx.client_metadata();
  const auto it = metadata.find(key);
  if (it == metadata.end()) return {};
  return absl::string_view(it->second.data(), it->second.size());
}

std::optional<absl::Duration> Wanted(const grpc::ServerContext& ctx) {
  const std::chrono::system_clock::time_point deadline = ctx.deadline();
  if (deadline == std::chrono::system_clock::time_point::max()) return std::nullopt;
  return absl::FromChrono(deadline) - absl::Now();
}

absl::Time DeadlineOf(const Calls& calls, CallKind kind, std::optional<absl::Duration> wanted) {
  switch (kind) {
    case CallKind::kQuery:
      return calls.QueryDeadline(wanted);
    case CallKind::kWrite:
      return calls.WriteDeadline(wanted);
    case CallKind::kAnswer:
      return calls.AnswerDeadline(wanted);
    case CallKind::kGenerate:
      return calls.GenerateDeadline(wanted);
  }
  return calls.QueryDeadline(wanted);
}

}  // namespace

CallContext MakeContext(const GrpcDoor& door, CallKind kind, grpc::ServerContext* ctx) {
  CallContext context;
  context.trace_id = TraceIdOrNew(Metadata(*ctx, "x-trace-id"), Metadata(*ctx, "traceparent"));
  ctx->AddInitialMetadata("x-trace-id", context.trace_id);
  context.deadline = DeadlineOf(*door.calls, kind, Wanted(*ctx));
  context.cancelled = [ctx, stopping = door.stopping] {
    return ctx->IsCancelled() || stopping->load(std::memory_order_relaxed);
  };
  return context;
}

}  // namespace footnote::services
