#include "services/readiness.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace footnote::services {

Readiness::Readiness(const Options& options, std::function<absl::Status()> probe)
    : options_(options),
      probe_(std::move(probe)),
      last_(absl::UnavailableError("no probe has finished yet")),
      thread_([this] { Loop(); }) {}

Readiness::~Readiness() {
  Stop();
  thread_.join();
}

absl::Status Readiness::Check() const {
  const std::lock_guard<std::mutex> lock(mu_);
  if (stopping_) return absl::UnavailableError("the service is stopping");
  if (!last_.ok()) return last_;
  const absl::Duration age = absl::Now() - last_success_;
  if (age <= options_.max_age) return absl::OkStatus();
  return absl::UnavailableError(
      absl::StrCat("no progress: the last probe succeeded ", absl::FormatDuration(age), " ago"));
}

void Readiness::Stop() {
  {
    const std::lock_guard<std::mutex> lock(mu_);
    stopping_ = true;
  }
  wake_.notify_all();
}

void Readiness::Loop() {
  std::unique_lock<std::mutex> lock(mu_);
  while (!stopping_) {
    lock.unlock();
    absl::Status status = probe_();
    lock.lock();
    if (stopping_) break;
    last_ = std::move(status);
    if (last_.ok()) last_success_ = absl::Now();
    wake_.wait_for(lock, absl::ToChronoNanoseconds(options_.interval),
                   [this] { return stopping_; });
  }
}

}  // namespace footnote::services
