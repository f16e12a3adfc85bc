#include "services/inference.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "generator/chat/chat_prompt.h"
#include "kernels/base/status_macros.h"
#include "services/generate_messages.h"
#include "services/limit.h"
#include "services/reranker.h"

namespace footnote::services {
namespace {

absl::Status NoGenerator() {
  return absl::FailedPreconditionError(
      "no language model is loaded; set generator.model to a model's folder or GGUF file");
}

// The generator's chat template. Errors: NotFound (no generator, or it has none).
absl::StatusOr<generator::ChatPrompter> LoadChat(const GeneratorConfig& config,
                                                 const GeneratorModel* model) {
  if (model == nullptr) return absl::NotFoundError("no language model is loaded");
  FN_ASSIGN_OR_RETURN(transformer::ChatTemplate chat_template,
                      transformer::LoadChatTemplate(config.model));
  return generator::ChatPrompter(std::move(chat_template), &model->runner().tokenizer());
}

class InferenceImpl : public Inference {
 public:
  InferenceImpl(const Config& config, const transformer::Embedder* embedder,
                GeneratorModel* generator, const transformer::CrossEncoder* reranker)
      : config_(config),
        embedder_(embedder),
        generator_(generator),
        reranker_(reranker),
        chat_(LoadChat(config.generator, generator)) {}

  absl::StatusOr<v1::GenerateDone> Generate(
      const v1::GenerateRequest& request, const CallContext& context,
      const std::function<void(const v1::GeneratedPiece&)>& on_piece) override {
    FN_RETURN_IF_ERROR(Validate(request));
    if (generator_ == nullptr) return NoGenerator();
    const Limit limit(context);
    FN_RETURN_IF_ERROR(limit.Check());
    generator::ModelRunner& runner = generator_->runner();
    generator::GenerateRequest generate = FromProto(request);
    FN_ASSIGN_OR_RETURN(generate.prompt, Prompt(request));
    generate.max_tokens = MaxTokens(request, generate.prompt.size());
    generate.deadline = context.deadline;
    const bool log_probs = generate.log_probs;
    FN_ASSIGN_OR_RETURN(const std::unique_ptr<generator::Generation> generation,
                        runner.Submit(std::move(generate)));
    absl::StatusOr<generator::Finish> finish = generation->Read(
        [&](const generator::Piece& piece) {
          on_piece(ToProto(piece, log_probs, runner.tokenizer()));
          return true;
        },
        context.cancelled);
    if (!finish.ok()) return limit.Explain(finish.status());
    v1::GenerateDone done = ToProto(*finish);
    done.set_model(generator_->name());
    done.set_trace_id(context.trace_id);
    return done;
  }

  absl::StatusOr<v1::EmbedResponse> Embed(const v1::EmbedRequest& request,
                                          const CallContext& context) override {
    FN_RETURN_IF_ERROR(Validate(request));
    const Limit limit(context);
    FN_RETURN_IF_ERROR(limit.Check());
    const std::vector<absl::string_view> texts(request.texts().begin(), request.texts().end());
    absl::StatusOr<transformer::Embeddings> embeddings =
        request.queries() ? embedder_->EmbedQueries(texts, limit.Callback())
                          : embedder_->Embed(texts, limit.Callback());
    if (!embeddings.ok()) return limit.Explain(embeddings.status());
    v1::EmbedResponse response;
    for (int i = 0; i < embeddings->rows; ++i) {
      v1::Embedding* embedding = response.add_embeddings();
      const absl::Span<const float> row = embeddings->row(i);
      embedding->mutable_values()->Add(row.begin(), row.end());
      embedding->set_tokens(embedder_->CountTokens(texts[i]));
    }
    response.set_model(embedder_->fingerprint());
    response.set_trace_id(context.trace_id);
    return response;
  }

  absl::StatusOr<v1::RerankResponse> Rerank(const v1::RerankRequest& request,
                                            const CallContext& context) override {
    FN_RETURN_IF_ERROR(Validate(request));
    if (reranker_ == nullptr) return NoReranker();
    const Limit limit(context);
    FN_RETURN_IF_ERROR(limit.Check());
    const std::vector<absl::string_view> texts(request.texts().begin(), request.texts().end());
    const absl::StatusOr<std::vector<float>> scores =
        reranker_->Score(request.query(), texts, limit.Callback());
    if (!scores.ok()) return limit.Explain(scores.status());
    std::vector<int> order(texts.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(),
                     [&](int a, int b) { return (*scores)[a] > (*scores)[b]; });
    if (request.top_n() > 0 && static_cast<size_t>(request.top_n()) < order.size()) {
      order.resize(request.top_n());
    }
    v1::RerankResponse response;
    for (const int index : order) {
      v1::RankedText* result = response.add_results();
      result->set_index(index);
      result->set_score((*scores)[index]);
    }
    response.set_model(reranker_->fingerprint());
    response.set_trace_id(context.trace_id);
    return response;
  }

  v1::ListModelsResponse ListModels() override {
    v1::ListModelsResponse response;
    v1::Model* embedder = response.add_models();
    embedder->set_kind(v1::Model::EMBEDDER);
    embedder->set_name(config_.model.name);
    embedder->set_fingerprint(embedder_->fingerprint());
    embedder->set_context_tokens(embedder_->max_tokens());
    embedder->set_dimensions(embedder_->dim());
    if (generator_ != nullptr) *response.add_models() = DescribeGenerator();
    if (reranker_ != nullptr) {
      v1::Model* reranker = response.add_models();
      reranker->set_kind(v1::Model::RERANKER);
      reranker->set_name(config_.reranker.model);
      reranker->set_fingerprint(reranker_->fingerprint());
      reranker->set_context_tokens(reranker_->max_tokens());
    }
    return response;
  }

