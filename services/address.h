#ifndef FOOTNOTE_SERVICES_ADDRESS_H_
#define FOOTNOTE_SERVICES_ADDRESS_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace footnote::services {

// HOST:PORT, [IPV6]:PORT.
struct Address {
  std::string host;  // without brackets
  uint16_t port = 0;
};

// Errors: InvalidArgument; the message shows a right one.
absl::StatusOr<Address> ParseAddress(absl::string_view text);

// `listen` with its port replaced.
std::string WithPort(absl::string_view listen, int port);

// Why `door` can't listen: finds out whether the address is unreadable, in use
// or not this machine's. `setting` is named as the mend.
absl::Status ListenError(absl::string_view door, absl::string_view setting,
                         absl::string_view listen);

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_ADDRESS_H_
