#include "ingest/readers/markdown_reader.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/ingest/readers/describe.h"

namespace footnote::ingest {
namespace {

struct Case {
  const char* name;
  std::string markdown;
  std::string title;
  std::vector<std::string> blocks;
};

class MarkdownReaderTest : public testing::TestWithParam<Case> {};

TEST_P(MarkdownReaderTest, Blocks) {
  const auto content = ReadMarkdown(GetParam().markdown);
  ASSERT_TRUE(content.ok()) << content.status();
  EXPECT_EQ(Unsound(*content), "");
  EXPECT_EQ(content->title, GetParam().title);
  EXPECT_EQ(Describe(*content), GetParam().blocks);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, MarkdownReaderTest,
    testing::Values(
        Case{"Empty", "", "", {}},
        Case{"Headings",
             "# One\n\ntext\n\nTwo\n---\n### Three ###\n",
             "One",
             {"H1 One", "P text", "H2 Two", "H3 Three"}},
        Case{"Paragraphs", "a\nb  \nc\n\nd", "", {"P a b\nc", "P d"}},
        Case{"Inline",
             "*a* **b** `c  d` ~~e~~ [f](http://x \"t\") ![g](y) <http://z>",
             "",
             {"P a b c d e f http://z"}},
        Case{"Entities", "&lt;a&gt; &copy; &#x41; &nosuch; \\*", "", {"P <a> © A &nosuch; *"}},
        Case{"Lists",
             "- a\n- b\n  - c\n\n    d\n\n3. e\n4. f\n",
             "",
             {"L1 a", "L1 b", "L2 c", "P d", "L1 3. e", "L1 4. f"}},
        Case{"Tasks", "- [x] done\n- [ ] open\n", "", {"L1 done", "L1 open"}},
        Case{"Code",
             "Run:\n\n```sh\nls  -l\n\n  x\n```\n\n    indented\n",
             "",
             {"P Run:", "C ls  -l\n\n  x", "C indented"}},
        Case{"Quote", "> a\n> b\n\nc", "", {"P a b", "P c"}},
        Case{"Table",
             "| A | `B` |\n|---|---|\n| 1 | 2 \\| 3 |\n| 4 |\n",
             "",
             {"T!5 A | B\n1 | 2 | 3\n4"}},
        Case{"HtmlBlock",
             "<div>\n<p>a <b>b</b></p>\n</div>\n\nc\n\n<!-- no -->\n",
             "",
             {"P a b", "P c"}},
        Case{"HtmlInline", "a <b>b</b> c<br>d", "", {"P a b c\nd"}},
        Case{"FrontMatter",
             "---\ntitle: \"The Guide\"\ntags: [a]\n---\n# One\n",
             "The Guide",
             {"H1 One"}},
        Case{"RuleIsNoFrontMatter", "---\n\ntext\n\n---\n", "", {"P text"}},
        Case{"UnclosedFrontMatter", "---\ntitle: x\n", "", {"P title: x"}},
        Case{"CarriageReturns", "# A\r\n\r\nb\r\nc\r\n", "A", {"H1 A", "P b c"}}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(MarkdownReaderLimitsTest, DeepNestingIsRefused) {
  const auto content = ReadMarkdown(std::string(10000, '>') + " a");
  ASSERT_FALSE(content.ok());
  EXPECT_TRUE(absl::IsInvalidArgument(content.status()));
  EXPECT_THAT(content.status().message(), testing::HasSubstr("nested"));
}

}  // namespace
}  // namespace footnote::ingest
