#include "services/generator_model.h"

#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "generator/chat/chat_prompt.h"
#include "generator/grounded/grounded_answerer.h"
#include "kernels/base/status_macros.h"

namespace footnote::services {
namespace {

// The last part of a path, without an ending slash and the extension of a
// GGUF file.
std::string NameOf(const std::string& path) {
  std::filesystem::path p = std::filesystem::path(path).lexically_normal();
  if (!p.has_filename()) p = p.parent_path();
  return p.extension() == ".gguf" ? p.stem().string() : p.filename().string();
}

// Questions as the model's chat template has them; as they are if it has none.
generator::PromptMaker MakePrompt(const std::string& path,
                                  const transformer::Tokenizer* tokenizer) {
  auto loaded = transformer::LoadChatTemplate(path);
  if (absl::IsNotFound(loaded.status())) return generator::PlainPrompt(tokenizer);
  if (!loaded.ok()) {
    return [status = loaded.status()](const std::string&) { return status; };
  }
  auto prompter = std::make_shared<const generator::ChatPrompter>(*std::move(loaded), tokenizer);
  return [prompter](const std::string& message) { return prompter->Prompt({{"user", message}}); };
}

}  // namespace

GeneratorModel::GeneratorModel(const GeneratorConfig& config)
    : config_(config), name_(NameOf(config.model)) {}

absl::StatusOr<std::unique_ptr<GeneratorModel>> GeneratorModel::Open(
    const GeneratorConfig& config) {
  transformer::LanguageModelOptions options;
  options.precision = config.precision;
  options.kv_format = config.kv_precision;
  options.cache_tokens = static_cast<int64_t>(config.cache_tokens);
  options.memory_limit = config.memory_limit_bytes;
  options.threads = config.threads;
  options.cuda_device = config.cuda_device;
  options.deterministic = config.deterministic;
  FN_ASSIGN_OR_RETURN(std::unique_ptr<transformer::LanguageModel> model,
                      transformer::LoadLanguageModel(config.model, options));
  return Make(config, std::move(model));
}

absl::StatusOr<std::unique_ptr<GeneratorModel>> GeneratorModel::Make(
    const GeneratorConfig& config, std::unique_ptr<transformer::LanguageModel> model) {
  std::unique_ptr<GeneratorModel> result(new GeneratorModel(config));
  generator::RunnerOptions options;
  options.max_queue = config.max_queue;
  options.max_running = config.max_running;
  options.prefill_tokens = config.prefill_tokens;
  options.max_adapters = config.max_adapters;
  result->runner_ = generator::ModelRunner::Start(std::move(model), options, &result->totals_);
  if (!config.adapter.empty()) {
    result->adapter_ = NameOf(config.adapter);
    FN_RETURN_IF_ERROR(result->runner_->LoadAdapter(result->adapter_, config.adapter).status());
  }
  return result;
}

std::unique_ptr<const generator::Answerer> GeneratorModel::MakeAnswerer(
    const AnswerConfig& answer, const transformer::Embedder* embedder) {
  generator::GroundedOptions options;
  options.name = adapter_.empty() ? name_ : absl::StrCat(name_, "+", adapter_);
  options.adapter = adapter_;
  options.max_tokens = config_.max_tokens;
  options.min_confidence = answer.min_confidence;
  options.support.min_passage_overlap = answer.min_passage_overlap;
  options.support.min_unit_overlap = answer.min_quote_overlap;
  options.support.min_cosine = answer.min_quote_cosine;
  return generator::MakeGroundedAnswerer(runner_.get(), embedder,
                                         MakePrompt(config_.model, &runner_->tokenizer()), options);
}

}  // namespace footnote::services
