#ifndef FOOTNOTE_SERVICES_HTTP_SYSTEM_H_
#define FOOTNOTE_SERVICES_HTTP_SYSTEM_H_

#include "services/application.h"
#include "services/http/message.h"
#include "services/observability/metrics.h"
#include "services/readiness.h"

namespace footnote::services {

// The OpenAPI document.
HttpResponse HandleOpenApi();
// 200 while the process answers at all.
HttpResponse HandleHealth();
// 200 while the service makes progress, else 503 with the reason.
HttpResponse HandleReady(const Readiness& readiness, const HttpRequest& request);
// Prometheus' text format.
HttpResponse HandleMetrics(Application* application, Metrics* metrics, const HttpRequest& request);

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_HTTP_SYSTEM_H_
