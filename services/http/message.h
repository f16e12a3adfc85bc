#ifndef FOOTNOTE_SERVICES_HTTP_MESSAGE_H_
#define FOOTNOTE_SERVICES_HTTP_MESSAGE_H_

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

// HTTP messages as handlers see them: plain values, no socket and no library.
namespace footnote::services {

struct HttpRequest {
  std::string method;                                        // "GET"
  std::string path;                                          // "/v1/ask", as sent
  std::string query;                                         // after the '?', as sent
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case
  std::string body;
  std::string trace_id;
  absl::Time received;
  std::function<bool()> cancelled;  // the client has gone; may be null

  // The first header of this name (lower case), or "".
  absl::string_view Header(absl::string_view name) const;
  int CountHeader(absl::string_view name) const;
};

struct HttpResponse {
  int status = 200;
  // Without Content-Length, Connection and Transfer-Encoding, which the
  // connection knows. Values are the program's, never a client's.
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
};

// A response that is sent piece by piece. Used by one thread.
class StreamWriter {
 public:
  virtual ~StreamWriter() = default;
  // Sends status and headers, whose body is empty. Once. When nothing has been
  // sent for http.heartbeat, `filler` is.
  virtual void Begin(const HttpResponse& head, absl::string_view filler) = 0;
  // Waits while the client is slow. False: the client has gone.
  virtual bool Send(absl::string_view bytes) = 0;
  virtual bool begun() const = 0;
};

// Answers one request. A handler that has begun a stream finishes it by
// returning; its response is then ignored. Called on many threads at once.
using HttpHandler = std::function<HttpResponse(const HttpRequest&, StreamWriter*)>;

HttpResponse JsonResponse(std::string json);

// {"error":{"code":...,"message":...,"trace_id":...}}
HttpResponse ErrorResponse(int http_status, absl::string_view code, absl::string_view message,
                           absl::string_view trace_id);

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_HTTP_MESSAGE_H_
