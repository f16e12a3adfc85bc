#ifndef FOOTNOTE_SERVICES_HTTP_SERVER_H_
#define FOOTNOTE_SERVICES_HTTP_SERVER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "services/config/config.h"
#include "services/http/router.h"
#include "services/observability/log.h"

namespace footnote::services {

// The HTTP/1.1 front door: one thread reads and writes all sockets, a pool of
// limits.worker_threads runs the handlers. Thread-safe.
class HttpServer {
 public:
  // Begins to serve. `router` and `logger` must outlive it.
  // Errors: FailedPrecondition (the address is in use), InvalidArgument (it
  // can't be read).
  static absl::StatusOr<std::unique_ptr<HttpServer>> Start(const Config& config,
                                                           const Router* router,
                                                           const Logger* logger);
  // Cancels what is still running.
  virtual ~HttpServer() = default;

  // HOST:PORT with the real port.
  virtual const std::string& address() const = 0;
  // Accepts no more, closes idle connections, lets requests in flight finish
  // until `deadline`, then cancels them and closes the rest.
  virtual void Shutdown(absl::Time deadline) = 0;
};

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_HTTP_SERVER_H_