  absl::StatusOr<v1::LoadAdapterResponse> LoadAdapter(const v1::LoadAdapterRequest& request,
                                                      const CallContext& context) override {
    FN_RETURN_IF_ERROR(Validate(request));
    if (generator_ == nullptr) return NoGenerator();
    if (config_.generator.adapters_dir.empty()) {
      return absl::FailedPreconditionError(
          "adapters can't be loaded while the server runs: set generator.adapters_dir to the "
          "folder that holds them");
    }
    FN_RETURN_IF_ERROR(Limit(context).Check());
    v1::LoadAdapterResponse response;
    response.mutable_adapter()->set_name(request.name());
    FN_ASSIGN_OR_RETURN(
        *response.mutable_adapter()->mutable_content_hash(),
        generator_->runner().LoadAdapter(
            request.name(), absl::StrCat(config_.generator.adapters_dir, "/", request.folder())));
    response.set_trace_id(context.trace_id);
    return response;
  }

  absl::StatusOr<v1::TokenizeResponse> Tokenize(const v1::TokenizeRequest& request) override {
    FN_RETURN_IF_ERROR(Validate(request));
    if (generator_ == nullptr) return NoGenerator();
    const transformer::Tokenizer& tokenizer = generator_->runner().tokenizer();
    transformer::TokenizeOptions options;
    options.add_special = request.add_special();
    options.parse_special = request.parse_special();
    v1::TokenizeResponse response;
    for (const int32_t id : tokenizer.Tokenize(request.text(), options)) {
      response.add_ids(id);
      response.add_texts(tokenizer.TokenBytes(id));
    }
    return response;
  }

  absl::StatusOr<v1::DetokenizeResponse> Detokenize(const v1::DetokenizeRequest& request) override {
    FN_RETURN_IF_ERROR(Validate(request));
    if (generator_ == nullptr) return NoGenerator();
    v1::DetokenizeResponse response;
    response.set_text(
        generator_->runner().tokenizer().Decode(request.ids(), request.skip_special()));
    return response;
  }

  const GeneratorModel* generator() const override { return generator_; }

 private:
  absl::StatusOr<std::vector<int32_t>> Prompt(const v1::GenerateRequest& request) const {
    if (!request.messages().empty()) return ChatPrompt(request);
    transformer::TokenizeOptions options;
    options.parse_special = false;
    return generator_->runner().tokenizer().Tokenize(request.prompt(), options);
  }

  absl::StatusOr<std::vector<int32_t>> ChatPrompt(const v1::GenerateRequest& request) const {
    if (absl::IsNotFound(chat_.status())) {
      return absl::FailedPreconditionError(
          absl::StrCat(generator_->name(),
                       " has no chat template; send a prompt in place of messages "
                       "(footnote generate: without --chat)"));
    }
    FN_RETURN_IF_ERROR(chat_.status());
    std::vector<transformer::ChatMessage> messages;
    for (const v1::ChatMessage& message : request.messages()) {
      messages.push_back({message.role(), message.content()});
    }
    return chat_->Prompt(messages);
  }

  // What the client wants, or else what there is room for. A prompt that leaves
  // none is refused by the runner, which says the numbers.
  int MaxTokens(const v1::GenerateRequest& request, size_t prompt_tokens) const {
    if (request.has_max_tokens()) return request.max_tokens();
    const generator::ModelRunner& runner = generator_->runner();
    int64_t room = std::min(runner.config().context_length, runner.info().cache_tokens);
    if (runner.config().encoder_layers == 0) room -= static_cast<int64_t>(prompt_tokens);
    return static_cast<int>(std::clamp<int64_t>(room, 1, config_.generator.max_tokens));
  }

  v1::Model DescribeGenerator() const {
    const generator::ModelRunner& runner = generator_->runner();
    v1::Model model;
    model.set_kind(v1::Model::GENERATOR);
    model.set_name(generator_->name());
    model.set_fingerprint(runner.info().fingerprint);
    model.set_family(runner.config().family);
    model.set_device(runner.info().device);
    model.set_context_tokens(runner.config().context_length);
    model.set_cache_tokens(runner.info().cache_tokens);
    model.set_weight_bytes(runner.info().memory.weights);
    for (const generator::AdapterInfo& info : runner.Adapters()) {
      v1::Adapter* adapter = model.add_adapters();
      adapter->set_name(info.name);
      adapter->set_content_hash(info.content_hash);
    }
    return model;
  }

  const Config config_;
  const transformer::Embedder* const embedder_;
  GeneratorModel* const generator_;
  const transformer::CrossEncoder* const reranker_;
  const absl::StatusOr<generator::ChatPrompter> chat_;  // of the generator
};

}  // namespace

std::unique_ptr<Inference> MakeInference(const Config& config,
                                         const transformer::Embedder* embedder,
                                         GeneratorModel* generator,
                                         const transformer::CrossEncoder* reranker) {
  return std::make_unique<InferenceImpl>(config, embedder, generator, reranker);
}

}  // namespace footnote::services
