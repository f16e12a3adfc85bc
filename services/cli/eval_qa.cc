#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "generator/eval/answer_metrics.h"
#include "generator/eval/squad.h"
#include "kernels/base/status_macros.h"
#include "services/cli/commands.h"
#include "services/cli/flags.h"
#include "services/cli/interrupt.h"
#include "services/cli/progress.h"
#include "services/cli/ranking_flags.h"
#include "services/cli/temp_dir.h"

namespace footnote::services::cli {
namespace {

using generator::GradedAnswer;
using generator::SquadArticle;
using generator::SquadDataset;
using generator::SquadParagraph;
using generator::SquadQuestion;

constexpr size_t kDocumentsPerIngest = 256;

struct Options {
  std::string squad;
  bool retrieved = false;
  double threshold = AnswerConfig().min_confidence;
  int passages = AnswerConfig().passages;
  int max_sentences = AnswerConfig().max_sentences;
  std::string predictions_file;
  std::string na_probs_file;
  ModelFlags model;
  RerankFlags rerank;
  bool json = false;
};

struct Question {
  const SquadQuestion* question;
  std::string paragraph;  // its document's id
};

// The dataset's paragraphs as documents, and its questions.
struct Material {
  std::vector<ingest::RawDocument> documents;
  std::vector<Question> questions;
};

// With `own_only` a document can be seen only by a principal of its own name:
// so a question that asks as its paragraph has nothing else as evidence, and
// both kinds of context go through the same search and the same answerer.
Material MakeMaterial(const SquadDataset& dataset, bool own_only) {
  Material material;
  for (const SquadArticle& article : dataset.articles) {
    for (const SquadParagraph& paragraph : article.paragraphs) {
      ingest::RawDocument document;
      document.id = absl::StrCat("paragraph-", material.documents.size());
      document.title = article.title;
      document.content_type = "text/plain";
      document.content = paragraph.context;
      if (own_only) document.access.allow = {document.id};
      for (const SquadQuestion& question : paragraph.questions) {
        material.questions.push_back({&question, document.id});
      }
      material.documents.push_back(std::move(document));
    }
  }
  return material;
}

absl::Status IngestAll(std::vector<ingest::RawDocument> documents, Application& app,
                       const std::function<void(absl::string_view, uint64_t, uint64_t)>& progress) {
  ingest::IngestOptions options;
  for (size_t i = 0; i < documents.size(); i += kDocumentsPerIngest) {
    progress("ingesting", i, documents.size());
    const auto begin = documents.begin() + i;
    const auto end = documents.begin() + std::min(i + kDocumentsPerIngest, documents.size());
    uint64_t sequence = 0;
    FN_ASSIGN_OR_RETURN(const std::vector<ingest::DocumentReport> reports,
                        app.ingester().IngestDocuments(
                            {std::make_move_iterator(begin), std::make_move_iterator(end)}, options,
                            &InterruptGuard::Interrupted, &sequence));
    for (const ingest::DocumentReport& report : reports) FN_RETURN_IF_ERROR(report.status);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<GradedAnswer>> AskAll(
    const std::vector<Question>& questions, const Options& options, Application& app,
    const std::function<void(absl::string_view, uint64_t, uint64_t)>& progress) {
  std::vector<GradedAnswer> answers;
  for (size_t i = 0; i < questions.size(); ++i) {
    progress("asking", i, questions.size());
    v1::AskRequest request;
    request.set_question(questions[i].question->question);
    request.set_passages(options.passages);
    request.set_rerank(options.rerank.on.value_or(false));
    if (!options.retrieved) request.add_principals(questions[i].paragraph);
    CallContext context;
    context.trace_id = NewTraceId();
    context.cancelled = &InterruptGuard::Interrupted;
    const absl::StatusOr<v1::AskResponse> response = app.Ask(request, context, nullptr);
    if (!response.ok()) {
      return absl::Status(
          response.status().code(),
          absl::StrCat("question ", questions[i].question->id, ": ", response.status().message()));
    }
    answers.push_back({response->answer(), response->confidence(), questions[i].question->answers});
  }
  return answers;
}

absl::StatusOr<std::unique_ptr<Application>> OpenThrowAway(const Options& options,
                                                           const std::string& data_dir) {
  Config config;
  config.store.data_dir = data_dir;
  config.store.sync_writes = false;
  config.model.name = options.model.model;
  config.model.precision = options.model.precision;
  config.model.threads = options.model.threads;
  // Every best answer is wanted; the measures apply the threshold.
  config.answer.min_confidence = 0;
  config.answer.max_sentences = options.max_sentences;
  config.limits.max_question_bytes = 1 << 20;
  config.reranker = RerankerOf(options.model, options.rerank.model);
  return Application::Open(config, /*create_if_missing=*/true);
}

absl::Status WriteJson(const std::string& path, const nlohmann::ordered_json& json) {
  if (path.empty()) return absl::OkStatus();
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file << json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  file.close();
  if (file.fail()) return absl::ErrnoToStatus(errno, absl::StrCat("cannot write ", path));
  return absl::OkStatus();
}

// The two files that SQuAD 2.0's official evaluator takes.
absl::Status WriteFiles(const Options& options, const std::vector<Question>& questions,
                        const std::vector<GradedAnswer>& answers) {
  nlohmann::ordered_json predictions = nlohmann::ordered_json::object();
  nlohmann::ordered_json na_probs = nlohmann::ordered_json::object();
  for (size_t i = 0; i < questions.size(); ++i) {
    const std::string& id = questions[i].question->id;
    predictions[id] = answers[i].confidence >= options.threshold ? answers[i].text : "";
    na_probs[id] = 1 - answers[i].confidence;
  }
  FN_RETURN_IF_ERROR(WriteJson(options.predictions_file, predictions));
  return WriteJson(options.na_probs_file, na_probs);
}

nlohmann::ordered_json ToJson(const generator::AnswerMetrics& m, const Options& options) {
  nlohmann::ordered_json json = {{"em", m.exact},
                                 {"f1", m.f1},
                                 {"has_answer_em", m.has_answer_exact},
                                 {"has_answer_f1", m.has_answer_f1},
                                 {"has_answer_contains", m.has_answer_contains},
                                 {"no_answer_accuracy", m.no_answer_accuracy},
                                 {"precision", m.precision},
                                 {"abstain_auroc", nullptr},
                                 {"coverage@95", m.coverage_at_95},
                                 {"questions", m.questions},
                                 {"has_answer", m.has_answer},
                                 {"answered", m.answered},
                                 {"threshold", options.threshold},
                                 {"context", options.retrieved ? "retrieved" : "given"}};
  if (m.abstain_auroc.has_value()) json["abstain_auroc"] = *m.abstain_auroc;
  return json;
}

void Print(const generator::AnswerMetrics& m, const Options& options) {
  std::cout << absl::StrFormat(
      "%s questions (%s with an answer), context %s; %s answered with confidence >= %.2f\n",
      WithCommas(m.questions), WithCommas(m.has_answer), options.retrieved ? "retrieved" : "given",
      WithCommas(m.answered), options.threshold);
  std::cout << absl::StrFormat(
      "all questions          exact %.4f   F1 %.4f\n"
      "with an answer         exact %.4f   F1 %.4f   answer within the text %.4f\n"
      "without an answer      abstained %.4f\n"
      "answers given          that contain a right one %.4f\n",
      m.exact, m.f1, m.has_answer_exact, m.has_answer_f1, m.has_answer_contains,
      m.no_answer_accuracy, m.precision);
  if (m.abstain_auroc.has_value()) {
    std::cout << absl::StrFormat("confidence             AUROC %.4f\n", *m.abstain_auroc);
  }
  std::cout << absl::StrFormat("coverage at 95 %% right %.4f\n", m.coverage_at_95);
}

absl::StatusOr<Exit> Run(const Options& options) {
  FN_RETURN_IF_ERROR(CheckRerank(options.rerank, /*configured=*/""));
  FN_ASSIGN_OR_RETURN(const SquadDataset dataset, generator::ReadSquad(options.squad));
  FN_ASSIGN_OR_RETURN(const TempDir store, TempDir::Make());
  FN_ASSIGN_OR_RETURN(const std::unique_ptr<Application> app, OpenThrowAway(options, store.path()));
  const Style style = StyleOf(2);
  InterruptGuard interrupt;
  ProgressLine line(style, std::cerr);
  const auto progress = [&](absl::string_view phase, uint64_t done, uint64_t total) {
    line.Update([&] { return FormatCount(phase, done, total, style); });
  };
  Material material = MakeMaterial(dataset, /*own_only=*/!options.retrieved);
  FN_RETURN_IF_ERROR(IngestAll(std::move(material.documents), *app, progress));
  FN_ASSIGN_OR_RETURN(const std::vector<GradedAnswer> answers,
                      AskAll(material.questions, options, *app, progress));
  line.Clear();
  FN_ASSIGN_OR_RETURN(const generator::AnswerMetrics metrics,
                      generator::ScoreAnswers(answers, options.threshold));
  FN_RETURN_IF_ERROR(WriteFiles(options, material.questions, answers));
  if (options.json) {
    std::cout << ToJson(metrics, options).dump() << "\n";
  } else {
    Print(metrics, options);
  }
  return Exit::kOk;
}

Action Define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("--squad", options->squad, "Questions in SQuAD's format, 1.1 or 2.0")
      ->required()
      ->type_name("FILE");
  app.add_option_function<std::string>(
         "--context",
         [options](const std::string& word) {
           if (word != "given" && word != "retrieved") {
             throw CLI::ValidationError("--context: expected given or retrieved");
           }
           options->retrieved = word == "retrieved";
         },
         "given (default): a question's own paragraph is all the evidence; retrieved: search "
         "over all paragraphs")
      ->type_name("NAME");
  app.add_option("--threshold", options->threshold,
                 "The least confidence that counts as answered (default: answer.min_confidence)")
      ->check(CLI::Range(0.0, 1.0))
      ->type_name("P");
  app.add_option("--passages", options->passages, "Passages read per question (default 10)")
      ->check(CLI::Range(1, 100))
      ->type_name("N");
  app.add_option("--max-sentences", options->max_sentences, "Sentences of an answer (default 3)")
      ->check(CLI::Range(1, 100))
      ->type_name("N");
  AddRerankFlags(app, &options->rerank);
  AddModelFlags(app, &options->model);
  app.add_option("--predictions", options->predictions_file,
                 "Also write {id: answer, \"\" when abstained}")
      ->type_name("OUT.json");
  app.add_option("--na-probs", options->na_probs_file, "Also write {id: probability of no answer}")
      ->type_name("OUT.json");
  AddJsonFlag(app, &options->json);
  return [options] { return Run(*options); };
}

}  // namespace

const Command kEvalQaCommand = {
    "eval qa", "Measure answers on questions in SQuAD's format",
    "  footnote eval qa --squad dev-v2.0.json.gz --context retrieved --json\n"
    "  footnote eval qa --squad dev-v2.0.json --predictions pred.json --na-probs na.json\n"
    "\n"
    "The two files are what SQuAD 2.0's official evaluator takes. Answers are whole\n"
    "sentences: exact match says little about them, \"answer within the text\" more.",
    &Define};

}  // namespace footnote::services::cli
