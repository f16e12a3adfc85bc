#ifndef FOOTNOTE_SERVICES_HTTP_SSE_H_
#define FOOTNOTE_SERVICES_HTTP_SSE_H_

#include <string>

#include "absl/strings/string_view.h"

namespace footnote::services {

// One server-sent event. `data` may have several lines.
// Source: https://html.spec.whatwg.org/multipage/server-sent-events.html
std::string SseEvent(absl::string_view type, absl::string_view data);

// A comment, which clients ignore, to keep a quiet stream open.
inline constexpr char kSseHeartbeat[] = ": heartbeat\n\n";

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_HTTP_SSE_H_
