#include "services/grpc/deadline.h"

namespace footnote::services {

// A thread of its own, because gRPC's alarm may still call back while its
// object is being destroyed. Only streams of writes, which are few, have one.
DeadlineGuard::DeadlineGuard(grpc::ServerContext* ctx, absl::Time deadline)
    : thread_([this, ctx, deadline] {
        std::unique_lock<std::mutex> lock(mu_);
        if (!wake_.wait_until(lock, absl::ToChronoTime(deadline), [this] { return done_; })) {
          ctx->TryCancel();
        }
      }) {}

DeadlineGuard::~DeadlineGuard() {
  {
    const std::lock_guard<std::mutex> lock(mu_);
    done_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

}  // namespace footnote::services
