#ifndef FOOTNOTE_SERVICES_CALL_CONTEXT_H_
#define FOOTNOTE_SERVICES_CALL_CONTEXT_H_

#include <functional>
#include <string>

#include "absl/time/time.h"

namespace footnote::services {

// What a front door knows of a call. `trace_id` is made by NewTraceId() unless
// the client sent one.
struct CallContext {
  std::string trace_id;
  absl::Time deadline = absl::InfiniteFuture();
  std::function<bool()> cancelled;  // the client has gone; may be null
};

// 32 hex digits, random.
std::string NewTraceId();

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_CALL_CONTEXT_H_
