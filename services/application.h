#ifndef FOOTNOTE_SERVICES_APPLICATION_H_
#define FOOTNOTE_SERVICES_APPLICATION_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "footnote/v1/footnote.pb.h"
#include "generator/answerer.h"
#include "ingest/ingester.h"
#include "retrieval/engine.h"
#include "services/call_context.h"
#include "services/config/config.h"
#include "services/generator_model.h"
#include "services/inference.h"
#include "transformer/cross_encoder.h"
#include "transformer/embedder.h"

namespace footnote::services {

// The store alone. Without an embedder (null) it needs no model, and can't be
// written or searched by meaning; without a reranker it can't rerank. Errors: those of
// Engine::Open.
absl::StatusOr<std::unique_ptr<retrieval::Engine>> OpenStore(
    const StoreConfig& config, bool create_if_missing, const transformer::Embedder* embedder,
    const transformer::CrossEncoder* reranker = nullptr,
    const retrieval::ReindexProgress& reindexing = nullptr);

// The product behind every front door: gRPC, HTTP and the command line parse,
// call one of these and convert. Owns the embedder, the language model if there
// is one, the engine, the ingester and the answerer. Thread-safe. A call past its deadline is
// DeadlineExceeded; one whose client has gone is Cancelled; both stop the work within a step.
class Application {
 public:
  // Loads the models and opens the store; `reindexing`: see EngineOptions. Errors name
  // the thing and the mend.
  static absl::StatusOr<std::unique_ptr<Application>> Open(
      const Config& config, bool create_if_missing,
      const retrieval::ReindexProgress& reindexing = nullptr);
  // An application of parts that are open already. `engine` and `answerer` use
  // `embedder`, `engine` may use `reranker` and `answerer` `generator`; both may be
  // null.
  static std::unique_ptr<Application> Assemble(
      const Config& config, std::unique_ptr<const transformer::Embedder> embedder,
      std::unique_ptr<retrieval::Engine> engine,
      std::unique_ptr<const generator::Answerer> answerer,
      std::unique_ptr<GeneratorModel> generator = nullptr,
      std::unique_ptr<const transformer::CrossEncoder> reranker = nullptr);
  virtual ~Application() = default;

  // `on_event` gets the stream's events except the last, `done`, which is the
  // returned value; may be null.
  virtual absl::StatusOr<v1::AskResponse> Ask(
      const v1::AskRequest& request, const CallContext& context,
      const std::function<void(const v1::AskEvent&)>& on_event) = 0;
  virtual absl::StatusOr<v1::SearchResponse> Search(const v1::SearchRequest& request,
                                                    const CallContext& context) = 0;
  virtual absl::StatusOr<v1::GetDocumentResponse> GetDocument(const v1::GetDocumentRequest& request,
                                                              const CallContext& context) = 0;
  virtual absl::StatusOr<v1::IngestResponse> Ingest(const v1::IngestBatch& batch,
                                                    const CallContext& context) = 0;
  virtual absl::StatusOr<v1::DeleteResponse> Delete(const v1::DeleteRequest& request,
                                                    const CallContext& context) = 0;
  virtual absl::StatusOr<v1::SetAccessResponse> SetAccess(const v1::SetAccessRequest& request,
                                                          const CallContext& context) = 0;

  // The models by themselves.
  virtual Inference& inference() = 0;

  // For the command line.
  virtual retrieval::Engine& engine() = 0;
  virtual ingest::Ingester& ingester() = 0;
  virtual const transformer::Embedder& embedder() const = 0;
  virtual const generator::Answerer& answerer() const = 0;
  virtual const Config& config() const = 0;
};

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_APPLICATION_H_
