#include "generator/extractive.h"

#include <algorithm>
#include <map>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "generator/answer_request.h"
#include "generator/evidence/evidence.h"
#include "generator/evidence/score.h"
#include "kernels/base/status_macros.h"

namespace footnote::generator {
namespace {

// A further sentence joins the answer if its score is this near to the best
// one's: at equal other features, about an eighth of cosine.
constexpr double kCompanionMargin = 0.6;

// A unit of a passage, by ordinals.
struct Place {
  int passage = 0;
  int unit = 0;
  friend bool operator<(const Place& a, const Place& b) {
    return std::tie(a.passage, a.unit) < std::tie(b.passage, b.unit);
  }
  friend bool operator==(const Place&, const Place&) = default;
};

// One question's way from evidence to answer.
class Composer {
 public:
  Composer(const AnswerRequest& request, const Evidence& evidence, const ExtractiveOptions& options)
      : request_(request), evidence_(evidence), options_(options) {}

  absl::StatusOr<Answer> Run() {
    Answer answer;
    size_t dropped = 0;
    for (size_t i = 0; i < evidence_.candidates.size(); ++i) {
      answer.confidence = Confidence(AnswerFeatures(evidence_, request_.passages, i));
      if (answer.confidence < options_.min_confidence) break;
      FN_ASSIGN_OR_RETURN(const bool sound, IsSound(PlaceOf(evidence_.candidates[i])));
      if (sound) {
        FN_RETURN_IF_ERROR(Compose(i, &answer));
        return answer;
      }
      ++dropped;
    }
    answer.outcome = Outcome::kAbstained;
    answer.reason = AbstentionReason(dropped);
    return answer;
  }

 private:
  static Place PlaceOf(const Candidate& c) { return {c.passage, c.unit}; }

  const Unit& UnitAt(Place place) const { return evidence_.units[place.passage][place.unit]; }

  absl::string_view TextAt(Place place) const {
    const Unit& unit = UnitAt(place);
    return absl::string_view(request_.passages[place.passage].text)
        .substr(unit.span.begin, unit.span.size());
  }

  uint32_t BeginOf(Place place) const {
    return request_.passages[place.passage].begin + UnitAt(place).span.begin;
  }
  uint32_t EndOf(Place place) const {
    return request_.passages[place.passage].begin + UnitAt(place).span.end;
  }

  // Whether the store holds exactly this quote.
  absl::StatusOr<bool> IsSound(Place place) {
    const auto known = sound_.find(place);
    if (known != sound_.end()) return known->second;
    FN_ASSIGN_OR_RETURN(const bool sound, IsStored(request_, request_.passages[place.passage].doc,
                                                   BeginOf(place), EndOf(place), TextAt(place)));
    return sound_[place] = sound;
  }

  static void Add(Place place, std::vector<Place>* chosen) {
    if (std::find(chosen->begin(), chosen->end(), place) == chosen->end()) {
      chosen->push_back(place);
    }
  }

  // Whether a unit says what is asked only together with the term above it: the
  // term has a word of the question that the unit lacks, or it is what to write.
  bool NeedsLead(const Candidate& c) const {
    if (c.place.lead < 0) return false;
    if (evidence_.question.type == AnswerType::kProcedure && c.place.lead + 1 == c.unit) {
      return true;
    }
    const std::vector<bool>& lead = evidence_.terms[c.passage][c.place.lead];
    for (size_t i = 0; i < lead.size(); ++i) {
      if (lead[i] && !c.has_term[i]) return true;
    }
    return false;
  }

  // The best unit, what it can't be understood without, and near equals.
  std::vector<Place> Choose(size_t best) const {
    const Candidate& top = evidence_.candidates[best];
    std::vector<Place> chosen = {PlaceOf(top)};
    const auto has_room = [&] {
      return chosen.size() < static_cast<size_t>(options_.max_sentences);
    };
    const int units = static_cast<int>(evidence_.units[top.passage].size());
    const bool introduces = top.features[kUnitIntroduces] > 0 || top.place.kind == UnitKind::kTerm;
    if (introduces && top.unit + 1 < units && has_room()) {
      chosen.push_back({top.passage, top.unit + 1});
    }
    const Place before = {top.passage, top.unit - 1};
    if (top.place.kind == UnitKind::kCode && top.unit > 0 && has_room() &&
        absl::EndsWith(TextAt(before), ":")) {
      chosen.push_back(before);
    }
    if (NeedsLead(top) && has_room()) chosen.push_back({top.passage, top.place.lead});
    if (top.features[kUnitLeansBack] > 0 && top.unit > 0 && has_room()) {
      Add({top.passage, top.unit - 1}, &chosen);
    }
    for (size_t i = best + 1; i < evidence_.candidates.size() && has_room(); ++i) {
      const Candidate& c = evidence_.candidates[i];
      if (c.score < top.score - kCompanionMargin) break;
      if (c.features[kUnitLeansBack] > 0 || c.features[kUnitIntroduces] > 0 ||
          c.features[kUnitIsQuestion] > 0 || c.place.kind == UnitKind::kTerm) {
        continue;
      }
      Add(PlaceOf(c), &chosen);
    }
    return chosen;
  }

