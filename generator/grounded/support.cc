#include "generator/grounded/support.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "generator/evidence/question.h"
#include "generator/evidence/words.h"
#include "kernels/base/status_macros.h"
#include "transformer/text/analyzer.h"

namespace footnote::generator {
namespace {

// Units that are embedded per sentence: those with the most words in common.
constexpr size_t kMaxCandidates = 6;

std::set<std::string> WordSet(absl::string_view text) {
  std::set<std::string> words;
  for (transformer::Term& term : transformer::AnalyzeEnglish(text)) {
    words.insert(std::move(term.text));
  }
  return words;
}

// Whether the text says that something isn't so.
bool Denies(absl::string_view text) {
  const std::string lower = absl::AsciiStrToLower(text);
  for (absl::string_view word :
       absl::StrSplit(lower, absl::ByAnyChar(" \t\r\n.,;:!?()\"[]/"), absl::SkipEmpty())) {
    if (word == "not" || word == "no" || word == "never" || word == "none" || word == "neither" ||
        word == "nor" || word == "cannot" || word == "without" || word == "nothing" ||
        word == "nobody" || absl::EndsWith(word, "n't") || absl::EndsWith(word, "n\u2019t")) {
      return true;
    }
  }
  return false;
}

// What a sentence says, as far as words tell.
struct Claim {
  std::set<std::string> words;
  std::vector<std::string> numbers;
  std::vector<std::string> names;  // and identifiers
  bool denies = false;
};

Claim ReadClaim(absl::string_view sentence) {
  Claim claim;
  claim.words = WordSet(sentence);
  claim.denies = Denies(sentence);
  for (const QuestionTerm& term : AnalyzeQuestion(sentence).terms) {
    if (HasDigit(term.word)) {
      claim.numbers.push_back(term.text);
    } else if (term.salient) {
      claim.names.push_back(term.text);
    }
  }
  // The first word has a capital in any case, so it may be a name.
  const std::vector<transformer::Term> terms = transformer::AnalyzeEnglish(sentence);
  if (!terms.empty() && absl::ascii_isupper(sentence[terms[0].span.begin])) {
    claim.names.push_back(terms[0].text);
  }
  return claim;
}

double Overlap(const std::set<std::string>& wanted, const std::set<std::string>& there) {
  if (wanted.empty()) return 0;
  const auto found = std::count_if(wanted.begin(), wanted.end(),
                                   [&](const std::string& word) { return there.contains(word); });
  return static_cast<double>(found) / static_cast<double>(wanted.size());
}

bool HasAll(const std::vector<std::string>& wanted, const std::set<std::string>& there) {
  return std::all_of(wanted.begin(), wanted.end(),
                     [&](const std::string& word) { return there.contains(word); });
}

}  // namespace

SupportChecker::SupportChecker(const transformer::Embedder* embedder,
                               absl::Span<const Passage> passages, const SupportOptions& options)
    : embedder_(embedder), passages_(passages), options_(options), words_(passages.size()) {}

const SupportChecker::PassageWords& SupportChecker::WordsOf(int passage) {
  PassageWords& words = words_[passage];
  if (words.read) return words;
  words.read = true;
  const Passage& source = passages_[passage];
  words.units = SplitUnits(source.text);
  words.all = WordSet(source.heading_path);
  words.all.merge(WordSet(source.title));
  for (const Unit& unit : words.units) {
    const absl::string_view text =
        absl::string_view(source.text).substr(unit.span.begin, unit.span.size());
    words.of_units.push_back(WordSet(text));
    words.denies.push_back(Denies(text));
    words.all.insert(words.of_units.back().begin(), words.of_units.back().end());
  }
  return words;
}

absl::StatusOr<std::vector<double>> SupportChecker::Cosines(
    absl::string_view sentence, absl::Span<const Support> places,
    const std::function<bool()>& cancelled) const {
  std::vector<absl::string_view> texts = {sentence};
  for (const Support& place : places) {
    texts.push_back(absl::string_view(passages_[place.passage].text)
                        .substr(place.span.begin, place.span.size()));
  }
  FN_ASSIGN_OR_RETURN(const transformer::Embeddings vectors, embedder_->Embed(texts, cancelled));
  std::vector<double> cosines;
  for (size_t i = 1; i < texts.size(); ++i) {
    double cosine = 0;
    for (int d = 0; d < vectors.dim; ++d) {
      cosine += static_cast<double>(vectors.row(0)[d]) * vectors.row(static_cast<int>(i))[d];
    }
    cosines.push_back(cosine);
  }
  return cosines;
}

absl::StatusOr<std::optional<Support>> SupportChecker::Check(
    absl::string_view sentence, absl::Span<const int> candidates,
    const std::function<bool()>& cancelled) {
  const Claim claim = ReadClaim(sentence);
  std::vector<Support> places;
  for (const int passage : candidates) {
    const PassageWords& words = WordsOf(passage);
    if (Overlap(claim.words, words.all) < options_.min_passage_overlap ||
        !HasAll(claim.names, words.all)) {
      continue;
    }
    for (size_t u = 0; u < words.units.size(); ++u) {
      const double overlap = Overlap(claim.words, words.of_units[u]);
      if (overlap < options_.min_unit_overlap || words.denies[u] != claim.denies ||
          !HasAll(claim.numbers, words.of_units[u])) {
        continue;
      }
      places.push_back({passage, static_cast<int>(u), words.units[u].span, overlap, 0});
    }
  }
  if (places.empty()) return std::nullopt;
  std::stable_sort(places.begin(), places.end(),
                   [](const Support& a, const Support& b) { return a.overlap > b.overlap; });
  places.resize(std::min(places.size(), kMaxCandidates));

  FN_ASSIGN_OR_RETURN(const std::vector<double> cosines, Cosines(sentence, places, cancelled));
  std::optional<Support> best;
  for (size_t i = 0; i < places.size(); ++i) {
    places[i].cosine = std::clamp(cosines[i], 0.0, 1.0);
    if (cosines[i] < options_.min_cosine) continue;
    if (!best.has_value() || places[i].score() > best->score()) best = places[i];
  }
  return best;
}

}  // namespace footnote::generator
