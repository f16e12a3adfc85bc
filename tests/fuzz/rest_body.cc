// The body and the URL of a REST request: JSON or query to message, message to
// validation, message to JSON again. The first byte chooses the message.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>

#include "absl/strings/string_view.h"
#include "services/http/guard.h"
#include "services/http/query.h"
#include "services/json.h"
#include "services/validate.h"

namespace footnote::services {
namespace {

template <typename Message>
void Try(absl::string_view input) {
  const LimitsConfig limits;
  Message message;
  if (FromJson(input, &message).ok() && Validate(message, limits).ok()) {
    // What was accepted can be said again.
    Message again;
    if (!FromJson(ToJson(message), &again).ok()) std::abort();
    if (!Validate(again, limits).ok()) std::abort();
  }
  if (QueryToProto(input, &message).ok()) (void)Validate(message, limits);
}

}  // namespace
}  // namespace footnote::services

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace footnote::services;
  if (size == 0) return 0;
  const absl::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  switch (data[0] % 6) {
    case 0:
      Try<footnote::v1::AskRequest>(input);
      break;
    case 1:
      Try<footnote::v1::SearchRequest>(input);
      break;
    case 2:
      Try<footnote::v1::GetDocumentRequest>(input);
      break;
    case 3:
      Try<footnote::v1::IngestBatch>(input);
      break;
    case 4:
      Try<footnote::v1::DeleteRequest>(input);
      break;
    case 5:
      Try<footnote::v1::SetAccessRequest>(input);
      break;
  }
  (void)JsonString(input);
  (void)HostWithoutPort(input);
  return 0;
}
