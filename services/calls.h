#ifndef FOOTNOTE_SERVICES_CALLS_H_
#define FOOTNOTE_SERVICES_CALLS_H_

#include <atomic>
#include <optional>

#include "absl/functional/function_ref.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "footnote/v1/footnote.pb.h"
#include "services/config/config.h"
#include "services/observability/log.h"
#include "services/observability/metrics.h"

namespace footnote::services {

// What every call of every door has in common: admission, a log line, metrics,
// and no exception past here. Thread-safe. `metrics` and `logger` must outlive
// it.
class Calls {
 public:
  Calls(const LimitsConfig& limits, Metrics* metrics, const Logger* logger,
        const GeneratorConfig& generator = {})
      : limits_(limits), generator_(generator), metrics_(metrics), logger_(logger) {}

  struct Info {
    absl::string_view door;    // "grpc", "http"
    absl::string_view method;  // "Ask": from a fixed list, it becomes a label
    absl::string_view trace_id;
  };

  // Runs `work` and returns its status. Errors: also ResourceExhausted (too
  // many calls at once; `work` wasn't run) and Internal (`work` threw).
  absl::Status Run(const Info& info, absl::FunctionRef<absl::Status()> work);

  // Adds a response's stages to the metrics.
  void Observe(const google::protobuf::RepeatedPtrField<v1::StageTime>& times);

  // When a call that begins now must end. `wanted` is the client's wish.
  absl::Time QueryDeadline(std::optional<absl::Duration> wanted) const;
  absl::Time WriteDeadline(std::optional<absl::Duration> wanted) const;
  // Of an answer, which a language model may write, and of a generation.
  absl::Time AnswerDeadline(std::optional<absl::Duration> wanted) const;
  absl::Time GenerateDeadline(std::optional<absl::Duration> wanted) const;

  int in_flight() const { return in_flight_.load(std::memory_order_relaxed); }

 private:
  absl::Time Deadline(std::optional<absl::Duration> wanted, absl::Duration otherwise) const;

  const LimitsConfig limits_;
  const GeneratorConfig generator_;
  Metrics* const metrics_;
  const Logger* const logger_;
  std::atomic<int> in_flight_{0};
};

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_CALLS_H_
