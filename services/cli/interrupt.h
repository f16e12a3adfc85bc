#ifndef FOOTNOTE_SERVICES_CLI_INTERRUPT_H_
#define FOOTNOTE_SERVICES_CLI_INTERRUPT_H_

#include <signal.h>

namespace footnote::services::cli {

// While it lives, the first SIGINT (Ctrl-C) or SIGTERM is noted instead of
// ending the process; the second one ends it. One at a time in a process.
class InterruptGuard {
 public:
  InterruptGuard();
  ~InterruptGuard();
  InterruptGuard(const InterruptGuard&) = delete;
  InterruptGuard& operator=(const InterruptGuard&) = delete;

  // Whether a signal came. Thread-safe.
  static bool Interrupted();

 private:
  struct sigaction old_int_;
  struct sigaction old_term_;
};

}  // namespace footnote::services::cli

#endif  // FOOTNOTE_SERVICES_CLI_INTERRUPT_H_
