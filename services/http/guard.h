#ifndef FOOTNOTE_SERVICES_HTTP_GUARD_H_
#define FOOTNOTE_SERVICES_HTTP_GUARD_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "services/http/message.h"

namespace footnote::services {

// Keeps foreign web pages out. A page of another origin can make a browser send
// requests here: under a name of its own that it points at this address (DNS
// rebinding), or as a form. So the Host must be a name of this server or a
// literal address, and a POST must be JSON and, where the browser says whence
// it comes, from the same origin: the Host's, or one of the allowed hosts, which
// a proxy may have replaced in the Host header. Thread-safe.
class RequestGuard {
 public:
  // `allowed_hosts` besides localhost, this machine's name and literal
  // addresses; "*" allows every name.
  explicit RequestGuard(const std::vector<std::string>& allowed_hosts);

  // The refusal, or nullopt for a request that may pass.
  std::optional<HttpResponse> Check(const HttpRequest& request) const;

 private:
  bool AllowsHost(absl::string_view host) const;
  bool AllowsOrigin(absl::string_view origin, absl::string_view host) const;

  std::vector<std::string> hosts_;    // lower case
  std::vector<std::string> allowed_;  // of them, those of the configuration
  bool any_host_ = false;
};

// The host of "host:port" or "[v6]:port", in lower case.
std::string HostWithoutPort(absl::string_view authority);

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_HTTP_GUARD_H_
