#ifndef FOOTNOTE_TESTS_SERVICES_FAKE_INFERENCE_H_
#define FOOTNOTE_TESTS_SERVICES_FAKE_INFERENCE_H_

#include <atomic>
#include <functional>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/generate_messages.h"
#include "services/inference.h"

namespace footnote::services {

// Models that aren't there, for tests of the doors: what is generated repeats the
// prompt a character at a time. The prompt "wait" writes until it is cancelled.
class FakeInference : public Inference {
 public:
  absl::StatusOr<v1::GenerateDone> Generate(
      const v1::GenerateRequest& request, const CallContext& context,
      const std::function<void(const v1::GeneratedPiece&)>& on_piece) override {
    if (const absl::Status status = Validate(request); !status.ok()) return status;
    v1::GenerateDone done;
    v1::GeneratedPiece piece;
    for (const char c : request.prompt()) {
      piece.set_text(std::string(1, c));
      on_piece(piece);
    }
    while (request.prompt() == "wait") {
      if (context.cancelled && context.cancelled()) {
        ++cancelled;
        return absl::CancelledError("the call was cancelled");
      }
      if (absl::Now() >= context.deadline) return absl::DeadlineExceededError("late");
      on_piece(piece);
      absl::SleepFor(absl::Milliseconds(2));
    }
    done.set_reason(v1::GenerateDone::END);
    done.set_tokens(static_cast<int>(request.prompt().size()));
    done.set_trace_id(context.trace_id);
    return done;
  }
  absl::StatusOr<v1::EmbedResponse> Embed(const v1::EmbedRequest& request,
                                          const CallContext&) override {
    if (const absl::Status status = Validate(request); !status.ok()) return status;
    v1::EmbedResponse response;
    for (int i = 0; i < request.texts_size(); ++i) response.add_embeddings()->add_values(1);
    return response;
  }
  absl::StatusOr<v1::RerankResponse> Rerank(const v1::RerankRequest& request,
                                            const CallContext&) override {
    if (const absl::Status status = Validate(request); !status.ok()) return status;
    return absl::FailedPreconditionError("no reranker");
  }
  v1::ListModelsResponse ListModels() override {
    v1::ListModelsResponse response;
    response.add_models()->set_name("fake");
    return response;
  }
  absl::StatusOr<v1::LoadAdapterResponse> LoadAdapter(const v1::LoadAdapterRequest& request,
                                                      const CallContext&) override {
    if (const absl::Status status = Validate(request); !status.ok()) return status;
    v1::LoadAdapterResponse response;
    response.mutable_adapter()->set_name(request.name());
    return response;
  }
  absl::StatusOr<v1::TokenizeResponse> Tokenize(const v1::TokenizeRequest& request) override {
    if (const absl::Status status = Validate(request); !status.ok()) return status;
    v1::TokenizeResponse response;
    for (const char c : request.text()) response.add_ids(static_cast<unsigned char>(c));
    return response;
  }
  absl::StatusOr<v1::DetokenizeResponse> Detokenize(const v1::DetokenizeRequest& request) override {
    if (const absl::Status status = Validate(request); !status.ok()) return status;
    v1::DetokenizeResponse response;
    response.set_text(absl::StrCat(request.ids_size()));
    return response;
  }
  const GeneratorModel* generator() const override { return nullptr; }

  std::atomic<int> cancelled{0};
};

}  // namespace footnote::services

#endif  // FOOTNOTE_TESTS_SERVICES_FAKE_INFERENCE_H_
