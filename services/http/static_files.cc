#include "services/http/static_files.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace footnote::services {
namespace {

// Whether If-None-Match names the tag: a list, weak tags, or "*".
bool Matches(absl::string_view if_none_match, absl::string_view etag) {
  for (absl::string_view tag : absl::StrSplit(if_none_match, ',')) {
    tag = absl::StripAsciiWhitespace(tag);
    absl::ConsumePrefix(&tag, "W/");
    if (tag == etag || tag == "*") return true;
  }
  return false;
}

HttpResponse Serve(const web::Asset& asset, const HttpRequest& request) {
  HttpResponse response;
  response.headers = {{"ETag", std::string(asset.etag)}, {"Cache-Control", "no-cache"}};
  if (Matches(request.Header("if-none-match"), asset.etag)) {
    response.status = 304;
    return response;
  }
  response.headers.emplace_back("Content-Type", std::string(asset.content_type));
  response.body = std::string(asset.bytes);
  return response;
}

}  // namespace

std::vector<Route> StaticRoutes(absl::Span<const web::Asset> assets) {
  std::vector<Route> routes;
  for (const web::Asset& asset : assets) {
    routes.push_back(
        {"GET", std::string(asset.path),
         [asset](const HttpRequest& request, StreamWriter*) { return Serve(asset, request); },
         /*quick=*/true});
  }
  return routes;
}

}  // namespace footnote::services