  // Documents in the order of their best passage, each from its beginning on.
  void SortForReading(std::vector<Place>* places) const {
    std::map<std::string, int> rank;
    for (const Place& place : *places) {
      const auto [it, inserted] =
          rank.try_emplace(request_.passages[place.passage].doc, place.passage);
      if (!inserted) it->second = std::min(it->second, place.passage);
    }
    std::sort(places->begin(), places->end(), [&](const Place& a, const Place& b) {
      return std::make_tuple(rank[request_.passages[a.passage].doc], BeginOf(a), a) <
             std::make_tuple(rank[request_.passages[b.passage].doc], BeginOf(b), b);
    });
  }

  absl::Status Compose(size_t best, Answer* answer) {
    std::vector<Place> chosen;
    for (const Place& place : Choose(best)) {
      if (IsCancelled()) return absl::CancelledError("the question was withdrawn");
      FN_ASSIGN_OR_RETURN(const bool sound, IsSound(place));
      if (sound) chosen.push_back(place);
    }
    SortForReading(&chosen);
    answer->outcome = Outcome::kAnswered;
    for (const Place& place : chosen) {
      const int number = static_cast<int>(answer->footnotes.size()) + 1;
      const std::string text(TextAt(place));
      answer->footnotes.push_back({number, place.passage, BeginOf(place), EndOf(place), text});
      answer->sentences.push_back({text, {number}});
      if (request_.sink.footnote) request_.sink.footnote(answer->footnotes.back());
      if (request_.sink.sentence) request_.sink.sentence(answer->sentences.back());
    }
    return absl::OkStatus();
  }

  bool IsCancelled() const { return request_.cancelled && request_.cancelled(); }

  std::string AbstentionReason(size_t dropped) const {
    if (request_.passages.empty()) return kNoPassageFound;
    if (dropped > 0) {
      return "The sentences that would have answered this are no longer in the store as they "
             "were found; ask again.";
    }
    if (evidence_.candidates.empty()) return "The passages found hold no sentence to quote.";
    if (!evidence_.missing_words.empty()) {
      return absl::StrCat("The passages found don't answer this; none of them mentions ",
                          absl::StrJoin(evidence_.missing_words, ", ",
                                        [](std::string* out, const std::string& word) {
                                          absl::StrAppend(out, "\"", word, "\"");
                                        }),
                          ".");
    }
    return "The passages found use the question's words, but no sentence in them answers it "
           "clearly enough.";
  }

  const AnswerRequest& request_;
  const Evidence& evidence_;
  const ExtractiveOptions& options_;
  std::map<Place, bool> sound_;
};

class ExtractiveAnswerer : public Answerer {
 public:
  ExtractiveAnswerer(const transformer::Embedder* embedder, const ExtractiveOptions& options)
      : embedder_(embedder), options_(options) {
    options_.max_sentences = std::max(options_.max_sentences, 1);
    options_.max_candidates = std::max(options_.max_candidates, 1);
  }

  absl::StatusOr<Answer> Run(const AnswerRequest& request) const override {
    FN_RETURN_IF_ERROR(CheckAnswerRequest(request));
    const auto cancelled = [&] { return request.cancelled && request.cancelled(); };
    if (cancelled()) return absl::CancelledError("the question was withdrawn");

    Answer answer;
    if (AnalyzeQuestion(request.question).terms.empty()) {
      answer.outcome = Outcome::kNeedsMoreInformation;
      answer.reason = kNothingToLookFor;
    } else {
      FN_ASSIGN_OR_RETURN(const Evidence evidence,
                          GatherEvidence(*embedder_, request.question, request.passages,
                                         options_.max_candidates, cancelled));
      FN_ASSIGN_OR_RETURN(answer, Composer(request, evidence, options_).Run());
    }
    answer.author = std::string(name());
    answer.passages_read = static_cast<int>(request.passages.size());
    return answer;
  }

  absl::string_view name() const override { return "extractive"; }

 private:
  const transformer::Embedder* embedder_;
  ExtractiveOptions options_;
};

}  // namespace

std::unique_ptr<Answerer> MakeExtractiveAnswerer(const transformer::Embedder* embedder,
                                                 const ExtractiveOptions& options) {
  return std::make_unique<ExtractiveAnswerer>(embedder, options);
}

}  // namespace footnote::generator
