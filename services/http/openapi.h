#ifndef FOOTNOTE_SERVICES_HTTP_OPENAPI_H_
#define FOOTNOTE_SERVICES_HTTP_OPENAPI_H_

#include "absl/strings/string_view.h"

namespace footnote::services {

// The bytes of openapi.json, embedded at build time.
absl::string_view OpenApiJson();

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_HTTP_OPENAPI_H_
