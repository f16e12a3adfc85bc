#include "services/address.h"

#include <netdb.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace footnote::services {
namespace {

// Tries to bind a socket of its own. Returns 0 or errno.
int TryBind(const addrinfo& info) {
  const int fd = socket(info.ai_family, info.ai_socktype, info.ai_protocol);
  if (fd < 0) return errno;
  const int one = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
  const bool bound = bind(fd, info.ai_addr, info.ai_addrlen) == 0 && listen(fd, 1) == 0;
  const int error = bound ? 0 : errno;
  close(fd);
  return error;
}

}  // namespace

absl::StatusOr<Address> ParseAddress(absl::string_view text) {
  const absl::Status error = absl::InvalidArgumentError(absl::StrCat(
      "the address \"", text, "\" isn't HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080"));
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos || colon == 0) return error;
  absl::string_view host = text.substr(0, colon);
  const absl::string_view port = text.substr(colon + 1);
  if (absl::ConsumePrefix(&host, "[")) {
    if (!absl::ConsumeSuffix(&host, "]")) return error;
  } else if (host.find(':') != absl::string_view::npos) {
    return error;
  }
  int number;
  if (host.empty() || port.empty() || !absl::ascii_isdigit(port[0]) ||
      !absl::SimpleAtoi(port, &number) || number > 65535) {
    return error;
  }
  return Address{std::string(host), static_cast<uint16_t>(number)};
}

std::string WithPort(absl::string_view listen, int port) {
  return absl::StrCat(listen.substr(0, listen.rfind(':')), ":", port);
}

absl::Status ListenError(absl::string_view door, absl::string_view setting,
                         absl::string_view listen) {
  const absl::StatusOr<Address> address = ParseAddress(listen);
  if (!address.ok()) {
    return absl::InvalidArgumentError(absl::StrCat(setting, ": ", address.status().message()));
  }
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const int lookup =
      getaddrinfo(address->host.c_str(), std::to_string(address->port).c_str(), &hints, &found);
  if (lookup != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(setting, ": the host of \"", listen, "\" is unknown: ", gai_strerror(lookup)));
  }
  const int error = TryBind(*found);
  freeaddrinfo(found);
  if (error == EADDRINUSE) {
    return absl::FailedPreconditionError(absl::StrCat(
        door, " can't listen on ", listen,
        ": the address is in use, perhaps by another Footnote; stop it or set ", setting));
  }
  return absl::FailedPreconditionError(
      absl::StrCat(door, " can't listen on ", listen, ": ",
                   error == 0 ? "the system refused without a reason" : std::strerror(error),
                   "; set ", setting));
}

}  // namespace footnote::services
