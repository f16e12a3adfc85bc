#include "services/application.h"

#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "generator/extractive.h"
#include "kernels/base/status_macros.h"
#include "services/convert.h"
#include "services/filter_messages.h"
#include "services/limit.h"
#include "services/reranker.h"
#include "services/validate.h"
#include "transformer/model/registry.h"
#include "transformer/text_encoder.h"

namespace footnote::services {
namespace {

double MillisecondsSince(absl::Time start) {
  return absl::ToDoubleMilliseconds(absl::Now() - start);
}

// The stored text that quotes are checked against, as far as the asker may see
// it. Keeps the documents of one question, so that each is read once.
class StoredText {
 public:
  StoredText(const retrieval::Engine& engine, std::string collection,
             std::vector<std::string> principals)
      : engine_(engine), collection_(std::move(collection)), principals_(std::move(principals)) {}

  absl::StatusOr<std::string> Get(const std::string& doc, uint32_t begin, uint32_t end) {
    auto it = texts_.find(doc);
    if (it == texts_.end()) {
      absl::StatusOr<retrieval::Document> document =
          engine_.GetDocument(collection_, doc, principals_);
      // Deleted since the search: it supports nothing any more.
      if (absl::IsNotFound(document.status())) return std::string();
      FN_RETURN_IF_ERROR(document.status());
      it = texts_.emplace(doc, std::move(document->text)).first;
    }
    // Replaced by a shorter one since the search.
    if (begin > end || end > it->second.size()) return std::string();
    return it->second.substr(begin, end - begin);
  }

 private:
  const retrieval::Engine& engine_;
  const std::string collection_;
  const std::vector<std::string> principals_;
  std::map<std::string, std::string> texts_;
};

// What a search says of itself, in the response that it went into.
template <typename Response>
void DescribeSearch(const retrieval::SearchResult& found, const std::string& profile_name,
                    const RankingProfile& profile, Response* response) {
  response->set_sequence(found.sequence);
  response->set_profile(profile_name.empty() ? kDefaultProfile : profile_name);
  response->set_profile_version(profile.version);
  response->set_reranker(found.reranker);
  if (found.dense_weight.has_value()) response->set_dense_weight(*found.dense_weight);
  for (const retrieval::StageTime& time : found.times) {
    AddTime(time.stage, time.milliseconds, response->mutable_times());
  }
}

class ApplicationImpl : public Application {
 public:
  ApplicationImpl(const Config& config, std::unique_ptr<const transformer::Embedder> embedder,
                  std::unique_ptr<retrieval::Engine> engine,
                  std::unique_ptr<const generator::Answerer> answerer,
                  std::unique_ptr<GeneratorModel> generator,
                  std::unique_ptr<const transformer::CrossEncoder> reranker)
      : config_(config),
        embedder_(std::move(embedder)),
        generator_(std::move(generator)),
        reranker_(std::move(reranker)),
        inference_(MakeInference(config, embedder_.get(), generator_.get(), reranker_.get())),
        engine_(std::move(engine)),
        ingester_(engine_.get(), embedder_.get()),
        answerer_(std::move(answerer)) {}

  absl::StatusOr<v1::AskResponse> Ask(
      const v1::AskRequest& request, const CallContext& context,
      const std::function<void(const v1::AskEvent&)>& on_event) override;
  absl::StatusOr<v1::SearchResponse> Search(const v1::SearchRequest& request,
                                            const CallContext& context) override;
  absl::StatusOr<v1::GetDocumentResponse> GetDocument(const v1::GetDocumentRequest& request,
                                                      const CallContext& context) override;
  absl::StatusOr<v1::IngestResponse> Ingest(const v1::IngestBatch& batch,
                                            const CallContext& context) override;
  absl::StatusOr<v1::DeleteResponse> Delete(const v1::DeleteRequest& request,
                                            const CallContext& context) override;
  absl::StatusOr<v1::SetAccessResponse> SetAccess(const v1::SetAccessRequest& request,
                                                  const CallContext& context) override;

  Inference& inference() override { return *inference_; }
  retrieval::Engine& engine() override { return *engine_; }
  ingest::Ingester& ingester() override { return ingester_; }
  const transformer::Embedder& embedder() const override { return *embedder_; }
  const generator::Answerer& answerer() const override { return *answerer_; }
  const Config& config() const override { return config_; }

