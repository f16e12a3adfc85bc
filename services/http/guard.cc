#include "services/http/guard.h"

#include <arpa/inet.h>
#include <unistd.h>

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace footnote::services {
namespace {

std::string MachineName() {
  char name[256] = {};
  if (gethostname(name, sizeof(name) - 1) != 0) return "";
  return absl::AsciiStrToLower(name);
}

bool IsLiteralAddress(const std::string& host) {
  unsigned char bytes[16];
  return inet_pton(AF_INET, host.c_str(), bytes) == 1 ||
         inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

// "application/json; charset=utf-8" is one too.
bool IsJson(absl::string_view content_type) {
  const absl::string_view type =
      absl::StripAsciiWhitespace(content_type.substr(0, content_type.find(';')));
  return absl::EqualsIgnoreCase(type, "application/json");
}

}  // namespace

std::string HostWithoutPort(absl::string_view authority) {
  absl::string_view host = authority;
  if (absl::ConsumePrefix(&host, "[")) {
    host = host.substr(0, host.find(']'));
  } else {
    host = host.substr(0, host.find(':'));
  }
  return absl::AsciiStrToLower(absl::StripSuffix(host, "."));
}

RequestGuard::RequestGuard(const std::vector<std::string>& allowed_hosts) {
  hosts_ = {"localhost", MachineName()};
  for (const std::string& host : allowed_hosts) {
    if (host == "*") any_host_ = true;
    allowed_.push_back(absl::AsciiStrToLower(host));
    hosts_.push_back(allowed_.back());
  }
}

bool RequestGuard::AllowsHost(absl::string_view host) const {
  const std::string name = HostWithoutPort(host);
  if (name.empty()) return false;
  return any_host_ || IsLiteralAddress(name) || absl::EndsWith(name, ".localhost") ||
         std::find(hosts_.begin(), hosts_.end(), name) != hosts_.end();
}

bool RequestGuard::AllowsOrigin(absl::string_view origin, absl::string_view host) const {
  if (!absl::ConsumePrefix(&origin, "http://") && !absl::ConsumePrefix(&origin, "https://")) {
    return false;
  }
  return absl::EqualsIgnoreCase(origin, host) ||
         std::find(allowed_.begin(), allowed_.end(), HostWithoutPort(origin)) != allowed_.end();
}

std::optional<HttpResponse> RequestGuard::Check(const HttpRequest& request) const {
  const absl::string_view host = request.Header("host");
  if (request.CountHeader("host") > 1) {
    return ErrorResponse(400, "INVALID_ARGUMENT", "the request has more than one Host header",
                         request.trace_id);
  }
  if (!AllowsHost(host)) {
    return ErrorResponse(421, "PERMISSION_DENIED",
                         absl::StrCat("this server isn't called \"", host,
                                      "\"; if it is, add the name to http.allowed_hosts"),
                         request.trace_id);
  }
  if (request.method != "POST") return std::nullopt;
  const absl::string_view origin = request.Header("origin");
  const absl::string_view site = request.Header("sec-fetch-site");
  if ((!origin.empty() && !AllowsOrigin(origin, host)) || site == "cross-site" ||
      site == "same-site") {
    return ErrorResponse(403, "PERMISSION_DENIED",
                         "the request comes from a web page of another origin; if that page is "
                         "this server's, behind a proxy, add its name to http.allowed_hosts",
                         request.trace_id);
  }
  if (!IsJson(request.Header("content-type"))) {
    return ErrorResponse(415, "INVALID_ARGUMENT",
                         "the body must have Content-Type: application/json", request.trace_id);
  }
  return std::nullopt;
}

}  // namespace footnote::services
