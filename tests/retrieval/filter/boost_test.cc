#include "retrieval/filter/boost.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace footnote::retrieval {
namespace {

using testing::HasSubstr;

TEST(BoostTest, ReadsTheWholeGrammar) {
  for (const char* text : {
           "1",
           "0.5",
           "1e3",
           "1 + 2*3 - 4",
           "-(1 + 2) * -3",
           "2-1",
           "1+1",
           "recent(updated, 180)",
           "RECENT(`date of issue`, 0.5)",
           "number(meta.views)",
           "number(views, -1) * 2",
           "passes(type = \"manual\" and (year >= 2020 or not exists(draft)))",
           "min(1, 2, number(a))",
           "max(log(number(views)), 1)",
           " 1\n+\trecent ( updated , 30 ) ",
       }) {
    EXPECT_TRUE(ParseBoost(text).ok()) << text << ": " << ParseBoost(text).status();
  }
}

TEST(BoostTest, ProductsBindMoreThanSums) {
  const auto boost = ParseBoost("1 + 2 * 3 - 4");
  ASSERT_TRUE(boost.ok());
  EXPECT_EQ(boost->kind, Boost::Kind::kSum);
  ASSERT_EQ(boost->children.size(), 3u);
  EXPECT_EQ(boost->children[1].kind, Boost::Kind::kProduct);
  EXPECT_EQ(boost->children[2].kind, Boost::Kind::kProduct);  // of -1 and 4
  EXPECT_EQ(boost->children[2].children[0].number, -1);
}

TEST(BoostTest, WhatIsWrongIsNamedWithItsPlace) {
  struct Case {
    const char* text;
    const char* message;
  };
  for (const Case& c : {
           Case{"", "at its end: expected a number"},
           Case{"1 +", "at its end: expected a number"},
           Case{"1 2", "at byte 3, \"2\": expected +, -, * or the end"},
           Case{"(1", "expected +, -, * or \")\""},
           Case{"views", "at byte 1, \"views\": expected a number, recent()"},
           Case{"recent(updated)", "expected \",\" and a number of days"},
           Case{"recent(updated, 0)", "must be above 0"},
           Case{"recent(updated, -3)", "expected a number of days"},
           Case{"number(, 1)", "expected a field"},
           Case{"passes(year >)", "expected a number, or a text in quotes"},
           Case{"passes()", "expected a field"},
           Case{"log(1, 2)", "expected \")\""},
           Case{"min()", "expected a number"},
           Case{"1e999", "expected a number"},
           Case{"nan", "expected a number"},
           Case{"1 / 2", "expected +, -, * or the end"},
       }) {
    const auto boost = ParseBoost(c.text);
    EXPECT_EQ(boost.status().code(), absl::StatusCode::kInvalidArgument) << c.text;
    EXPECT_THAT(std::string(boost.status().message()), HasSubstr("the boost, ")) << c.text;
    EXPECT_THAT(std::string(boost.status().message()), HasSubstr(c.message)) << c.text;
  }
}

TEST(BoostTest, IsBounded) {
  EXPECT_TRUE(ParseBoost(std::string(60, '(') + "1" + std::string(60, ')')).ok());
  EXPECT_FALSE(ParseBoost(std::string(100, '(') + "1" + std::string(100, ')')).ok());
  EXPECT_FALSE(ParseBoost(std::string(100, '-') + "1").ok());
  EXPECT_FALSE(ParseBoost("passes(" + std::string(63, '(') + "a=1" + std::string(64, ')')).ok());
  EXPECT_FALSE(ParseBoost(std::string(kMaxBoostBytes, ' ') + "1").ok());
  EXPECT_FALSE(ParseBoost("1\xff").ok());
}

}  // namespace
}  // namespace footnote::retrieval
