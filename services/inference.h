#ifndef FOOTNOTE_SERVICES_INFERENCE_H_
#define FOOTNOTE_SERVICES_INFERENCE_H_

#include <functional>
#include <memory>

#include "absl/status/statusor.h"
#include "footnote/v1/footnote.pb.h"
#include "services/call_context.h"
#include "services/config/config.h"
#include "services/generator_model.h"
#include "transformer/cross_encoder.h"
#include "transformer/embedder.h"

namespace footnote::services {

// The use cases of GeneratorService: the models by themselves, without
// documents. Requests are checked here. Thread-safe. A call past its deadline is
// DeadlineExceeded; one whose client has gone is Cancelled. Without a language
// model what needs one is FailedPrecondition.
class Inference {
 public:
  virtual ~Inference() = default;

  // `on_piece` gets the text as it is written, on this thread.
  virtual absl::StatusOr<v1::GenerateDone> Generate(
      const v1::GenerateRequest& request, const CallContext& context,
      const std::function<void(const v1::GeneratedPiece&)>& on_piece) = 0;
  virtual absl::StatusOr<v1::EmbedResponse> Embed(const v1::EmbedRequest& request,
                                                  const CallContext& context) = 0;
  virtual absl::StatusOr<v1::RerankResponse> Rerank(const v1::RerankRequest& request,
                                                    const CallContext& context) = 0;
  virtual v1::ListModelsResponse ListModels() = 0;
  virtual absl::StatusOr<v1::LoadAdapterResponse> LoadAdapter(const v1::LoadAdapterRequest& request,
                                                              const CallContext& context) = 0;
  virtual absl::StatusOr<v1::TokenizeResponse> Tokenize(const v1::TokenizeRequest& request) = 0;
  virtual absl::StatusOr<v1::DetokenizeResponse> Detokenize(
      const v1::DetokenizeRequest& request) = 0;

  // For metrics; null: there is no language model.
  virtual const GeneratorModel* generator() const = 0;
};

// All must outlive it; `generator` and `reranker` may be null.
std::unique_ptr<Inference> MakeInference(const Config& config,
                                         const transformer::Embedder* embedder,
                                         GeneratorModel* generator,
                                         const transformer::CrossEncoder* reranker = nullptr);

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_INFERENCE_H_
