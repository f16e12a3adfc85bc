#ifndef FOOTNOTE_SERVICES_GENERATOR_MODEL_H_
#define FOOTNOTE_SERVICES_GENERATOR_MODEL_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "generator/answerer.h"
#include "generator/runner/model_runner.h"
#include "services/config/config.h"
#include "services/generator_totals.h"
#include "transformer/embedder.h"
#include "transformer/language_model.h"

namespace footnote::services {

// The configured language model, ready to write. Thread-safe.
class GeneratorModel {
 public:
  // Errors: those of LoadLanguageModel and LoadAdapter; a model that doesn't fit
  // is refused before it is loaded.
  static absl::StatusOr<std::unique_ptr<GeneratorModel>> Open(const GeneratorConfig& config);
  // Of a model that is loaded already.
  static absl::StatusOr<std::unique_ptr<GeneratorModel>> Make(
      const GeneratorConfig& config, std::unique_ptr<transformer::LanguageModel> model);

  // The last part of the model's path, without its extension.
  const std::string& name() const { return name_; }
  // The name of the adapter that answers are written with; empty: none.
  const std::string& adapter() const { return adapter_; }
  generator::ModelRunner& runner() { return *runner_; }
  const generator::ModelRunner& runner() const { return *runner_; }
  const GeneratorTotals& totals() const { return totals_; }

  // Writes answers with the model, as far as `answer` lets them through. `embedder`
  // and this must outlive it.
  std::unique_ptr<const generator::Answerer> MakeAnswerer(const AnswerConfig& answer,
                                                          const transformer::Embedder* embedder);

 private:
  explicit GeneratorModel(const GeneratorConfig& config);

  const GeneratorConfig config_;
  const std::string name_;
  std::string adapter_;
  GeneratorTotals totals_;
  std::unique_ptr<generator::ModelRunner> runner_;
};

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_GENERATOR_MODEL_H_
