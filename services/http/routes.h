#ifndef FOOTNOTE_SERVICES_HTTP_ROUTES_H_
#define FOOTNOTE_SERVICES_HTTP_ROUTES_H_

#include <vector>

#include "services/http/door.h"
#include "services/http/router.h"
#include "services/observability/metrics.h"
#include "services/readiness.h"

namespace footnote::services {

// Every route but the search page's files. openapi.json describes the same
// ones, which a test checks. All arguments must outlive the routes.
std::vector<Route> ApiRoutes(const HttpDoor& door, Metrics* metrics, const Readiness* readiness);

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_HTTP_ROUTES_H_
