#ifndef FOOTNOTE_RETRIEVAL_SEARCH_SIMILAR_TERMS_H_
#define FOOTNOTE_RETRIEVAL_SEARCH_SIMILAR_TERMS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "retrieval/index/lexical_index.h"

namespace footnote::retrieval {

// How far from a query's term the terms may be that it is taken for a misspelling of: 2
// from 8 letters on, 1 from 4 on, else 0; nor is one with a digit taken for another.
int MaxMisspelling(absl::string_view term);

struct SimilarTerm {
  std::string text;
  int distance = 0;
};

// The terms of the index, of dead and hidden passages too, that begin with the same
// letter and are at most `most` (>= 1) insertions, deletions, replacements and swaps of
// neighbours away, none of which touches a letter twice (optimal string alignment;
// Damerau 1964, "A Technique for Computer Detection and Correction of Spelling Errors").
// Letters are code points. Ascending by text, each once, without `term` itself.
//
// Walks each segment's sorted terms from the first with that letter, keeps the rows of
// the dynamic program that a term shares with the one before, and leaps over all terms
// with a beginning that is too far away already.
std::vector<SimilarTerm> SimilarTerms(const LexicalIndex& index, absl::string_view term, int most);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_SEARCH_SIMILAR_TERMS_H_
