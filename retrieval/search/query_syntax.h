#ifndef FOOTNOTE_RETRIEVAL_SEARCH_QUERY_SYNTAX_H_
#define FOOTNOTE_RETRIEVAL_SEARCH_QUERY_SYNTAX_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace footnote::retrieval {

// A word or a phrase that a passage must have, or must not have.
struct QueryClause {
  std::string text;  // without operators
  bool excluded = false;
  friend bool operator==(const QueryClause&, const QueryClause&) = default;
};

struct ParsedQuery {
  // The query without operators and without what it excludes: what is embedded, scored
  // and highlighted. The query itself, byte by byte, where there is no clause.
  std::string text;
  std::vector<QueryClause> clauses;  // in their order
  friend bool operator==(const ParsedQuery&, const ParsedQuery&) = default;
};

// Reads the operators of search boxes:
//   "a phrase", +"a phrase"   its words stand there in this order, next to each other
//   +word                     the word stands there
//   -word, -"a phrase"        it doesn't
// An operator begins the query or comes after a blank or "(". A closing quote is followed
// by the query's end, a blank or a sign of punctuation. Typographic quotes are quotes.
//
// There is no bad syntax: what isn't an operator is text, as an open quote is. Nor are
// operators what people type as names and numbers: "C++", "--format=custom", "-1", "+49",
// options of one or two letters or of a letter and digits ("-Fc", "-j4"), and what has
// "=" in it ("-std=c++20"). To exclude such a word, quote it: -"Fc". Where a query has
// nothing but exclusions, none of them is one.
ParsedQuery ParseQuery(absl::string_view query);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_SEARCH_QUERY_SYNTAX_H_
