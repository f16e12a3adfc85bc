#include "services/observability/metrics.h"

#include <algorithm>
#include <mutex>
#include <set>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "prometheus/counter.h"
#include "prometheus/gauge.h"
#include "prometheus/histogram.h"
#include "prometheus/registry.h"
#include "prometheus/text_serializer.h"
#include "services/observability/process.h"

namespace footnote::services {
namespace {

using prometheus::BuildCounter;
using prometheus::BuildGauge;
using prometheus::BuildHistogram;

// Upper bounds in seconds, about 2.5 times apart: a search takes milliseconds,
// an ingest minutes.
const prometheus::Histogram::BucketBoundaries kSeconds = {
    0.0005, 0.001, 0.0025, 0.005, 0.01, 0.015, 0.025, 0.04, 0.06, 0.1,
    0.25,   0.5,   1,      2.5,   5,    10,    30,    60,   300};

std::string Str(absl::string_view s) { return std::string(s); }

}  // namespace

struct Metrics::State {
  prometheus::Registry registry;
  prometheus::Family<prometheus::Counter>& requests =
      BuildCounter().Name("footnote_requests_total").Help("Finished calls").Register(registry);
  prometheus::Family<prometheus::Histogram>& seconds = BuildHistogram()
                                                           .Name("footnote_request_seconds")
                                                           .Help("Time of finished calls")
                                                           .Register(registry);
  prometheus::Family<prometheus::Histogram>& stages = BuildHistogram()
                                                          .Name("footnote_stage_seconds")
                                                          .Help("Time of parts of calls")
                                                          .Register(registry);
  prometheus::Gauge& in_flight = BuildGauge()
                                     .Name("footnote_requests_in_flight")
                                     .Help("Calls being worked on")
                                     .Register(registry)
                                     .Add({});
  prometheus::Family<prometheus::Gauge>& documents =
      BuildGauge().Name("footnote_documents").Help("Documents in a collection").Register(registry);
  prometheus::Family<prometheus::Gauge>& chunks =
      BuildGauge().Name("footnote_chunks").Help("Passages in a collection").Register(registry);
  prometheus::Gauge& store_bytes = BuildGauge()
                                       .Name("footnote_store_bytes")
                                       .Help("Bytes of the store on disk")
                                       .Register(registry)
                                       .Add({});
  prometheus::Gauge& index_bytes = BuildGauge()
                                       .Name("footnote_index_memory_bytes")
                                       .Help("Bytes of the indexes in memory")
                                       .Register(registry)
                                       .Add({});
  prometheus::Gauge& sequence = BuildGauge()
                                    .Name("footnote_sequence")
                                    .Help("Token of the last write")
                                    .Register(registry)
                                    .Add({});
  prometheus::Family<prometheus::Counter>& generator_tokens =
      BuildCounter()
          .Name("footnote_generator_tokens_total")
          .Help("Tokens read from prompts and generated")
          .Register(registry);
  prometheus::Family<prometheus::Counter>& generator_steps =
      BuildCounter()
          .Name("footnote_generator_steps_total")
          .Help("Steps of the language model")
          .Register(registry);
  prometheus::Family<prometheus::Counter>& generator_seconds =
      BuildCounter()
          .Name("footnote_generator_step_seconds_total")
          .Help("Time in steps of the language model")
          .Register(registry);
  prometheus::Family<prometheus::Counter>& generations = BuildCounter()
                                                             .Name("footnote_generations_total")
                                                             .Help("Ended generations")
                                                             .Register(registry);
  prometheus::Family<prometheus::Gauge>& generations_now =
      BuildGauge().Name("footnote_generations").Help("Generations now").Register(registry);
  prometheus::Gauge& resident = BuildGauge()
                                    .Name("process_resident_memory_bytes")
                                    .Help("Resident memory")
                                    .Register(registry)
                                    .Add({});
  prometheus::Counter& cpu =
      BuildCounter().Name("process_cpu_seconds_total").Help("CPU time").Register(registry).Add({});
  prometheus::Gauge& fds = BuildGauge()
                               .Name("process_open_fds")
                               .Help("Open file descriptors")
                               .Register(registry)
                               .Add({});
  prometheus::Gauge& started = BuildGauge()
                                   .Name("process_start_time_seconds")
                                   .Help("When the service started, in Unix time")
                                   .Register(registry)
                                   .Add({});
  std::mutex text_mu;  // one scrape at a time sets the gauges

