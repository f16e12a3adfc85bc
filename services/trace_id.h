#ifndef FOOTNOTE_SERVICES_TRACE_ID_H_
#define FOOTNOTE_SERVICES_TRACE_ID_H_

#include <string>

#include "absl/strings/string_view.h"

namespace footnote::services {

// 32 lower-case hex digits.
bool IsTraceId(absl::string_view text);

// The client's trace id from its X-Trace-Id, or else from W3C's traceparent
// ("00-<trace id>-<parent>-<flags>"); a new one where neither is well-formed,
// because the id is written into logs and headers.
std::string TraceIdOrNew(absl::string_view x_trace_id, absl::string_view traceparent);

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_TRACE_ID_H_
