#ifndef FOOTNOTE_SERVICES_SERVE_H_
#define FOOTNOTE_SERVICES_SERVE_H_

#include "absl/status/status.h"
#include "services/config/config.h"

namespace footnote::services {

// Opens the application (the store is made if it isn't there), starts the gRPC
// and HTTP doors, and returns after SIGTERM or SIGINT: new calls are refused,
// those in flight may finish for limits.drain_timeout, then they are cancelled
// and the store is closed. A second signal ends the process at once, as a kill
// would, which the store survives. The addresses and the search page's URL are in the log's
// "listening" line.
//
// Takes over the two signals' handlers while it runs; one call at a time in a
// process. Errors: those of Application::Open, and FailedPrecondition (an
// address is in use), InvalidArgument (an address can't be read).
absl::Status Serve(const Config& config);

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_SERVE_H_
