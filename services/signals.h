#ifndef FOOTNOTE_SERVICES_SIGNALS_H_
#define FOOTNOTE_SERVICES_SIGNALS_H_

#include <csignal>

#include "absl/time/time.h"

namespace footnote::services {

// Waits for SIGTERM or SIGINT. The first one is reported by Wait; the next has
// its usual effect again, so that a person can always end the process. One
// object at a time in a process; its end restores the handlers of before.
class TerminationSignals {
 public:
  TerminationSignals();
  ~TerminationSignals();
  TerminationSignals(const TerminationSignals&) = delete;
  TerminationSignals& operator=(const TerminationSignals&) = delete;

  // The signal's number, or 0 if none came within `timeout`.
  int Wait(absl::Duration timeout);

 private:
  struct sigaction old_term_, old_int_;
};

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_SIGNALS_H_
