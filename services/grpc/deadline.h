#ifndef FOOTNOTE_SERVICES_GRPC_DEADLINE_H_
#define FOOTNOTE_SERVICES_GRPC_DEADLINE_H_

#include <grpcpp/server_context.h>

#include <condition_variable>
#include <mutex>
#include <thread>

#include "absl/time/time.h"

namespace footnote::services {

// Cancels a call at a deadline of the server's own, where a handler waits for
// its client: a client without a deadline that stops sending must not hold a
// thread for ever. As long as the handler; `ctx` must outlive it.
class DeadlineGuard {
 public:
  DeadlineGuard(grpc::ServerContext* ctx, absl::Time deadline);
  ~DeadlineGuard();
  DeadlineGuard(const DeadlineGuard&) = delete;
  DeadlineGuard& operator=(const DeadlineGuard&) = delete;

 private:
  std::mutex mu_;
  std::condition_variable wake_;
  bool done_ = false;
  std::thread thread_;
};

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_GRPC_DEADLINE_H_
