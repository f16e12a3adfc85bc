#include "services/grpc/library_log.h"

#include <grpc/support/log.h>

#include <atomic>

namespace footnote::services {
namespace {

// The library calls a plain function, on any of its threads.
std::atomic<const Logger*> current{nullptr};

void Log(gpr_log_func_args* args) {
  const Logger* logger = current.load();
  if (logger == nullptr) return;
  const LogLevel level =
      args->severity == GPR_LOG_SEVERITY_ERROR ? LogLevel::kWarning : LogLevel::kDebug;
  logger->Log(level, args->message, {{"library", absl::string_view("grpc")}});
}

}  // namespace

GrpcLibraryLog::GrpcLibraryLog(const Logger* logger) {
  current = logger;
  gpr_set_log_function(Log);
}

GrpcLibraryLog::~GrpcLibraryLog() { current = nullptr; }

}  // namespace footnote::services
