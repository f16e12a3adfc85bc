#include "transformer/text/utf8.h"

#include <iterator>
#include <string>

#include "gtest/gtest.h"

namespace footnote::transformer {
namespace {

struct Case {
  std::string bytes;
  bool valid;
  std::string replaced;
};

class Utf8Test : public testing::TestWithParam<Case> {};

TEST_P(Utf8Test, ValidatesAndReplaces) {
  const Case& c = GetParam();
  EXPECT_EQ(IsValidUtf8(c.bytes), c.valid);
  EXPECT_EQ(ReplaceInvalidUtf8(c.bytes), c.replaced);
  EXPECT_TRUE(IsValidUtf8(ReplaceInvalidUtf8(c.bytes)));
}

// The last rows are Unicode's own examples of maximal subparts (3.9, table 3-8).
INSTANTIATE_TEST_SUITE_P(
    Cases, Utf8Test,
    testing::Values(
        Case{"", true, ""}, Case{"abc", true, "abc"},
        Case{"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80", true, "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"},
        Case{"\xC0\xAF", false, "\xEF\xBF\xBD\xEF\xBF\xBD"},
        Case{"\xED\xA0\x80", false, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        Case{"\xF4\x90\x80\x80", false, "\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"},
        Case{"a\xE2\x82", false, "a\xEF\xBF\xBD"},
        Case{"\x61\xF1\x80\x80\xE1\x80\xC2\x62\x80\x63\x80\xBF\x64", false,
             "a\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD"
             "b\xEF\xBF\xBD"
             "c\xEF\xBF\xBD\xEF\xBF\xBD"
             "d"}));

TEST(Utf8Test, DecodeAndAppendRoundTrip) {
  for (char32_t c : {0x0u, 0x7Fu, 0x80u, 0x7FFu, 0x800u, 0xFFFFu, 0x10000u, 0x10FFFFu}) {
    std::string bytes;
    AppendUtf8(c, &bytes);
    size_t pos = 0;
    EXPECT_EQ(DecodeUtf8(bytes, &pos), c);
    EXPECT_EQ(pos, bytes.size());
  }
}

TEST(Utf8Test, APrefixCutsNoCharacter) {
  constexpr absl::string_view kText = "a\xE2\x82\xAC\xC3\xA9";
  const size_t want[] = {0, 1, 1, 1, 4, 4, 6, 6};
  for (size_t n = 0; n < std::size(want); ++n) EXPECT_EQ(Utf8Prefix(kText, n).size(), want[n]) << n;
}

}  // namespace
}  // namespace footnote::transformer
