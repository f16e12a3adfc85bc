#include "ingest/readers/text_reader.h"

#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "tests/ingest/readers/describe.h"

namespace footnote::ingest {
namespace {

struct Case {
  const char* name;
  std::string text;
  std::string title;
  std::vector<std::string> blocks;
};

class TextReaderTest : public testing::TestWithParam<Case> {};

TEST_P(TextReaderTest, Blocks) {
  const auto content = ReadText(GetParam().text);
  ASSERT_TRUE(content.ok()) << content.status();
  EXPECT_EQ(Unsound(*content), "");
  EXPECT_EQ(content->title, GetParam().title);
  EXPECT_EQ(Describe(*content), GetParam().blocks);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, TextReaderTest,
    testing::Values(Case{"Empty", "", "", {}}, Case{"Blank", " \n\t\n\r\n", "", {}},
                    Case{"Paragraphs", "a\nb\n\n\nc", "", {"P a\nb", "P c"}},
                    Case{"LineEnds", "a \r\nb\rc\fd\r\n \r\ne", "", {"P a\nb\nc\nd", "P e"}},
                    Case{"Indentation", "  a\n    b", "", {"P   a\n    b"}},
                    Case{"Heading",
                         "The Title\n=========\n\nText.\n\nPart\n----\nMore.",
                         "The Title",
                         {"H1 The Title", "P Text.", "H2 Part", "P More."}},
                    Case{"RuleIsNoHeading",
                         "a long line of text that goes on\n---\nb",
                         "",
                         {"P a long line of text that goes on\n---\nb"}},
                    Case{"Utf16", std::string("\xFF\xFEH\0i\0 \0\xE9\0", 10), "", {"P Hi é"}},
                    Case{"ControlCharacters",
                         "colour\x1B[0m and a long line of other words, to be text",
                         "",
                         {"P colour[0m and a long line of other words, to be text"}}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace footnote::ingest
