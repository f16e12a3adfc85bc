#ifndef FOOTNOTE_SERVICES_DOWNLOAD_HTTP_CLIENT_H_
#define FOOTNOTE_SERVICES_DOWNLOAD_HTTP_CLIENT_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace footnote::services {

struct HttpClientOptions {
  // The server that gets the token, as a URL; no other does, also not after a
  // redirect.
  std::string server;
  std::string token;    // empty: none
  std::string ca_file;  // certificates to trust; empty: the system's
  std::string user_agent = "footnote";
  // After how many seconds without a byte a transfer has failed.
  int stall_seconds = 60;
};

struct HttpAnswer {
  int status = 0;
  std::string url;                             // after redirects
  std::map<std::string, std::string> headers;  // names in lower case; the last of equal ones
};

struct HttpGet {
  std::string url;
  uint64_t from = 0;  // the first byte wanted
  // Called once before the body of a 2xx answer, then with its bytes. An error
  // ends the transfer and is returned.
  std::function<absl::Status(const HttpAnswer&)> on_begin;
  std::function<absl::Status(absl::string_view)> on_bytes;
  // Asked some times a second whether to stop.
  std::function<bool()> cancelled;
};

// A client for GET over HTTP and HTTPS, through libcurl; its only home. Follows
// redirects itself, at most ten, never from HTTPS to HTTP. For one thread.
class HttpClient {
 public:
  // Errors: InvalidArgument: `server` is no http or https URL, or the token
  // would travel unencrypted to another machine.
  static absl::StatusOr<std::unique_ptr<HttpClient>> Create(HttpClientOptions options);
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // The answer, whatever its status. Errors: Unavailable (no connection, or it
  // broke: trying again may help), FailedPrecondition (certificate),
  // InvalidArgument (a redirect that isn't followed), Cancelled, those of the
  // callbacks.
  absl::StatusOr<HttpAnswer> Get(const HttpGet& get);

 private:
  struct State;
  explicit HttpClient(std::unique_ptr<State> state);
  const std::unique_ptr<State> state_;
};

// Scheme, host and port of a URL, such as "https://example.org:443". Errors:
// InvalidArgument: not an http or https URL.
absl::StatusOr<std::string> UrlOrigin(const std::string& url);

// `text` with everything but letters, digits and "-._~" as %XX; "/" stays if
// `keep_slashes`.
std::string PercentEncode(absl::string_view text, bool keep_slashes);

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_DOWNLOAD_HTTP_CLIENT_H_
