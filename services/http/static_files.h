#ifndef FOOTNOTE_SERVICES_HTTP_STATIC_FILES_H_
#define FOOTNOTE_SERVICES_HTTP_STATIC_FILES_H_

#include <vector>

#include "absl/types/span.h"
#include "services/http/router.h"
#include "web/assets.h"

namespace footnote::services {

// A route for each file of the search page. A browser keeps the files and asks
// each time whether they changed: 304 where they didn't.
std::vector<Route> StaticRoutes(absl::Span<const web::Asset> assets);

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_HTTP_STATIC_FILES_H_
