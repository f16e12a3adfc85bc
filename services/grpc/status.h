#ifndef FOOTNOTE_SERVICES_GRPC_STATUS_H_
#define FOOTNOTE_SERVICES_GRPC_STATUS_H_

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace footnote::services {

// The codes have the same numbers; an over-long message is cut, because it
// travels in a header.
grpc::Status ToGrpc(const absl::Status& status);

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_GRPC_STATUS_H_
