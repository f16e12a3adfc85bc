#include "services/http/message.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "services/json.h"

namespace footnote::services {

absl::string_view HttpRequest::Header(absl::string_view name) const {
  for (const auto& [key, value] : headers) {
    if (key == name) return value;
  }
  return {};
}

int HttpRequest::CountHeader(absl::string_view name) const {
  return static_cast<int>(std::count_if(headers.begin(), headers.end(),
                                        [&](const auto& header) { return header.first == name; }));
}

HttpResponse JsonResponse(std::string json) {
  HttpResponse response;
  response.headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}};
  response.body = std::move(json);
  response.body += '\n';
  return response;
}

HttpResponse ErrorResponse(int http_status, absl::string_view code, absl::string_view message,
                           absl::string_view trace_id) {
  HttpResponse response = JsonResponse(absl::StrCat("{\"error\":{\"code\":", JsonString(code),
                                                    ",\"message\":", JsonString(message),
                                                    ",\"trace_id\":", JsonString(trace_id), "}}"));
  response.status = http_status;
  return response;
}

}  // namespace footnote::services
