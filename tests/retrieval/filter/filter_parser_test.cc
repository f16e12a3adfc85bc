#include "retrieval/filter/filter_parser.h"

#include <limits>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace footnote::retrieval {
namespace {

using testing::HasSubstr;
using Kind = Filter::Kind;

Filter Is(Kind kind, const std::string& field, std::vector<FilterValue> values) {
  Filter out;
  out.kind = kind;
  out.field = field;
  out.values = std::move(values);
  return out;
}
Filter Group(Kind kind, std::vector<Filter> children) {
  Filter out;
  out.kind = kind;
  out.children = std::move(children);
  return out;
}
FilterValue Text(const std::string& text) { return text; }

TEST(FilterParserTest, ReadsEveryForm) {
  const Filter lang = Is(Kind::kOneOf, "lang", {Text("en")});
  const Filter year = Is(Kind::kAtLeast, "year", {2020.0});
  const Filter draft = Is(Kind::kExists, "draft", {});
  const struct {
    std::string text;
    Filter filter;
  } cases[] = {
      {"lang = \"en\"", lang},
      {"lang='en'", lang},
      {" lang == \"en\" ", lang},
      {"((lang = \"en\"))", lang},
      {"lang in (\"en\")", lang},
      {"lang in ( 'en' , 'de',3 )", Is(Kind::kOneOf, "lang", {Text("en"), Text("de"), 3.0})},
      {"lang not in ('en')", Group(Kind::kNone, {lang})},
      {"lang != 'en'", Group(Kind::kNone, {lang})},
      {"not lang = 'en'", Group(Kind::kNone, {lang})},
      {"NOT (lang = 'en' OR year >= 2020)", Group(Kind::kNone, {lang, year})},
      {"not (lang = 'en' and year >= 2020)", Group(Kind::kNone, {Group(Kind::kAll, {lang, year})})},
      {"not not exists(draft)", Group(Kind::kNone, {Group(Kind::kNone, {draft})})},
      {"lang = 'en' and year >= 2020 and not exists(draft)",
       Group(Kind::kAll, {lang, year, Group(Kind::kNone, {draft})})},
      {"lang = 'en' or year >= 2020 and exists ( draft )",
       Group(Kind::kAny, {lang, Group(Kind::kAll, {year, draft})})},
      {"(lang = 'en' or year >= 2020) and exists(draft)",
       Group(Kind::kAll, {Group(Kind::kAny, {lang, year}), draft})},
      {"x<1", Is(Kind::kBelow, "x", {1.0})},
      {"x <= -1.5e3", Is(Kind::kAtMost, "x", {-1500.0})},
      {"x > '2024-02-29'", Is(Kind::kAbove, "x", {Text("2024-02-29")})},
      {"prefix(source, \"/manual/\")", Is(Kind::kPrefix, "source", {Text("/manual/")})},
      {"`odd key!` = 'a\\\"b\\\\c'", Is(Kind::kOneOf, "odd key!", {Text("a\"b\\c")})},
      {"`not` = 1", Is(Kind::kOneOf, "not", {1.0})},
      {"dc.date-issued = ''", Is(Kind::kOneOf, "dc.date-issued", {Text("")})},
      {"meta.title = 'na\xC3\xAFve'", Is(Kind::kOneOf, "meta.title", {Text("na\xC3\xAFve")})},
      // A name may begin with a keyword.
      {"notes = 1 and order = 2",
       Group(Kind::kAll, {Is(Kind::kOneOf, "notes", {1.0}), Is(Kind::kOneOf, "order", {2.0})})},
  };
  for (const auto& c : cases) {
    const auto filter = ParseFilter(c.text);
    ASSERT_TRUE(filter.ok()) << c.text << ": " << filter.status();
    EXPECT_TRUE(*filter == c.filter) << c.text;
  }
}

TEST(FilterParserTest, ErrorsNameThePlaceAndTheMend) {
  const struct {
    std::string text;
    std::string place;
    std::string mend;
  } cases[] = {
      {"", "at its end", "expected a field"},
      {"lang", "at its end", "expected =,"},
      {"lang = en", "at byte 8, \"en\"", "text in quotes"},
      {"lang = ", "at its end", "expected a number"},
      {"lang ~ 'en'", "at byte 6, \"~ 'en'\"", "expected =, !=,"},
      {"lang = 'en", "at byte 8, \"'en\"", "isn't closed"},
      {"lang = 'a\\n'", "at byte 10, \"\\n'\"", "write it twice"},
      {"(lang = 'en'", "at its end", "\")\""},
      {"lang = 'en')", "at byte 12, \")\"", "the end"},
      {"lang = 'en' year = 2", "at byte 13, \"year = 2\"", "\"and\""},
      {"and lang = 'en'", "at byte 1, \"and lang", "back quotes"},
      {"lang in ()", "at byte 10, \")\"", "expected a number"},
      {"lang in 'en'", "at byte 9,", "expected \"(\""},
      {"lang not = 'en'", "at byte 10,", "\"in\""},
      {"exists draft", "at byte 8, \"draft\"", "exists(draft)"},
      {"prefix(source)", "at byte 14, \")\"", "prefix(source, "},
      {"x = 1e999", "at byte 5, \"1e999\"", "a number"},
      {"x = 0x10", "at byte 5, \"0x10\"", "a number"},
      {"x = nan", "at byte 5, \"nan\"", "a number"},
      {"x = 1.2.3", "at byte 5, \"1.2.3\"", "a number"},
      {"`x = 1", "at byte 1,", "isn't closed"},
      {"`` = 1", "at byte 1,", "no name"},
      {std::string(100, '(') + "x = 1", "at byte 65,", "nested deeper"},
      {"prefix(x, 5)", "\"x\"", "put it in quotes"},
      {"meta. = 5", "\"meta.\"", "no key"},
      {"x = '\xFF'", "", "UTF-8"},
  };
  for (const auto& c : cases) {
    const auto filter = ParseFilter(c.text);
    EXPECT_TRUE(absl::IsInvalidArgument(filter.status())) << c.text << ": " << filter.status();
    EXPECT_THAT(std::string(filter.status().message()), HasSubstr(c.place)) << c.text;
    EXPECT_THAT(std::string(filter.status().message()), HasSubstr(c.mend)) << c.text;
  }
}

TEST(FilterParserTest, SizesAreBounded) {
  std::string deep = "x = 1";
  for (int i = 1; i < kMaxFilterDepth; ++i) {
    EXPECT_TRUE(ParseFilter(deep).ok()) << deep;
    deep = absl::StrCat(i % 2 == 1 ? "y = 1 or (" : "y = 1 and (", deep, ")");
  }
  EXPECT_TRUE(ParseFilter(deep).ok()) << deep;
  EXPECT_THAT(std::string(ParseFilter(absl::StrCat("y = 1 and (", deep, ")")).status().message()),
              HasSubstr("deeper than 12"));
  std::string wide = "x = 1";
  for (size_t i = 1; i < kMaxFilterConditions; ++i) wide += " or x = 1";
  EXPECT_TRUE(ParseFilter(wide).ok());
  EXPECT_THAT(std::string(ParseFilter(wide + " or x = 1").status().message()),
              HasSubstr("1000 conditions"));
  std::string values = "x in (1";
  for (size_t i = 1; i < kMaxFilterValues; ++i) values += ",1";
  EXPECT_TRUE(ParseFilter(values + ")").ok());
  EXPECT_THAT(std::string(ParseFilter(values + ",1)").status().message()),
              HasSubstr("10000 values"));
  const std::string text(kMaxFilterTextBytes, 'x');
  EXPECT_TRUE(ParseFilter(absl::StrCat("x = '", text, "'")).ok());
  EXPECT_FALSE(ParseFilter(absl::StrCat("x = '", text, "x'")).ok());
  EXPECT_FALSE(ParseFilter(std::string(kMaxExpressionBytes + 1, ' ')).ok());
}

TEST(CheckFilterTest, RefusesWhatNoTextSays) {
  const double inf = std::numeric_limits<double>::infinity();
  for (const Filter& bad :
       {Filter(), Group(Kind::kNone, {}), Group(Kind::kAny, {Filter()}), Is(Kind::kOneOf, "x", {}),
        Is(Kind::kBelow, "x", {}), Is(Kind::kBelow, "x", {1.0, 2.0}), Is(Kind::kExists, "x", {1.0}),
        Is(Kind::kOneOf, "", {1.0}), Is(Kind::kOneOf, "x", {inf}), Is(Kind::kAbove, "x", {-inf}),
        Is(Kind::kAbove, "x", {inf - inf}), Is(Kind::kOneOf, "x\xFF", {1.0})}) {
    EXPECT_TRUE(absl::IsInvalidArgument(CheckFilter(bad)));
  }
}

TEST(ReadNumberTest, DecimalNumbersAlone) {
  const std::pair<const char*, double> good[] = {{"0", 0},  {"-0.5", -0.5}, {"1e3", 1000},
                                                 {"+7", 7}, {".5", 0.5},    {"2024", 2024}};
  for (const auto& [text, number] : good) {
    double read = -1;
    EXPECT_TRUE(ReadNumber(text, &read)) << text;
    EXPECT_EQ(read, number);
  }
  for (const char* bad : {"", " 1", "1 ", "1,5", "0x10", "inf", "nan", "1e999", "--1", "1.2.3", "e",
                          "2024-01-01", "v1"}) {
    double read = -1;
    EXPECT_FALSE(ReadNumber(bad, &read)) << bad;
    EXPECT_EQ(read, -1);
  }
}

}  // namespace
}  // namespace footnote::retrieval
