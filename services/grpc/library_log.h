#ifndef FOOTNOTE_SERVICES_GRPC_LIBRARY_LOG_H_
#define FOOTNOTE_SERVICES_GRPC_LIBRARY_LOG_H_

#include "services/observability/log.h"

namespace footnote::services {

// Sends what the gRPC library logs through `logger`, so that every line of the
// process has one format; what the library calls an error is a warning here,
// because each that concerns a caller reaches it as a status. One at a time in
// a process; `logger` must outlive it.
class GrpcLibraryLog {
 public:
  explicit GrpcLibraryLog(const Logger* logger);
  ~GrpcLibraryLog();
  GrpcLibraryLog(const GrpcLibraryLog&) = delete;
  GrpcLibraryLog& operator=(const GrpcLibraryLog&) = delete;
};

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_GRPC_LIBRARY_LOG_H_
