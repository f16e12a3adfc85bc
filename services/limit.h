#ifndef FOOTNOTE_SERVICES_LIMIT_H_
#define FOOTNOTE_SERVICES_LIMIT_H_

#include <functional>

#include "absl/status/status.h"
#include "absl/time/clock.h"
#include "services/call_context.h"

namespace footnote::services {

// A call's end as seen by the layers below: one predicate for both reasons.
class Limit {
 public:
  explicit Limit(const CallContext& context) : context_(context) {}

  bool Reached() const {
    return (context_.cancelled && context_.cancelled()) || absl::Now() >= context_.deadline;
  }
  absl::Status Check() const {
    return Reached() ? Explain(absl::CancelledError()) : absl::OkStatus();
  }
  // The layers below only know Cancelled.
  absl::Status Explain(const absl::Status& status) const {
    if (!absl::IsCancelled(status)) return status;
    if (absl::Now() >= context_.deadline) {
      return absl::DeadlineExceededError("the deadline passed before the work was done");
    }
    return absl::CancelledError("the call was cancelled");
  }
  std::function<bool()> Callback() const {
    return [this] { return Reached(); };
  }

 private:
  const CallContext& context_;
};

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_LIMIT_H_
