// Any bytes as a query with operators: clauses are parts of it, what must be there is
// text too, valid UTF-8 stays valid, and nothing is made up.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "retrieval/search/query_syntax.h"
#include "retrieval/search/word_constraints.h"
#include "transformer/text/language.h"
#include "transformer/text/utf8.h"

namespace {

void Require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace footnote::retrieval;  // NOLINT(build/namespaces)
  const absl::string_view query(reinterpret_cast<const char*>(data), size);
  const bool valid = footnote::transformer::IsValidUtf8(query);
  const ParsedQuery parsed = ParseQuery(query);
  // A piece costs at least the blank or the operator before it.
  Require(parsed.text.size() <= query.size());
  Require(!parsed.clauses.empty() || parsed.text == query);
  Require(!valid || footnote::transformer::IsValidUtf8(parsed.text));
  bool any_text = parsed.clauses.empty();
  for (const QueryClause& clause : parsed.clauses) {
    Require(!clause.text.empty() && absl::StrContains(query, clause.text));
    Require(clause.excluded || absl::StrContains(parsed.text, clause.text));
    Require(!valid || footnote::transformer::IsValidUtf8(clause.text));
    any_text = any_text || !parsed.text.empty();
  }
  Require(any_text);
  const WordConstraints constraints(parsed.clauses, {&footnote::transformer::English(),
                                                     &footnote::transformer::LanguageOf("de")});
  Require(constraints.required().size() + constraints.excluded().size() <= parsed.clauses.size());
  return 0;
}
