#include "services/grpc/status.h"

#include <string>

#include "transformer/text/utf8.h"

namespace footnote::services {
namespace {

constexpr size_t kMaxMessageBytes = 2048;

}  // namespace

grpc::Status ToGrpc(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  return grpc::Status(
      static_cast<grpc::StatusCode>(status.code()),
      transformer::ReplaceInvalidUtf8(status.message().substr(0, kMaxMessageBytes)));
}

}  // namespace footnote::services
