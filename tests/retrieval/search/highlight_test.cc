#include "retrieval/search/highlight.h"

#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "retrieval/search/bm25.h"
#include "transformer/text/language.h"

namespace footnote::retrieval {
namespace {

TEST(HighlightTest, MarksQueryWordsInTheirOwnSpelling) {
  struct Case {
    std::string query, text;
    std::vector<std::string> marked;
  };
  const std::vector<Case> cases = {
      {"running servers", "The Server runs.", {"Server", "runs"}},
      {"the of", "the end of it", {}},
      {"", "anything", {}},
      {"pg_dump", "Use pg_dump, not pg_restore.", {"pg_dump", "pg"}},
      {"cafe", "Le Caf\xC3\xA9 est l\xC3\xA0", {"Caf\xC3\xA9"}},
      {"--format=custom", "--format=custom x", {"--format=custom"}},
  };
  for (const Case& c : cases) {
    std::vector<std::string> marked;
    uint32_t previous = 0;
    for (const auto& [begin, end] : Highlights(c.text, transformer::English(),
                                               QueryTerms(c.query, {&transformer::English()}))) {
      EXPECT_GE(begin, previous);
      previous = end;
      marked.push_back(c.text.substr(begin, end - begin));
    }
    EXPECT_EQ(marked, c.marked) << c.query;
  }
}

}  // namespace
}  // namespace footnote::retrieval
