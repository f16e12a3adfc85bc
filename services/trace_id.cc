#include "services/trace_id.h"

#include <algorithm>

#include "absl/random/random.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "services/call_context.h"

namespace footnote::services {

std::string NewTraceId() {
  thread_local absl::BitGen random;
  return absl::StrFormat("%016x%016x", absl::Uniform<uint64_t>(random),
                         absl::Uniform<uint64_t>(random));
}

bool IsTraceId(absl::string_view text) {
  return text.size() == 32 && std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f');
         });
}

std::string TraceIdOrNew(absl::string_view x_trace_id, absl::string_view traceparent) {
  std::string own = absl::AsciiStrToLower(x_trace_id);
  if (IsTraceId(own)) return own;
  const std::vector<std::string> parts = absl::StrSplit(traceparent, '-');
  if (parts.size() >= 4 && IsTraceId(parts[1])) return parts[1];
  return NewTraceId();
}

}  // namespace footnote::services
