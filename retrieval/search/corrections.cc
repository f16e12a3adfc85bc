#include "retrieval/search/corrections.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "transformer/text/analyzer.h"

namespace footnote::retrieval {
namespace {

std::string WordOf(absl::string_view text, const transformer::Term& term) {
  return std::string(text.substr(term.span.begin, term.span.size()));
}

std::vector<transformer::Term> AnalyzeAll(absl::string_view text, const QueryLanguages& languages) {
  std::vector<transformer::Term> out;
  for (const transformer::Language* language : languages) {
    for (transformer::Term& term : transformer::Analyze(text, *language)) {
      out.push_back(std::move(term));
    }
  }
  return out;
}

}  // namespace

std::vector<Correction> Corrections(absl::string_view query, const QueryLanguages& languages,
                                    absl::Span<const LexicalQuery::Term> terms,
                                    absl::Span<const Hit> hits) {
  std::map<std::string, std::vector<const LexicalQuery::Term*>> similar;  // by misspelt term
  std::map<std::string, std::string> word_of;                             // by similar term
  for (const LexicalQuery::Term& term : terms) {
    if (term.misspelt.empty()) continue;
    similar[term.misspelt].push_back(&term);
    word_of[term.text] = "";
  }
  if (similar.empty()) return {};
  for (const Hit& hit : hits) {
    const std::string text = IndexedText(hit.heading_path, hit.text);
    for (const transformer::Term& term : AnalyzeAll(text, languages)) {
      const auto it = word_of.find(term.text);
      if (it != word_of.end() && it->second.empty()) it->second = WordOf(text, term);
    }
  }
  std::vector<Correction> out;
  for (const transformer::Term& term : AnalyzeAll(query, languages)) {
    const auto it = similar.find(term.text);
    if (it == similar.end()) continue;
    std::vector<const LexicalQuery::Term*> found = std::move(it->second);
    similar.erase(it);
    std::stable_sort(found.begin(), found.end(),
                     [](const auto* a, const auto* b) { return a->chunks > b->chunks; });
    Correction correction{WordOf(query, term), {}};
    for (const LexicalQuery::Term* replacement : found) {
      const std::string& word = word_of[replacement->text];
      if (!word.empty()) correction.replacements.push_back(word);
    }
    if (!correction.replacements.empty()) out.push_back(std::move(correction));
  }
  return out;
}

}  // namespace footnote::retrieval
