#include "services/calls.h"

#include <algorithm>
#include <exception>
#include <new>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"

namespace footnote::services {
namespace {

// The layers below return statuses; what is thrown comes from the standard or
// a foreign library and must not take the process down.
absl::Status RunGuarded(absl::FunctionRef<absl::Status()> work) {
  try {
    return work();
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError("out of memory");
  } catch (const std::exception& e) {
    return absl::InternalError(absl::StrCat("unexpected exception: ", e.what()));
  }
}

LogLevel LevelOf(absl::StatusCode code) {
  switch (code) {
    case absl::StatusCode::kInternal:
    case absl::StatusCode::kUnknown:
    case absl::StatusCode::kDataLoss:
      return LogLevel::kError;
    case absl::StatusCode::kDeadlineExceeded:
    case absl::StatusCode::kResourceExhausted:
    case absl::StatusCode::kUnavailable:
      return LogLevel::kWarning;
    default:
      return LogLevel::kInfo;
  }
}

}  // namespace

absl::Status Calls::Run(const Info& info, absl::FunctionRef<absl::Status()> work) {
  const absl::Time start = absl::Now();
  metrics_->CallBegins();
  absl::Status status;
  if (in_flight_.fetch_add(1, std::memory_order_relaxed) >= limits_.max_concurrent_requests) {
    status = absl::ResourceExhaustedError(
        absl::StrCat("the server is busy with ", limits_.max_concurrent_requests,
                     " requests (limits.max_concurrent_requests); try again"));
  } else {
    status = RunGuarded(work);
  }
  in_flight_.fetch_sub(1, std::memory_order_relaxed);
  const double seconds = absl::ToDoubleSeconds(absl::Now() - start);
  metrics_->CallEnds(info.door, info.method, status.code(), seconds);

  const std::string code = absl::StatusCodeToString(status.code());
  const LogField fields[] = {{"trace_id", info.trace_id},
                             {"door", info.door},
                             {"method", info.method},
                             {"code", absl::string_view(code)},
                             {"milliseconds", seconds * 1e3}};
  logger_->Log(LevelOf(status.code()), status.ok() ? "call" : status.message(), fields);
  return status;
}

void Calls::Observe(const google::protobuf::RepeatedPtrField<v1::StageTime>& times) {
  for (const v1::StageTime& time : times) {
    metrics_->Stage(time.stage(), time.milliseconds() / 1e3);
  }
}

absl::Time Calls::Deadline(std::optional<absl::Duration> wanted, absl::Duration otherwise) const {
  return absl::Now() + std::min(wanted.value_or(otherwise), limits_.max_deadline);
}

absl::Time Calls::QueryDeadline(std::optional<absl::Duration> wanted) const {
  return Deadline(wanted, limits_.default_deadline);
}

absl::Time Calls::WriteDeadline(std::optional<absl::Duration> wanted) const {
  return Deadline(wanted, limits_.write_deadline);
}

absl::Time Calls::AnswerDeadline(std::optional<absl::Duration> wanted) const {
  if (generator_.model.empty()) return QueryDeadline(wanted);
  return Deadline(wanted, std::max(limits_.default_deadline, generator_.deadline));
}

absl::Time Calls::GenerateDeadline(std::optional<absl::Duration> wanted) const {
  return Deadline(wanted, generator_.deadline);
}

}  // namespace footnote::services
