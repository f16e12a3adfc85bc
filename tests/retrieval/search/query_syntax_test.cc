#include "retrieval/search/query_syntax.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"

namespace footnote::retrieval {
namespace {

struct Case {
  std::string query;
  std::string text;
  std::vector<QueryClause> clauses;
};

class QuerySyntaxTest : public testing::TestWithParam<Case> {};

TEST_P(QuerySyntaxTest, Reads) {
  const Case& c = GetParam();
  const ParsedQuery parsed = ParseQuery(c.query);
  EXPECT_EQ(parsed.text, c.text) << c.query;
  ASSERT_EQ(parsed.clauses.size(), c.clauses.size()) << c.query;
  for (size_t i = 0; i < c.clauses.size(); ++i) {
    EXPECT_EQ(parsed.clauses[i].text, c.clauses[i].text) << c.query;
    EXPECT_EQ(parsed.clauses[i].excluded, c.clauses[i].excluded) << c.query;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Operators, QuerySyntaxTest,
    testing::Values(
        Case{"\"write ahead log\"", "write ahead log", {{"write ahead log", false}}},
        Case{"tune \"write ahead log\"  size",
             "tune write ahead log size",
             {{"write ahead log", false}}},
        Case{"+\"a b\" -\"c d\" e", "a b e", {{"a b", false}, {"c d", true}}},
        Case{"backup +pg_dump -oracle", "backup pg_dump", {{"pg_dump", false}, {"oracle", true}}},
        Case{"-oracle backup", "backup", {{"oracle", true}}},
        Case{"why (+vacuum)?", "why ( vacuum)?", {{"vacuum)?", false}}},
        Case{"\"one\", two", "one , two", {{"one", false}}},
        Case{"\xE2\x80\x9Ctypographic quotes\xE2\x80\x9D x",
             "typographic quotes x",
             {{"typographic quotes", false}}},
        Case{"x -\xE6\x95\xB0", "x", {{"\xE6\x95\xB0", true}}},
        Case{"dump -\"Fc\"", "dump", {{"Fc", true}}},
        Case{"x -pg_dump -write-ahead", "x", {{"pg_dump", true}, {"write-ahead", true}}},
        Case{"\"-Fc\" dump", "-Fc dump", {{"-Fc", false}}}));

// What people type without a thought of operators.
INSTANTIATE_TEST_SUITE_P(
    Text, QuerySyntaxTest,
    testing::Values(Case{"how does  it work?", "how does  it work?", {}}, Case{"", "", {}},
                    Case{"pg_dump -Fc", "pg_dump -Fc", {}}, Case{"make -j4", "make -j4", {}},
                    Case{"psql -p5432 -U ann", "psql -p5432 -U ann", {}},
                    Case{"gcc -std=c++20", "gcc -std=c++20", {}},
                    Case{"--format=custom", "--format=custom", {}},
                    Case{"pg_dump --no-owner", "pg_dump --no-owner", {}},
                    Case{"C++ or C#", "C++ or C#", {}}, Case{"x ++i -- y", "x ++i -- y", {}},
                    Case{"returns -1", "returns -1", {}}, Case{"call +49 30", "call +49 30", {}},
                    Case{"write-ahead log", "write-ahead log", {}},
                    Case{"a - b + c", "a - b + c", {}}, Case{"1+1 a+b a-b", "1+1 a+b a-b", {}},
                    Case{"an \"open quote", "an \"open quote", {}},
                    Case{"an -\"open quote", "an -\"open quote", {}},
                    Case{"x -\xE2\x80\x9Copen quote", "x -\xE2\x80\x9Copen quote", {}},
                    Case{"5\" and 3\" disks", "5\" and 3\" disks", {}},
                    Case{"\"quoted\"tail", "\"quoted\"tail", {}},
                    Case{"\"\" \" \" x", "\"\" \" \" x", {}}, Case{"-oracle", "-oracle", {}},
                    Case{"-oracle -\"my sql\" ?", "-oracle -\"my sql\" ?", {}}));

}  // namespace
}  // namespace footnote::retrieval