  void SetStore(const retrieval::EngineStats& stats) {
    for (const retrieval::CollectionStats& c : stats.collections) {
      documents.Add({{"collection", c.name}}).Set(static_cast<double>(c.documents));
      chunks.Add({{"collection", c.name}}).Set(static_cast<double>(c.chunks));
    }
    store_bytes.Set(static_cast<double>(stats.disk_bytes));
    index_bytes.Set(static_cast<double>(stats.index_memory_bytes));
    sequence.Set(static_cast<double>(stats.sequence));
  }

  // Counters that something else counts only ever go up to its count.
  static void RaiseTo(double value, prometheus::Counter& counter) {
    counter.Increment(std::max(0.0, value - counter.Value()));
  }

  void SetGenerator(const Generator& generator) {
    const GeneratorTotals& totals = *generator.totals;
    RaiseTo(static_cast<double>(totals.prompt_tokens()),
            generator_tokens.Add({{"kind", "prompt"}}));
    RaiseTo(static_cast<double>(totals.generated_tokens()),
            generator_tokens.Add({{"kind", "generated"}}));
    RaiseTo(static_cast<double>(totals.steps()), generator_steps.Add({}));
    RaiseTo(totals.step_seconds(), generator_seconds.Add({}));
    for (int i = 0; i < GeneratorTotals::kCodes; ++i) {
      const auto code = static_cast<absl::StatusCode>(i);
      if (totals.ends(code) == 0) continue;
      RaiseTo(static_cast<double>(totals.ends(code)),
              generations.Add({{"code", absl::StatusCodeToString(code)}}));
    }
    generations_now.Add({{"state", "running"}}).Set(generator.running);
    generations_now.Add({{"state", "waiting"}}).Set(generator.waiting);
  }

  void SetProcess() {
    const ProcessStats process = ReadProcessStats();
    resident.Set(static_cast<double>(process.resident_bytes));
    cpu.Increment(std::max(0.0, process.cpu_seconds - cpu.Value()));
    fds.Set(process.open_fds);
  }
};

Metrics::Metrics() : state_(std::make_unique<State>()) {
  state_->started.Set(absl::ToDoubleSeconds(absl::Now() - absl::UnixEpoch()));
}

Metrics::~Metrics() = default;

void Metrics::CallBegins() { state_->in_flight.Increment(); }

void Metrics::CallEnds(absl::string_view door, absl::string_view method, absl::StatusCode code,
                       double seconds) {
  state_->in_flight.Decrement();
  state_->requests
      .Add({{"door", Str(door)}, {"method", Str(method)}, {"code", absl::StatusCodeToString(code)}})
      .Increment();
  state_->seconds.Add({{"door", Str(door)}, {"method", Str(method)}}, kSeconds).Observe(seconds);
}

void Metrics::Stage(absl::string_view stage, double seconds) {
  state_->stages.Add({{"stage", Str(stage)}}, kSeconds).Observe(seconds);
}

std::string Metrics::Text(const retrieval::EngineStats& stats, const Generator* generator) {
  const std::lock_guard<std::mutex> lock(state_->text_mu);
  state_->SetStore(stats);
  if (generator != nullptr) state_->SetGenerator(*generator);
  state_->SetProcess();
  return prometheus::TextSerializer().Serialize(state_->registry.Collect());
}

}  // namespace footnote::services
