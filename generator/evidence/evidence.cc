#include "generator/evidence/evidence.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <string>
#include <tuple>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "generator/evidence/answer_type.h"
#include "generator/evidence/score.h"
#include "kernels/base/status_macros.h"
#include "transformer/text/analyzer.h"

namespace footnote::generator {

const std::array<const char*, kUnitFeatureCount> kUnitFeatureNames = {
    "cosine",        "neighbour_cosine", "coverage",
    "lead_coverage", "context_coverage", "passage_coverage",
    "salient",       "passage_dense",    "passage_rank",
    "type",          "length",           "short",
    "shows_how",     "is_code",          "is_table_row",
    "is_term",       "is_question",      "leans_back",
    "introduces"};

const std::array<const char*, kAnswerFeatureCount> kAnswerFeatureNames = {"best_score",
                                                                          "best_cosine",
                                                                          "best_coverage",
                                                                          "best_lead_coverage",
                                                                          "best_context_coverage",
                                                                          "best_passage_coverage",
                                                                          "best_salient",
                                                                          "best_type",
                                                                          "best_passage_dense",
                                                                          "best_passage_rank",
                                                                          "best_length",
                                                                          "max_passage_dense",
                                                                          "mean_passage_dense",
                                                                          "max_cosine",
                                                                          "margin",
                                                                          "spread",
                                                                          "all_coverage",
                                                                          "missing_salient",
                                                                          "best_missing_salient",
                                                                          "question_terms",
                                                                          "question_typed"};

namespace {

using TermSet = std::vector<bool>;  // one per question term

void Unite(const TermSet& other, TermSet* set) {
  for (size_t i = 0; i < set->size(); ++i) {
    if (other[i]) (*set)[i] = true;
  }
}

// The question's terms in each place where a passage can hold them.
struct PassageTerms {
  std::vector<TermSet> units;
  TermSet headings;
  TermSet all;  // units and headings
};

class TermIndex {
 public:
  explicit TermIndex(const Question& question) : size_(question.terms.size()) {
    for (size_t i = 0; i < size_; ++i) index_.emplace(question.terms[i].text, i);
  }

  TermSet Empty() const { return TermSet(size_, false); }

  PassageTerms Read(const Passage& passage, const std::vector<Unit>& units) const {
    PassageTerms terms;
    terms.units.assign(units.size(), Empty());
    terms.headings = Empty();
    Mark(passage.heading_path, &terms.headings);
    Mark(passage.title, &terms.headings);
    size_t unit = 0;
    for (const transformer::Term& term : transformer::AnalyzeEnglish(passage.text)) {
      while (unit < units.size() && units[unit].span.end <= term.span.begin) ++unit;
      if (unit == units.size()) break;
      const auto it = index_.find(term.text);
      if (it != index_.end() && units[unit].span.begin <= term.span.begin) {
        terms.units[unit][it->second] = true;
      }
    }
    terms.all = terms.headings;
    for (const TermSet& set : terms.units) Unite(set, &terms.all);
    return terms;
  }

 private:
  void Mark(absl::string_view text, TermSet* set) const {
    for (const transformer::Term& term : transformer::AnalyzeEnglish(text)) {
      const auto it = index_.find(term.text);
      if (it != index_.end()) (*set)[it->second] = true;
    }
  }

