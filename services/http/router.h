#ifndef FOOTNOTE_SERVICES_HTTP_ROUTER_H_
#define FOOTNOTE_SERVICES_HTTP_ROUTER_H_

#include <string>
#include <utility>
#include <vector>

#include "services/http/guard.h"
#include "services/http/message.h"
#include "services/observability/log.h"

namespace footnote::services {

struct Route {
  std::string method;
  std::string path;
  HttpHandler handler;
  // Answers at once and without waiting, so that the thread that reads the
  // sockets may run it: health checks must not queue behind work.
  bool quick = false;
};

// Finds the route of a request and runs it: unknown paths, wrong methods,
// foreign hosts and the headers of every response are dealt with here.
// Thread-safe. `logger` must outlive it.
class Router {
 public:
  Router(RequestGuard guard, std::vector<Route> routes, const Logger* logger)
      : guard_(std::move(guard)), routes_(std::move(routes)), logger_(logger) {}

  HttpResponse Handle(const HttpRequest& request, StreamWriter* stream) const;
  // A response for what is no request that a route could answer, and its line
  // in the log. What handlers answer is logged by Calls.
  HttpResponse Refuse(const HttpRequest& request, int status, absl::string_view code,
                      absl::string_view message) const;
  bool IsQuick(const HttpRequest& request) const;
  const std::vector<Route>& routes() const { return routes_; }

 private:
  const Route* Find(const HttpRequest& request) const;
  HttpResponse NotFound(const HttpRequest& request) const;
  void LogRefusal(const HttpRequest& request, const HttpResponse& response) const;

  const RequestGuard guard_;
  const std::vector<Route> routes_;
  const Logger* const logger_;
};

// Headers that every response carries: what a browser may do with it, and the
// trace id.
void AddCommonHeaders(const std::string& trace_id, HttpResponse* response);

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_HTTP_ROUTER_H_
