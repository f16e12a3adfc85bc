#include "services/http/router.h"

#include <exception>
#include <optional>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace footnote::services {
namespace {

// Of what a client sent, enough to recognise it.
constexpr size_t kMaxLoggedBytes = 200;

// Adds the common headers to a stream's head.
class StreamWithCommonHeaders : public StreamWriter {
 public:
  StreamWithCommonHeaders(const std::string& trace_id, StreamWriter* stream)
      : trace_id_(trace_id), stream_(stream) {}

  void Begin(const HttpResponse& head, absl::string_view filler) override {
    HttpResponse complete = head;
    AddCommonHeaders(trace_id_, &complete);
    stream_->Begin(complete, filler);
  }
  bool Send(absl::string_view bytes) override { return stream_->Send(bytes); }
  bool begun() const override { return stream_->begun(); }

 private:
  const std::string& trace_id_;
  StreamWriter* const stream_;
};

}  // namespace

void AddCommonHeaders(const std::string& trace_id, HttpResponse* response) {
  response->headers.emplace_back("X-Trace-Id", trace_id);
  response->headers.emplace_back("X-Content-Type-Options", "nosniff");
  response->headers.emplace_back("Referrer-Policy", "no-referrer");
  response->headers.emplace_back("Cross-Origin-Resource-Policy", "same-origin");
  response->headers.emplace_back(
      "Content-Security-Policy",
      "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; "
      "object-src 'none'");
}

const Route* Router::Find(const HttpRequest& request) const {
  for (const Route& route : routes_) {
    if (route.path == request.path &&
        (route.method == request.method || (route.method == "GET" && request.method == "HEAD"))) {
      return &route;
    }
  }
  return nullptr;
}

HttpResponse Router::NotFound(const HttpRequest& request) const {
  std::vector<std::string> methods;
  for (const Route& route : routes_) {
    if (route.path == request.path) methods.push_back(route.method);
  }
  if (methods.empty()) {
    return ErrorResponse(404, "NOT_FOUND",
                         "no such path; GET /openapi.json describes those that there are",
                         request.trace_id);
  }
  HttpResponse response = ErrorResponse(
      405, "UNIMPLEMENTED", absl::StrCat("the method must be ", absl::StrJoin(methods, " or ")),
      request.trace_id);
  response.headers.emplace_back("Allow", absl::StrJoin(methods, ", "));
  return response;
}

void Router::LogRefusal(const HttpRequest& request, const HttpResponse& response) const {
  logger_->Log(LogLevel::kInfo, "http: refused",
               {{"trace_id", absl::string_view(request.trace_id)},
                {"status", int64_t{response.status}},
                {"method", absl::string_view(request.method).substr(0, kMaxLoggedBytes)},
                {"path", absl::string_view(request.path).substr(0, kMaxLoggedBytes)},
                {"host", request.Header("host").substr(0, kMaxLoggedBytes)},
                {"origin", request.Header("origin").substr(0, kMaxLoggedBytes)}});
}

HttpResponse Router::Refuse(const HttpRequest& request, int status, absl::string_view code,
                            absl::string_view message) const {
  HttpResponse response = ErrorResponse(status, code, message, request.trace_id);
  LogRefusal(request, response);
  AddCommonHeaders(request.trace_id, &response);
  return response;
}

bool Router::IsQuick(const HttpRequest& request) const {
  const Route* route = Find(request);
  return route == nullptr || route->quick;
}

HttpResponse Router::Handle(const HttpRequest& request, StreamWriter* stream) const {
  StreamWithCommonHeaders common(request.trace_id, stream);
  HttpResponse response;
  const Route* route = Find(request);
  if (std::optional<HttpResponse> refusal = guard_.Check(request)) {
    response = *std::move(refusal);
    LogRefusal(request, response);
  } else if (route == nullptr) {
    response = NotFound(request);
    LogRefusal(request, response);
  } else {
    try {
      response = route->handler(request, &common);
    } catch (const std::exception& e) {
      response = ErrorResponse(500, "INTERNAL", absl::StrCat("unexpected exception: ", e.what()),
                               request.trace_id);
    }
  }
  AddCommonHeaders(request.trace_id, &response);
  return response;
}

}  // namespace footnote::services
