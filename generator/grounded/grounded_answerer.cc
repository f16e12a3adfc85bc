#include "generator/grounded/grounded_answerer.h"

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "generator/answer_request.h"
#include "generator/evidence/question.h"
#include "generator/grounded/citation_constraint.h"
#include "generator/grounded/cited_text.h"
#include "generator/grounded/draft_checker.h"
#include "kernels/base/status_macros.h"

namespace footnote::generator {
namespace {

// Where a model goes on with a question of its own, or with sources.
constexpr const char* kStops[] = {"\nQuestion:", "<<source", "<<end of source"};

// One draft on its way: text comes in, checked sentences go out.
class Draft {
 public:
  Draft(DraftChecker* checker, int marks) : checker_(checker), marks_(marks) {}

  absl::Status Add(const Piece& piece) {
    text_ += piece.text;
    for (const GeneratedToken& token : piece.tokens) {
      log_prob_ += token.log_prob;
      ++tokens_;
    }
    // Sentences end at few characters; splitting at every token would cost the
    // square of the length.
    if (piece.text.find_first_of(".!?\n") == std::string::npos && !due_) return absl::OkStatus();
    due_ = true;
    const std::vector<CitedSentence> sentences = SplitCitedText(text_, marks_);
    // The last one isn't complete, or its mark may be to come.
    if (sentences.size() <= taken_ + 1) return absl::OkStatus();
    due_ = false;
    return Take(sentences, sentences.size() - 1);
  }

  // `cut`: the text ended because it was long enough.
  absl::Status Finish(bool cut) {
    const std::vector<CitedSentence> sentences = SplitCitedText(text_, marks_);
    size_t end = sentences.size();
    if (cut && end > 0 && !sentences.back().complete) --end;
    return Take(sentences, end);
  }

  bool empty() const { return taken_ == 0; }

 private:
  // Geometric mean of the probabilities of the tokens so far.
  double probability() const { return tokens_ == 0 ? 0 : std::exp(log_prob_ / tokens_); }

  absl::Status Take(const std::vector<CitedSentence>& sentences, size_t end) {
    for (; taken_ < end; ++taken_) {
      FN_RETURN_IF_ERROR(checker_->Take(sentences[taken_], probability()));
    }
    return absl::OkStatus();
  }

  DraftChecker* const checker_;
  const int marks_;
  std::string text_;
  size_t taken_ = 0;  // sentences
  bool due_ = false;  // a sentence may have ended since the last split
  double log_prob_ = 0;
  int tokens_ = 0;
};

std::string AbstentionReason(const DraftChecker& checker, const Draft& draft,
                             double min_confidence) {
  if (checker.gone() > 0) {
    return "The sentences that would have supported this are no longer in the store as they were "
           "found; ask again.";
  }
  if (draft.empty()) return "The model wrote no sentence from the passages found.";
  if (checker.unsure() > 0) {
    return absl::StrFormat(
        "The passages found support what the model wrote, but its confidence is %.2f, and at least "
        "%.2f is asked for.",
        checker.confidence(), min_confidence);
  }
  const int count = checker.unsupported();
  return absl::StrCat("The model wrote ", count, count == 1 ? " sentence" : " sentences",
                      ", but the passages found don't support ", count == 1 ? "it" : "them", ".");
}

class GroundedAnswerer : public Answerer {
 public:
  GroundedAnswerer(ModelRunner* runner, const transformer::Embedder* embedder,
                   PromptMaker make_prompt, GroundedOptions options)
      : runner_(runner),
        embedder_(embedder),
        make_prompt_(std::move(make_prompt)),
        options_(std::move(options)),
        vocabulary_(&runner->tokenizer(), runner->info().end_tokens) {}

  absl::StatusOr<Answer> Run(const AnswerRequest& request) const override {
    FN_RETURN_IF_ERROR(CheckAnswerRequest(request));
    if (request.cancelled && request.cancelled()) {
      return absl::CancelledError("the question was withdrawn");
    }
    Answer answer;
    answer.author = options_.name;
    if (AnalyzeQuestion(request.question).terms.empty()) {
      answer.outcome = Outcome::kNeedsMoreInformation;
      answer.reason = kNothingToLookFor;
      return answer;
    }
    if (request.passages.empty()) {
      answer.reason = kNoPassageFound;
      return answer;
    }
    FN_RETURN_IF_ERROR(Write(request, &answer));
    return answer;
  }

  absl::string_view name() const override { return options_.name; }

 private:
  // Tokens that a prompt may have beside the draft.
  int64_t PromptRoom() const {
    const int64_t most = std::min(runner_->config().context_length, runner_->info().cache_tokens);
    // An encoder-decoder's source stands apart, in whole blocks of the same cache.
    return most - options_.max_tokens -
           (runner_->config().encoder_layers > 0 ? 2 * kernels::kKvBlockTokens : 0);
  }

  GenerateRequest MakeRequest(GroundedPrompt prompt) const {
    GenerateRequest generate;
    generate.prompt = std::move(prompt.ids);
    generate.max_tokens = options_.max_tokens;
    generate.sampling = options_.sampling;
    generate.stop.assign(std::begin(kStops), std::end(kStops));
    generate.log_probs = true;
    generate.adapter = options_.adapter;
    generate.constraint = MakeCitationConstraint(&vocabulary_, prompt.passages);
    return generate;
  }

  absl::Status Write(const AnswerRequest& request, Answer* answer) const {
    FN_ASSIGN_OR_RETURN(GroundedPrompt prompt, MakeGroundedPrompt(make_prompt_, request.question,
                                                                  request.passages, PromptRoom()));
    const int read = prompt.passages;
    answer->passages_read = read;
    DraftChecker checker(&request, embedder_, read, options_.support, options_.min_confidence);
    Draft draft(&checker, read);
    absl::Status checked;
    FN_ASSIGN_OR_RETURN(const std::unique_ptr<Generation> generation,
                        runner_->Submit(MakeRequest(std::move(prompt))));
    const absl::StatusOr<Finish> finish = generation->Read(
        [&](const Piece& piece) {
          checked = draft.Add(piece);
          return checked.ok();
        },
        request.cancelled);
    FN_RETURN_IF_ERROR(checked);
    FN_RETURN_IF_ERROR(finish.status());
    FN_RETURN_IF_ERROR(draft.Finish(finish->reason == FinishReason::kLength));

    answer->sentences = checker.sentences();
    answer->footnotes = checker.footnotes();
    answer->confidence = checker.confidence();
    if (answer->sentences.empty()) {
      answer->reason = AbstentionReason(checker, draft, options_.min_confidence);
    } else {
      answer->outcome = Outcome::kAnswered;
    }
    return absl::OkStatus();
  }

  ModelRunner* const runner_;
  const transformer::Embedder* const embedder_;
  const PromptMaker make_prompt_;
  const GroundedOptions options_;
  const CitationVocabulary vocabulary_;
};

}  // namespace

std::unique_ptr<Answerer> MakeGroundedAnswerer(ModelRunner* runner,
                                               const transformer::Embedder* embedder,
                                               PromptMaker make_prompt,
                                               const GroundedOptions& options) {
  return std::make_unique<GroundedAnswerer>(runner, embedder, std::move(make_prompt), options);
}

}  // namespace footnote::generator
