#ifndef FOOTNOTE_TESTS_SERVICES_FAKE_APPLICATION_H_
#define FOOTNOTE_TESTS_SERVICES_FAKE_APPLICATION_H_

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/application.h"
#include "services/validate.h"
#include "tests/services/fake_engine.h"
#include "tests/services/fake_inference.h"

namespace footnote::services {

// An application without model and store, for tests of the doors. Requests are
// validated as the real one does; the answers repeat what was asked, so that
// tests see what arrived. The question "wait" works until it is cancelled, and
// "throw" throws.
class FakeApplication : public Application {
 public:
  explicit FakeApplication(const Config& config = {}) : config_(config) {}

  absl::StatusOr<v1::AskResponse> Ask(
      const v1::AskRequest& request, const CallContext& context,
      const std::function<void(const v1::AskEvent&)>& on_event) override {
    if (const absl::Status status = Validate(request, config_.limits); !status.ok()) return status;
    if (request.question() == "throw") throw std::runtime_error("thrown for the test");
    if (request.question() == "denied") return absl::NotFoundError("no such collection: x");
    v1::AskEvent event;
    event.mutable_passages()->set_trace_id(context.trace_id);
    event.mutable_passages()->add_passages()->set_text(request.question());
    if (on_event) on_event(event);
    if (request.question() == "wait") {
      const absl::Status status = WaitForTheEnd(context);
      return status;
    }
    if (request.question() == "fail late") return absl::DataLossError("a broken block");
    event.mutable_footnote()->set_number(1);
    event.mutable_footnote()->set_quote("line one\nline two");
    if (on_event) on_event(event);
    event.mutable_sentence()->set_text(request.question());
    event.mutable_sentence()->add_footnotes(1);
    if (on_event) on_event(event);
    v1::AskResponse response;
    response.set_outcome(v1::AskResponse::ANSWERED);
    response.set_answer(request.question());
    response.set_trace_id(context.trace_id);
    response.set_sequence(7);
    v1::StageTime* time = response.add_times();
    time->set_stage("answer");
    time->set_milliseconds(1.5);
    return response;
  }

  absl::StatusOr<v1::SearchResponse> Search(const v1::SearchRequest& request,
                                            const CallContext& context) override {
    if (const absl::Status status = Validate(request, config_.limits); !status.ok()) return status;
    if (request.query() == "wait") return WaitForTheEnd(context);
    v1::SearchResponse response;
    const int count = request.has_k() ? request.k() : 10;
    for (int i = 0; i < count; ++i) {
      v1::Passage* passage = response.add_passages();
      passage->set_doc(absl::StrCat("doc", i));
      passage->set_text(request.query());
    }
    response.set_trace_id(context.trace_id);
    response.set_sequence(~uint64_t{0});
    return response;
  }

  absl::StatusOr<v1::GetDocumentResponse> GetDocument(const v1::GetDocumentRequest& request,
                                                      const CallContext&) override {
    if (const absl::Status status = Validate(request, config_.limits); !status.ok()) return status;
    if (request.doc() != "known") return absl::NotFoundError("no such document");
    v1::GetDocumentResponse response;
    response.set_doc(request.doc());
    response.set_text(std::string(big_document_bytes, 'x'));
    return response;
  }

  absl::StatusOr<v1::IngestResponse> Ingest(const v1::IngestBatch& batch,
                                            const CallContext&) override {
    if (const absl::Status status = Validate(batch, config_.limits); !status.ok()) return status;
    v1::IngestResponse response;
    for (const v1::IngestDocument& document : batch.documents()) {
      v1::DocumentResult* result = response.add_results();
      result->set_id(document.id());
      const absl::Status status = Validate(document);
      result->set_outcome(status.ok() ? v1::DocumentResult::ADDED : v1::DocumentResult::FAILED);
      if (!status.ok()) result->set_error(std::string(status.message()));
      ++ingested;
    }
    response.set_sequence(static_cast<uint64_t>(++batches));
    return response;
  }

  absl::StatusOr<v1::DeleteResponse> Delete(const v1::DeleteRequest& request,
                                            const CallContext&) override {
    if (const absl::Status status = Validate(request, config_.limits); !status.ok()) return status;
    v1::DeleteResponse response;
    response.set_deleted(static_cast<uint64_t>(request.docs_size()));
    return response;
  }

  absl::StatusOr<v1::SetAccessResponse> SetAccess(const v1::SetAccessRequest& request,
                                                  const CallContext&) override {
    if (const absl::Status status = Validate(request, config_.limits); !status.ok()) return status;
    v1::SetAccessResponse response;
    response.set_sequence(static_cast<uint64_t>(100 + request.deny_size()));
    return response;
  }

  FakeInference& inference() override { return inference_; }
  retrieval::Engine& engine() override { return engine_; }
  ingest::Ingester& ingester() override { std::abort(); }
  const transformer::Embedder& embedder() const override { std::abort(); }
  const generator::Answerer& answerer() const override { std::abort(); }
  const Config& config() const override { return config_; }

  size_t big_document_bytes = 10;
  std::atomic<int> waiting{0};    // calls of "wait" that run
  std::atomic<int> cancelled{0};  // and that were cancelled
  std::atomic<int> expired{0};    // or met their deadline
  std::atomic<int> ingested{0};
  std::atomic<int> batches{0};

 private:
  absl::Status WaitForTheEnd(const CallContext& context) {
    ++waiting;
    while (true) {
      if (context.cancelled && context.cancelled()) {
        ++cancelled;
        --waiting;
        return absl::CancelledError("the call was cancelled");
      }
      if (absl::Now() >= context.deadline) {
        ++expired;
        --waiting;
        return absl::DeadlineExceededError("the deadline passed before the work was done");
      }
      absl::SleepFor(absl::Milliseconds(2));
    }
  }

  const Config config_;
  FakeEngine engine_;
  FakeInference inference_;
};

}  // namespace footnote::services

#endif  // FOOTNOTE_TESTS_SERVICES_FAKE_APPLICATION_H_
