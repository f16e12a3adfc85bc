#include "services/http/routes.h"

#include "services/http/ask.h"
#include "services/http/ingest.h"
#include "services/http/retrieval.h"
#include "services/http/system.h"

namespace footnote::services {

std::vector<Route> ApiRoutes(const HttpDoor& door, Metrics* metrics, const Readiness* readiness) {
  const HttpHandler ask = [door](const HttpRequest& request, StreamWriter* stream) {
    return HandleAsk(door, request, stream);
  };
  const HttpHandler search = [door](const HttpRequest& request, StreamWriter*) {
    return HandleSearch(door, request);
  };
  return {
      {"POST", "/v1/ask", ask},
      {"GET", "/v1/ask", ask},
      {"POST", "/v1/search", search},
      {"GET", "/v1/search", search},
      {"GET", "/v1/document",
       [door](const HttpRequest& request, StreamWriter*) {
         return HandleGetDocument(door, request);
       }},
      {"POST", "/v1/documents",
       [door](const HttpRequest& request, StreamWriter*) { return HandleIngest(door, request); }},
      {"POST", "/v1/delete",
       [door](const HttpRequest& request, StreamWriter*) { return HandleDelete(door, request); }},
      {"POST", "/v1/access",
       [door](const HttpRequest& request, StreamWriter*) {
         return HandleSetAccess(door, request);
       }},
      {"GET", "/openapi.json", [](const HttpRequest&, StreamWriter*) { return HandleOpenApi(); },
       /*quick=*/true},
      {"GET", "/healthz", [](const HttpRequest&, StreamWriter*) { return HandleHealth(); },
       /*quick=*/true},
      {"GET", "/readyz",
       [readiness](const HttpRequest& request, StreamWriter*) {
         return HandleReady(*readiness, request);
       },
       /*quick=*/true},
      {"GET", "/metrics",
       [door, metrics](const HttpRequest& request, StreamWriter*) {
         return HandleMetrics(door.application, metrics, request);
       }},
  };
}

}  // namespace footnote::services
