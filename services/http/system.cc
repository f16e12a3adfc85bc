#include "services/http/system.h"

#include <string>

#include "services/http/openapi.h"
#include "services/http/status.h"

namespace footnote::services {

HttpResponse HandleOpenApi() { return JsonResponse(std::string(OpenApiJson())); }

HttpResponse HandleHealth() { return JsonResponse("{\"status\":\"ok\"}"); }

HttpResponse HandleReady(const Readiness& readiness, const HttpRequest& request) {
  const absl::Status status = readiness.Check();
  if (!status.ok()) return ErrorResponse(status, request.trace_id);
  return JsonResponse("{\"status\":\"ready\"}");
}

HttpResponse HandleMetrics(Application* application, Metrics* metrics, const HttpRequest& request) {
  const absl::StatusOr<retrieval::EngineStats> stats = application->engine().Stats();
  if (!stats.ok()) return ErrorResponse(stats.status(), request.trace_id);
  HttpResponse response;
  response.headers = {{"Content-Type", "text/plain; version=0.0.4; charset=utf-8"},
                      {"Cache-Control", "no-store"}};
  Metrics::Generator generator;
  if (const GeneratorModel* model = application->inference().generator(); model != nullptr) {
    generator = {&model->totals(), model->runner().running(), model->runner().queued()};
  }
  response.body = metrics->Text(*stats, generator.totals != nullptr ? &generator : nullptr);
  return response;
}

}  // namespace footnote::services
