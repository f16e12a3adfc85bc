#ifndef FOOTNOTE_SERVICES_OBSERVABILITY_METRICS_H_
#define FOOTNOTE_SERVICES_OBSERVABILITY_METRICS_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "retrieval/engine.h"
#include "services/generator_totals.h"

namespace footnote::services {

// The process's Prometheus metrics:
//   footnote_requests_total{door,method,code}   finished calls
//   footnote_request_seconds{door,method}       histogram of their times
//   footnote_requests_in_flight                 calls being worked on
//   footnote_stage_seconds{stage}               histogram of parts of calls
//   footnote_documents{collection}, footnote_chunks{collection}
//   footnote_store_bytes, footnote_index_memory_bytes, footnote_sequence
//   footnote_generator_tokens_total{kind="prompt|generated"},
//   footnote_generator_steps_total, footnote_generator_step_seconds_total,
//   footnote_generations_total{code}, footnote_generations{state="running|waiting"}
//   process_resident_memory_bytes, process_cpu_seconds_total,
//   process_open_fds, process_start_time_seconds
// Label values come from fixed lists and collection names, never from
// requests that failed. Thread-safe.
class Metrics {
 public:
  Metrics();
  ~Metrics();

  void CallBegins();
  void CallEnds(absl::string_view door, absl::string_view method, absl::StatusCode code,
                double seconds);
  void Stage(absl::string_view stage, double seconds);

  // What the language model has done and does now.
  struct Generator {
    const GeneratorTotals* totals = nullptr;
    int running = 0;
    int waiting = 0;
  };

  // The store's gauges are set from `stats` first, the generator's from
  // `generator` unless that is null.
  std::string Text(const retrieval::EngineStats& stats, const Generator* generator = nullptr);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_OBSERVABILITY_METRICS_H_
