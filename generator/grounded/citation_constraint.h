#ifndef FOOTNOTE_GENERATOR_GROUNDED_CITATION_CONSTRAINT_H_
#define FOOTNOTE_GENERATOR_GROUNDED_CITATION_CONSTRAINT_H_

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "generator/decoding/token_constraint.h"
#include "transformer/tokenizer/tokenizer.h"

namespace footnote::generator {

// Where a text stands with respect to citation marks "[1]" to "[n]": an
// automaton over its bytes.
//   kText      outside a mark
//   0          after "["
//   p, 1 to n  after "[" and the digits of p, which begin a mark
//   kDead      "[" was followed by something else
class CitationState {
 public:
  static constexpr int kText = -1;
  static constexpr int kDead = -2;

  // The state after `bytes` from `state`. Precondition: marks >= 1.
  static int Advance(int state, absl::string_view bytes, int marks);
};

// Which tokens of a vocabulary may follow in which state of the citation
// automaton, so that each "[" that is generated becomes a mark of a passage that
// is there. Thread-safe; must not outlive the tokenizer.
class CitationVocabulary {
 public:
  // `end_tokens` end a text: they are never forbidden outside a mark, whatever
  // their text. A token that is a byte (transformer::IsByteToken) never is part of a
  // mark, because what it becomes depends on its neighbours. Reads the whole
  // vocabulary once.
  CitationVocabulary(const transformer::Tokenizer* tokenizer, absl::Span<const int32_t> end_tokens);

  struct Token {
    int32_t id = 0;
    std::string bytes;
  };
  // For one number of passages.
  struct Rules {
    int marks = 0;
    // Tokens that must not come outside a mark: they begin something that is no
    // mark, or a mark that the vocabulary can't finish.
    std::vector<int32_t> forbidden;
    // allowed[p]: those that may come in state p, and no other.
    std::vector<std::vector<int32_t>> allowed;
  };
  // Precondition: marks >= 1. As long as this object.
  const Rules& RulesFor(int marks) const;

  // The bytes of a token if it has a bracket or may stand in a mark; else empty.
  const std::string& BytesOf(int32_t id) const;

 private:
  Rules MakeRules(int marks) const;

  std::vector<int32_t> never_;            // bytes of a mark
  std::vector<Token> with_bracket_;       // have a "["
  std::vector<Token> within_mark_;        // begin with a digit or "]"
  std::map<int32_t, std::string> bytes_;  // of both kinds
  mutable std::mutex mu_;
  mutable std::map<int, std::unique_ptr<const Rules>> rules_;
};

// `vocabulary` must outlive the result. Precondition: marks >= 1.
std::unique_ptr<TokenConstraint> MakeCitationConstraint(const CitationVocabulary* vocabulary,
                                                        int marks);

}  // namespace footnote::generator

#endif  // FOOTNOTE_GENERATOR_GROUNDED_CITATION_CONSTRAINT_H_
