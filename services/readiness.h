#ifndef FOOTNOTE_SERVICES_READINESS_H_
#define FOOTNOTE_SERVICES_READINESS_H_

#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace footnote::services {

// Whether the service makes progress: a thread runs a small real piece of work
// again and again, and the service is ready while the last one that succeeded
// is recent. A process that hangs stops being ready. Thread-safe.
class Readiness {
 public:
  struct Options {
    absl::Duration interval = absl::Seconds(5);  // between the ends and starts of probes
    absl::Duration max_age = absl::Seconds(30);  // of the last success
  };

  // `probe` is called on a thread of its own.
  Readiness(const Options& options, std::function<absl::Status()> probe);
  ~Readiness();

  // OK, or why not.
  absl::Status Check() const;
  // Not ready from now on: the process is going to end.
  void Stop();

 private:
  void Loop();

  const Options options_;
  const std::function<absl::Status()> probe_;
  mutable std::mutex mu_;
  std::condition_variable wake_;
  bool stopping_ = false;
  absl::Time last_success_ = absl::InfinitePast();
  absl::Status last_;
  std::thread thread_;
};

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_READINESS_H_
