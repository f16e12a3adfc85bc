#include "absl/container/flat_hash_set.h"
#include "transformer/text/analyzer.h"

namespace footnote::transformer {
namespace {

// Articles, pronouns, auxiliaries, question words and the commonest
// prepositions. Words that carry meaning in technical text ("before", "between",
// "all", "having", "only", "over") are left in: BM25 weighs them down by itself.
constexpr absl::string_view kStopWords[] = {
    "a",       "about",   "am",      "an",       "and",     "are",    "aren't", "as",
    "at",      "be",      "because", "been",     "being",   "but",    "by",     "can",
    "can't",   "cannot",  "could",   "couldn't", "did",     "didn't", "do",     "does",
    "doesn't", "doing",   "don't",   "for",      "from",    "had",    "hadn't", "has",
    "hasn't",  "have",    "haven't", "he",       "her",     "hers",   "him",    "his",
    "how",     "i",       "i'd",     "i'll",     "i'm",     "i've",   "if",     "in",
    "into",    "is",      "isn't",   "it",       "it's",    "its",    "itself", "let's",
    "may",     "me",      "might",   "my",       "no",      "nor",    "not",    "of",
    "on",      "or",      "our",     "ours",     "shall",   "she",    "should", "shouldn't",
    "so",      "some",    "such",    "than",     "that",    "that's", "the",    "their",
    "theirs",  "them",    "then",    "there",    "there's", "these",  "they",   "they'll",
    "they're", "they've", "this",    "those",    "to",      "too",    "us",     "very",
    "was",     "wasn't",  "we",      "we'll",    "we're",   "we've",  "were",   "weren't",
    "what",    "what's",  "when",    "where",    "which",   "while",  "who",    "who's",
    "whom",    "whose",   "why",     "will",     "with",    "won't",  "would",  "wouldn't",
    "you",     "you'd",   "you'll",  "you're",   "you've",  "your",   "yours",  "e.g",
    "i.e",     "etc",
};

}  // namespace

bool IsStopWord(absl::string_view word) {
  static const auto& words =
      *new absl::flat_hash_set<absl::string_view>(std::begin(kStopWords), std::end(kStopWords));
  return words.contains(word);
}

}  // namespace footnote::transformer