 private:
  // Runs a search whose filter, if any, is still the caller's message.
  absl::StatusOr<retrieval::SearchResult> RunSearch(retrieval::SearchRequest search,
                                                    const v1::Filter* filter,
                                                    const Limit& limit) const;
  absl::StatusOr<generator::Answer> Compose(
      const v1::AskRequest& request, absl::Span<const retrieval::Hit> hits, const Limit& limit,
      const std::function<void(const v1::AskEvent&)>& on_event) const;

  const Config config_;
  // The order is that of dependence: each uses those above it.
  const std::unique_ptr<const transformer::Embedder> embedder_;
  const std::unique_ptr<GeneratorModel> generator_;                  // may be null
  const std::unique_ptr<const transformer::CrossEncoder> reranker_;  // may be null
  const std::unique_ptr<Inference> inference_;
  const std::unique_ptr<retrieval::Engine> engine_;
  ingest::Ingester ingester_;
  const std::unique_ptr<const generator::Answerer> answerer_;
};

absl::StatusOr<retrieval::SearchResult> ApplicationImpl::RunSearch(retrieval::SearchRequest search,
                                                                   const v1::Filter* filter,
                                                                   const Limit& limit) const {
  if (search.rerank && reranker_ == nullptr) return NoReranker();
  if (filter != nullptr) {
    FN_ASSIGN_OR_RETURN(search.filter, FilterFromProto(*filter));
  }
  search.cancelled = limit.Callback();
  absl::StatusOr<retrieval::SearchResult> found = engine_->Search(search);
  if (!found.ok()) return limit.Explain(found.status());
  return found;
}

absl::StatusOr<generator::Answer> ApplicationImpl::Compose(
    const v1::AskRequest& request, absl::Span<const retrieval::Hit> hits, const Limit& limit,
    const std::function<void(const v1::AskEvent&)>& on_event) const {
  std::vector<generator::Passage> passages;
  passages.reserve(hits.size());
  for (const retrieval::Hit& hit : hits) passages.push_back(ToPassage(hit));
  StoredText stored(*engine_, CollectionOrDefault(request.collection()),
                    {request.principals().begin(), request.principals().end()});

  generator::AnswerRequest compose;
  compose.question = request.question();
  compose.passages = passages;
  compose.stored_text = [&stored](const std::string& doc, uint32_t begin, uint32_t end) {
    return stored.Get(doc, begin, end);
  };
  compose.cancelled = limit.Callback();
  if (on_event) {
    compose.sink.footnote = [&](const generator::Footnote& footnote) {
      v1::AskEvent event;
      *event.mutable_footnote() = ToProto(footnote, hits);
      on_event(event);
    };
    compose.sink.sentence = [&](const generator::Sentence& sentence) {
      v1::AskEvent event;
      *event.mutable_sentence() = ToProto(sentence);
      on_event(event);
    };
  }
  return answerer_->Run(compose);
}

absl::StatusOr<v1::AskResponse> ApplicationImpl::Ask(
    const v1::AskRequest& request, const CallContext& context,
    const std::function<void(const v1::AskEvent&)>& on_event) {
  FN_RETURN_IF_ERROR(Validate(request, config_.limits));
  const Limit limit(context);
  FN_RETURN_IF_ERROR(limit.Check());
  FN_ASSIGN_OR_RETURN(const RankingProfile profile, FindProfile(config_, request.profile()));
  FN_ASSIGN_OR_RETURN(const retrieval::SearchResult found,
                      RunSearch(FromProto(request, profile.ranking, config_.answer.passages),
                                request.has_filter() ? &request.filter() : nullptr, limit));
  if (on_event) {
    v1::AskEvent event;
    event.mutable_passages()->set_trace_id(context.trace_id);
    for (const retrieval::Hit& hit : found.hits) {
      *event.mutable_passages()->add_passages() = ToProto(hit);
    }
    on_event(event);
  }
  FN_RETURN_IF_ERROR(limit.Check());

  const absl::Time start = absl::Now();
  absl::StatusOr<generator::Answer> answer = Compose(request, found.hits, limit, on_event);
  if (!answer.ok()) return limit.Explain(answer.status());
  v1::AskResponse response = ToProto(*answer, found.hits);
  response.set_trace_id(context.trace_id);
  DescribeSearch(found, request.profile(), profile, &response);
  AddTime("answer", MillisecondsSince(start), response.mutable_times());
  return response;
}

absl::StatusOr<v1::SearchResponse> ApplicationImpl::Search(const v1::SearchRequest& request,
                                                           const CallContext& context) {
  FN_RETURN_IF_ERROR(Validate(request, config_.limits));
  const Limit limit(context);
  FN_RETURN_IF_ERROR(limit.Check());
  FN_ASSIGN_OR_RETURN(const RankingProfile profile, FindProfile(config_, request.profile()));
  FN_ASSIGN_OR_RETURN(const retrieval::SearchResult found,
                      RunSearch(FromProto(request, profile.ranking),
                                request.has_filter() ? &request.filter() : nullptr, limit));
  v1::SearchResponse response;
  for (const retrieval::Hit& hit : found.hits) {
    *response.add_passages() = ToProto(hit, request.explain());
  }
  response.set_trace_id(context.trace_id);
  response.mutable_required()->Add(found.required.begin(), found.required.end());
  response.mutable_excluded()->Add(found.excluded.begin(), found.excluded.end());
  for (const retrieval::Correction& correction : found.corrections) {
    *response.add_corrections() = ToProto(correction);
  }
  DescribeSearch(found, request.profile(), profile, &response);
  return response;
}

absl::StatusOr<v1::GetDocumentResponse> ApplicationImpl::GetDocument(
    const v1::GetDocumentRequest& request, const CallContext& context) {
  FN_RETURN_IF_ERROR(Validate(request, config_.limits));
  FN_RETURN_IF_ERROR(Limit(context).Check());
  const std::vector<std::string> principals(request.principals().begin(),
                                            request.principals().end());
  FN_ASSIGN_OR_RETURN(
      const retrieval::Document document,
      engine_->GetDocument(CollectionOrDefault(request.collection()), request.doc(), principals));
  return ToProto(document);
}

absl::StatusOr<v1::IngestResponse> ApplicationImpl::Ingest(const v1::IngestBatch& batch,
                                                           const CallContext& context) {
  FN_RETURN_IF_ERROR(Validate(batch, config_.limits));
  const Limit limit(context);
  FN_RETURN_IF_ERROR(limit.Check());
  v1::IngestResponse response;
  std::vector<ingest::RawDocument> documents;
  std::vector<int> places;  // of `documents` in the response
  for (const v1::IngestDocument& document : batch.documents()) {
    v1::DocumentResult* result = response.add_results();
    if (const absl::Status status = Validate(document); !status.ok()) {
      result->set_id(document.id());
      result->set_outcome(v1::DocumentResult::FAILED);
      result->set_error(std::string(status.message()));
      continue;
    }
    places.push_back(response.results_size() - 1);
    documents.push_back(FromProto(document));
  }
  if (documents.empty()) return response;

  ingest::IngestOptions options;
  options.collection = CollectionOrDefault(batch.collection());
  options.max_document_bytes = config_.limits.max_document_bytes;
  uint64_t sequence = 0;
  absl::StatusOr<std::vector<ingest::DocumentReport>> reports =
      ingester_.IngestDocuments(std::move(documents), options, limit.Callback(), &sequence);
  if (!reports.ok()) return limit.Explain(reports.status());
  if (reports->size() != places.size()) {
    return absl::InternalError(absl::StrCat("the ingester reported ", reports->size(), " of ",
                                            places.size(), " documents"));
  }
  for (size_t i = 0; i < places.size(); ++i) {
    *response.mutable_results(places[i]) = ToProto((*reports)[i]);
  }
  response.set_sequence(sequence);
  return response;
}

absl::StatusOr<v1::DeleteResponse> ApplicationImpl::Delete(const v1::DeleteRequest& request,
                                                           const CallContext& context) {
  FN_RETURN_IF_ERROR(Validate(request, config_.limits));
  FN_RETURN_IF_ERROR(Limit(context).Check());
  const std::string collection = CollectionOrDefault(request.collection());
  retrieval::Engine::Deleted deleted;
  if (request.has_filter()) {
    FN_ASSIGN_OR_RETURN(const retrieval::Filter filter, FilterFromProto(request.filter()));
    FN_ASSIGN_OR_RETURN(deleted, engine_->DeleteMatching(collection, filter, std::nullopt));
  } else {
    const std::vector<std::string> ids(request.docs().begin(), request.docs().end());
    FN_ASSIGN_OR_RETURN(deleted, engine_->Delete(collection, ids, std::nullopt));
  }
  v1::DeleteResponse response;
  response.set_deleted(deleted.documents);
  response.set_sequence(deleted.sequence);
  return response;
}

absl::StatusOr<v1::SetAccessResponse> ApplicationImpl::SetAccess(
    const v1::SetAccessRequest& request, const CallContext& context) {
  FN_RETURN_IF_ERROR(Validate(request, config_.limits));
  FN_RETURN_IF_ERROR(Limit(context).Check());
  const retrieval::AccessList access{{request.acl().begin(), request.acl().end()},
                                     {request.deny().begin(), request.deny().end()}};
  v1::SetAccessResponse response;
  FN_ASSIGN_OR_RETURN(
      const uint64_t sequence,
      engine_->SetCollectionAccess(CollectionOrDefault(request.collection()), access));
  response.set_sequence(sequence);
  return response;
}

}  // namespace

absl::StatusOr<std::unique_ptr<retrieval::Engine>> OpenStore(
    const StoreConfig& config, bool create_if_missing, const transformer::Embedder* embedder,
    const transformer::CrossEncoder* reranker, const retrieval::ReindexProgress& reindexing) {
  retrieval::EngineOptions options;
  options.data_dir = config.data_dir;
  options.create_if_missing = create_if_missing;
  options.block_cache_bytes = config.block_cache_bytes;
  options.sync_writes = config.sync_writes;
  options.reranker = reranker;
  options.reindexing = reindexing;
  return retrieval::Engine::Open(options, embedder);
}

absl::StatusOr<std::unique_ptr<Application>> Application::Open(
    const Config& config, bool create_if_missing, const retrieval::ReindexProgress& reindexing) {
  FN_RETURN_IF_ERROR(CheckProfiles(config));
  FN_ASSIGN_OR_RETURN(const std::string model_dir, transformer::FindModel(config.model.name));
  transformer::EncoderOptions encoder;
  encoder.precision = config.model.precision;
  encoder.threads = config.model.threads;
  if (!config.model.query_prefix.empty()) encoder.query_prefix = config.model.query_prefix;
  if (!config.model.passage_prefix.empty()) encoder.passage_prefix = config.model.passage_prefix;
  FN_ASSIGN_OR_RETURN(std::unique_ptr<const transformer::Embedder> embedder,
                      transformer::LoadTextEncoder(model_dir, encoder));

  FN_ASSIGN_OR_RETURN(std::unique_ptr<const transformer::CrossEncoder> reranker,
                      LoadReranker(config.reranker));
  FN_ASSIGN_OR_RETURN(
      std::unique_ptr<retrieval::Engine> engine,
      OpenStore(config.store, create_if_missing, embedder.get(), reranker.get(), reindexing));

  std::unique_ptr<GeneratorModel> generator;
  std::unique_ptr<const generator::Answerer> answerer;
  if (config.generator.model.empty()) {
    generator::ExtractiveOptions extractive;
    extractive.min_confidence = config.answer.min_confidence;
    extractive.max_sentences = config.answer.max_sentences;
    answerer = generator::MakeExtractiveAnswerer(embedder.get(), extractive);
  } else {
    FN_ASSIGN_OR_RETURN(generator, GeneratorModel::Open(config.generator));
    answerer = generator->MakeAnswerer(config.answer, embedder.get());
  }
  return Assemble(config, std::move(embedder), std::move(engine), std::move(answerer),
                  std::move(generator), std::move(reranker));
}

std::unique_ptr<Application> Application::Assemble(
    const Config& config, std::unique_ptr<const transformer::Embedder> embedder,
    std::unique_ptr<retrieval::Engine> engine, std::unique_ptr<const generator::Answerer> answerer,
    std::unique_ptr<GeneratorModel> generator,
    std::unique_ptr<const transformer::CrossEncoder> reranker) {
  return std::make_unique<ApplicationImpl>(config, std::move(embedder), std::move(engine),
                                           std::move(answerer), std::move(generator),
                                           std::move(reranker));
}

}  // namespace footnote::services