  size_t size_;
  absl::flat_hash_map<std::string, size_t> index_;
};

// Inverse document frequency of each question term, a unit being a document.
std::vector<double> TermWeights(const std::vector<PassageTerms>& passages, size_t terms) {
  std::vector<double> frequency(terms, 0);
  double units = 0;
  for (const PassageTerms& passage : passages) {
    units += passage.units.size();
    for (const TermSet& set : passage.units) {
      for (size_t i = 0; i < terms; ++i) frequency[i] += set[i];
    }
  }
  std::vector<double> weights(terms);
  for (size_t i = 0; i < terms; ++i) {
    weights[i] = std::log(1 + (units - frequency[i] + 0.5) / (frequency[i] + 0.5));
  }
  return weights;
}

// Share of the terms' weight that `set` has; 0 for a question without terms.
double Coverage(const TermSet& set, const std::vector<double>& weights) {
  double have = 0;
  double total = 0;
  for (size_t i = 0; i < weights.size(); ++i) {
    total += weights[i];
    if (set[i]) have += weights[i];
  }
  return total > 0 ? have / total : 0;
}

// Share of the salient terms that `set` has; `none` for a question without.
double SalientShare(const TermSet& set, const Question& question, double none) {
  int have = 0;
  int total = 0;
  for (size_t i = 0; i < set.size(); ++i) {
    if (!question.terms[i].salient) continue;
    ++total;
    have += set[i];
  }
  return total > 0 ? static_cast<double>(have) / total : none;
}

absl::string_view Text(const Passage& passage, const Unit& unit) {
  return absl::string_view(passage.text).substr(unit.span.begin, unit.span.size());
}

int CountWords(absl::string_view text) {
  int words = 0;
  bool inside = false;
  for (const char c : text) {
    const bool space = absl::ascii_isspace(c);
    if (!space && !inside) ++words;
    inside = !space;
  }
  return words;
}

// Whether a sentence begins with a word that points to the one before it.
bool LeansBack(absl::string_view text) {
  absl::ConsumePrefix(&text, "(");
  for (const absl::string_view start :
       {"It ",          "This ",        "These ",       "They ",   "That ", "Those ",
        "However",      "Otherwise",    "Therefore",    "Thus",    "But ",  "And ",
        "Also,",        "He ",          "She ",         "Such ",   "Then ", "Note that this",
        "In this case", "In that case", "As mentioned", "See also"}) {
    if (absl::StartsWith(text, start)) return true;
  }
  return false;
}

// A unit after what it stands under: the innermost headings, for the outermost
// is the title, and its term.
std::string InContext(const Passage& passage, const std::vector<Unit>& units, int unit) {
  absl::string_view path = passage.heading_path.empty() ? absl::string_view(passage.title)
                                                        : absl::string_view(passage.heading_path);
  const size_t last = path.rfind(" > ");
  if (last != absl::string_view::npos && last > 0) {
    const size_t before = path.rfind(" > ", last - 1);
    if (before != absl::string_view::npos) path = path.substr(before + 3);
  }
  std::string text(path);
  if (units[unit].lead >= 0) {
    absl::StrAppend(&text, text.empty() ? "" : ": ", Text(passage, units[units[unit].lead]));
  }
  absl::StrAppend(&text, text.empty() ? "" : ": ", Text(passage, units[unit]));
  return text;
}

double Dot(absl::Span<const float> a, absl::Span<const float> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

// Fills everything that needs no embedding.
void FillLexical(const Question& question, const Passage& passage, const PassageTerms& terms,
                 const std::vector<Unit>& units, const std::vector<double>& weights,
                 Candidate* candidate) {
  const int u = candidate->unit;
  const absl::string_view text = Text(passage, units[u]);
  candidate->place = units[u];
  candidate->has_term = terms.units[u];
  TermSet context = terms.units[u];
  Unite(terms.headings, &context);
  auto& f = candidate->features;
  if (units[u].lead >= 0) Unite(terms.units[units[u].lead], &context);
  f[kUnitSalient] = SalientShare(context, question, 1);
  f[kUnitLeadCoverage] = Coverage(context, weights);
  if (u > 0) Unite(terms.units[u - 1], &context);
  if (u + 1 < static_cast<int>(units.size())) Unite(terms.units[u + 1], &context);
  candidate->passage_salient = SalientShare(terms.all, question, 1);
  f[kUnitCoverage] = Coverage(terms.units[u], weights);
  f[kUnitContextCoverage] = Coverage(context, weights);
  f[kPassageCoverage] = Coverage(terms.all, weights);
  f[kPassageDense] = passage.dense_score;
  f[kPassageRank] = 1.0 / (1 + candidate->passage);
  f[kUnitType] = MatchesType(question.type, text);
  const int words = CountWords(text);
  f[kUnitLength] = std::log(1.0 + words);
  f[kUnitShort] = words < 4;
  const bool introduces = absl::EndsWith(text, ":");
  const bool before_code =
      u + 1 < static_cast<int>(units.size()) && units[u + 1].kind == UnitKind::kCode;
  f[kUnitShowsHow] = question.type == AnswerType::kProcedure &&
                     (units[u].kind == UnitKind::kCode || (introduces && before_code));
  f[kUnitIsCode] = units[u].kind == UnitKind::kCode;
  f[kUnitIsTableRow] = units[u].kind == UnitKind::kTableRow;
  f[kUnitIsTerm] = units[u].kind == UnitKind::kTerm;
  f[kUnitIsQuestion] = absl::EndsWith(text, "?");
  f[kUnitLeansBack] = LeansBack(text);
  f[kUnitIntroduces] = introduces;
}

// How much a unit promises before it is embedded.
double Promise(const Candidate& candidate) {
  const auto& f = candidate.features;
  return f[kUnitCoverage] + 0.5 * f[kUnitContextCoverage] + 0.5 * f[kPassageRank] +
         f[kPassageDense] - 0.5 * f[kUnitShort];
}

absl::Status FillCosines(const transformer::Embedder& embedder, absl::string_view question,
                         absl::Span<const Passage> passages,
                         const std::vector<std::vector<Unit>>& units,
                         const std::function<bool()>& cancelled,
                         std::vector<Candidate>* candidates) {
  std::vector<std::string> in_context;
  in_context.reserve(candidates->size());
  std::vector<absl::string_view> texts;
  for (const Candidate& c : *candidates) {
    in_context.push_back(InContext(passages[c.passage], units[c.passage], c.unit));
    texts.push_back(in_context.back());
  }
  FN_ASSIGN_OR_RETURN(const transformer::Embeddings asked,
                      embedder.EmbedQueries({&question, 1}, cancelled));
  FN_ASSIGN_OR_RETURN(const transformer::Embeddings vectors, embedder.Embed(texts, cancelled));

  absl::flat_hash_map<std::pair<int, int>, double> cosines;
  for (size_t i = 0; i < candidates->size(); ++i) {
    Candidate& c = (*candidates)[i];
    c.features[kUnitCosine] = Dot(asked.row(0), vectors.row(static_cast<int>(i)));
    cosines[{c.passage, c.unit}] = c.features[kUnitCosine];
  }
  for (Candidate& c : *candidates) {
    double best = 0;
    for (const int step : {-1, 1}) {
      const auto it = cosines.find({c.passage, c.unit + step});
      if (it != cosines.end()) best = std::max(best, it->second);
    }
    c.features[kUnitNeighbourCosine] = best;
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Evidence> GatherEvidence(const transformer::Embedder& embedder,
                                        absl::string_view question,
                                        absl::Span<const Passage> passages, int max_candidates,
                                        const std::function<bool()>& cancelled) {
  Evidence evidence;
  evidence.question = AnalyzeQuestion(question);
  const TermIndex index(evidence.question);
  std::vector<PassageTerms> terms;
  for (const Passage& passage : passages) {
    if (cancelled()) return absl::CancelledError("the question was withdrawn");
    evidence.units.push_back(SplitUnits(passage.text));
    terms.push_back(index.Read(passage, evidence.units.back()));
  }
  const std::vector<double> weights = TermWeights(terms, evidence.question.terms.size());

  TermSet anywhere = index.Empty();
  for (const PassageTerms& t : terms) Unite(t.all, &anywhere);
  evidence.all_coverage = Coverage(anywhere, weights);
  absl::flat_hash_set<std::string> named;
  for (size_t i = 0; i < anywhere.size(); ++i) {
    const std::string& word = evidence.question.terms[i].word;
    if (!anywhere[i] && named.insert(word).second) evidence.missing_words.push_back(word);
  }

  // Passages may overlap or repeat each other: each text is a candidate once,
  // in the best passage that has it.
  absl::flat_hash_set<absl::string_view> seen;
  std::vector<Candidate>& candidates = evidence.candidates;
  for (size_t p = 0; p < passages.size(); ++p) {
    for (size_t u = 0; u < evidence.units[p].size(); ++u) {
      if (!seen.insert(Text(passages[p], evidence.units[p][u])).second) continue;
      Candidate candidate;
      candidate.passage = static_cast<int>(p);
      candidate.unit = static_cast<int>(u);
      FillLexical(evidence.question, passages[p], terms[p], evidence.units[p], weights, &candidate);
      candidate.score = Promise(candidate);
      candidates.push_back(std::move(candidate));
    }
  }
  const auto better = [](const Candidate& a, const Candidate& b) {
    if (a.score != b.score) return a.score > b.score;
    return std::tie(a.passage, a.unit) < std::tie(b.passage, b.unit);
  };
  std::sort(candidates.begin(), candidates.end(), better);
  if (candidates.size() > static_cast<size_t>(max_candidates)) {
    candidates.erase(candidates.begin() + max_candidates, candidates.end());
  }
  for (PassageTerms& t : terms) evidence.terms.push_back(std::move(t.units));
  if (candidates.empty()) return evidence;

  FN_RETURN_IF_ERROR(
      FillCosines(embedder, question, passages, evidence.units, cancelled, &candidates));
  for (Candidate& c : candidates) c.score = UnitScore(c.features);
  std::sort(candidates.begin(), candidates.end(), better);
  return evidence;
}

std::array<double, kAnswerFeatureCount> AnswerFeatures(const Evidence& evidence,
                                                       absl::Span<const Passage> passages,
                                                       size_t best) {
  std::array<double, kAnswerFeatureCount> f{};
  const Candidate& top = evidence.candidates[best];
  f[kBestScore] = top.score;
  f[kBestCosine] = top.features[kUnitCosine];
  f[kBestCoverage] = top.features[kUnitCoverage];
  f[kBestLeadCoverage] = top.features[kUnitLeadCoverage];
  f[kBestContextCoverage] = top.features[kUnitContextCoverage];
  f[kBestPassageCoverage] = top.features[kPassageCoverage];
  f[kBestSalient] = top.features[kUnitSalient];
  f[kBestType] = top.features[kUnitType];
  f[kBestPassageDense] = top.features[kPassageDense];
  f[kBestPassageRank] = top.features[kPassageRank];
  f[kBestLength] = top.features[kUnitLength];

  double dense_sum = 0;
  int dense_count = 0;
  for (const Passage& passage : passages) {
    f[kMaxPassageDense] = std::max(f[kMaxPassageDense], passage.dense_score);
    if (passage.dense_score > 0) {
      dense_sum += passage.dense_score;
      ++dense_count;
    }
  }
  f[kMeanPassageDense] = dense_count > 0 ? dense_sum / dense_count : 0;

  double cosine_sum = 0;
  bool rival = false;
  for (size_t i = 0; i < evidence.candidates.size(); ++i) {
    const Candidate& c = evidence.candidates[i];
    cosine_sum += c.features[kUnitCosine];
    f[kMaxCosine] = std::max(f[kMaxCosine], c.features[kUnitCosine]);
    if (i > best && !rival && c.passage != top.passage) {
      rival = true;
      f[kMargin] = top.score - c.score;
    }
  }
  f[kSpread] = f[kBestCosine] - cosine_sum / evidence.candidates.size();

  // Salient words by their place in the question, so that the parts of one
  // identifier count once.
  int salient = 0;
  int missing = 0;
  absl::flat_hash_set<absl::string_view> words;
  const absl::flat_hash_set<std::string> absent(evidence.missing_words.begin(),
                                                evidence.missing_words.end());
  for (const QuestionTerm& term : evidence.question.terms) {
    if (!term.salient || !words.insert(term.word).second) continue;
    ++salient;
    missing += absent.contains(term.word);
  }
  f[kMissingSalient] = salient > 0 ? static_cast<double>(missing) / salient : 0;
  f[kBestMissingSalient] = 1 - top.passage_salient;
  f[kAllCoverage] = evidence.all_coverage;
  f[kQuestionTerms] = std::log(1.0 + evidence.question.terms.size());
  f[kQuestionTyped] = evidence.question.type == AnswerType::kNumber ||
                      evidence.question.type == AnswerType::kTime ||
                      evidence.question.type == AnswerType::kPerson ||
                      evidence.question.type == AnswerType::kPlace;
  return f;
}

}  // namespace footnote::generator
