#include "ingest/readers/html_reader.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/ingest/readers/describe.h"

namespace footnote::ingest {
namespace {

using testing::HasSubstr;

struct Case {
  const char* name;
  std::string html;
  std::vector<std::string> blocks;
};

class HtmlReaderTest : public testing::TestWithParam<Case> {};

TEST_P(HtmlReaderTest, Blocks) {
  const auto content = ReadHtml(GetParam().html);
  ASSERT_TRUE(content.ok()) << content.status();
  EXPECT_EQ(Unsound(*content), "");
  EXPECT_EQ(Describe(*content), GetParam().blocks);
}

INSTANTIATE_TEST_SUITE_P(
    Structure, HtmlReaderTest,
    testing::Values(
        Case{"Empty", "", {}}, Case{"OnlyMarkup", "<html><body><div> <p></p> </div></body>", {}},
        Case{"Headings",
             "<h1>One</h1><p>a</p><h3 id=x>Two <em>more</em></h3>b",
             {"H1 One", "P a", "H3#x Two more", "P b"}},
        Case{"Paragraphs", "<p>a<p>b<div>c<span>d</span></div>e", {"P a", "P b", "P cd", "P e"}},
        Case{"WhiteSpace", "<p>  a \n\t b&nbsp;&nbsp;c <b> d </b> e</p>", {"P a b c d e"}},
        Case{"Entities", "<p>&lt;a&gt; &amp;amp; &eacute;&#x20AC;&#8217;</p>", {"P <a> &amp; é€’"}},
        Case{"Invisible",
             "<p>soft&shy;hyphen, zero&#8203;width, a&#65279;b</p>",
             {"P softhyphen, zerowidth, ab"}},
        Case{"LineBreaks", "<p>a<br>b <br/> c<br><br>d</p>", {"P a\nb\nc\nd"}},
        Case{"Superscript", "<p>2<sup>32</sup>-1 words<sup>[a]</sup></p>", {"P 2³²-1 words[a]"}},
        Case{"Lists",
             "<ul><li>a</li><li>b<ul><li>c</ul><p>d</p></li></ul>",
             {"L1 a", "L1 b", "L2 c", "P d"}},
        Case{"OrderedLists",
             "<ol><li>a<li>b</ol><ol start=7><li><p>c</p><p>d</p></ol><ol type=a><li>e</ol>",
             {"L1 1. a", "L1 2. b", "L1 7. c", "P d", "L1 a. e"}},
        Case{"DefinitionList",
             "<dl><dt id=t>Term<br>or so</dt><dd><p>What</p><p>More</p>"
             "<dl><dt>Inner<dd>Deep</dl></dd><dt>Next<dd>Last</dl>After",
             {"c#t Term\nor so", "L1^0 What", "P^0 More", "c^0 Inner", "L2^3 Deep", "c Next",
              "L1^5 Last", "P After"}},
        Case{"Code",
             "<p>Run:</p><pre>  a\n\n    b &lt; c\t\n</pre>",
             {"P Run:", "C   a\n\n    b < c"}},
        Case{"InlineCode", "<p>use <code>pg_dump  -F c</code> now</p>", {"P use pg_dump -F c now"}},
        Case{"Notes",
             "<h2>A</h2><div class=note><h3>Note</h3><p>b</p></div><p>c</p>",
             {"H2 A", "c Note", "P b", "P c"}},
        Case{"Captions",
             "<p class='x title'>Table 1.</p><figure><figcaption>Fig</figcaption></figure>",
             {"c Table 1.", "c Fig"}},
        Case{"Anchors",
             "<div id=s><a name=inner></a><h2>A</h2></div><p>b <a id=p></a></p><p>c</p>",
             {"H2#s A", "P#p b", "P c"}},
        Case{"HeadingOfBlocks", "<h2><div>a</div><div>b</div></h2>", {"H2 a\nb"}},
        Case{"Foreign", "<p>a<svg><title>no</title><text>no</text></svg>b</p>", {"P ab"}}),
    [](const auto& info) { return std::string(info.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Dropped, HtmlReaderTest,
    testing::Values(
        Case{"Elements",
             "<head><style>x</style><script>y</script></head><nav>n</nav><header>h</header>"
             "<p>a</p><script>document.write('<p>b</p>')</script><noscript>c</noscript>"
             "<template><p>d</p></template><button>e</button><footer>f</footer>",
             {"P a"}},
        Case{"Attributes",
             "<div class='x navheader'>a</div><div class=navfooter>b</div><ul role=navigation><li>c"
             "</ul><p hidden>d</p><p aria-hidden=true>e</p><p style='Display : none'>f</p><p>g</p>",
             {"P g"}},
        Case{"HeaderOfAnArticleStays",
             "<article><header><h1>A</h1></header>b</article>",
             {"H1 A", "P b"}},
        Case{"SelfLinks", "<h2>A<a class=headerlink href='#a'>¶</a></h2>", {"H2 A"}},
        Case{
            "ContentsBesideText",
            "<div class=toc><dl><dt>1. A</dt><dt>2. B</dt></dl></div><p>A text that is longer.</p>",
            {"P A text that is longer."}},
        Case{"ContentsAloneStay",
             "<h1>Book</h1><div class=toc><dl><dt>1. Alpha</dt><dt>2. Beta</dt></dl></div><p>x</p>",
             {"H1 Book", "c 1. Alpha", "c 2. Beta", "P x"}}),
    [](const auto& info) { return std::string(info.param.name); });

INSTANTIATE_TEST_SUITE_P(
    Tables, HtmlReaderTest,
    testing::Values(
        Case{"Rows",
             "<table id=t><caption>All <b>of</b> it</caption><thead><tr><th>A</th><th>B</th></tr>"
             "</thead><tbody><tr><td>1</td><td><p>x</p><p>y</p></td></tr><tr><td>2</td></tr></"
             "table>",
             {"c#t All of it", "T!5 A | B\n1 | x y\n2"}},
        Case{"HeaderCellsWithoutHead",
             "<table><tr><th>A<th>B<tr><td>1<td>2</table>",
             {"T!5 A | B\n1 | 2"}},
        Case{"NoHeader", "<table><tr><td>a<td>b<tr><td>c<td>d</table>", {"T a | b\nc | d"}},
        Case{"RowHeadersAreNoHeader",
             "<table><tr><th>A<td>1<tr><th>B<td>2</table>",
             {"T A | 1\nB | 2"}},
        Case{"OneColumn",
             "<table><tr><th><p>F</p><p>What</p></th></tr><tr><td><p>f()</p><p>Does.</p></td></tr>"
             "</table>",
             {"T!8 F | What\nf() | Does."}},
        Case{"EmptyCells",
             "<table><tr><td>a<td><td>c<tr><td><td>b<td></table>",
             {"T a |  | c\n | b"}},
        Case{"RowSpan",
             "<table><tr><th>A<th>B<tr><td rowspan=2>x<td>1<tr><td>2<tr><td>y<td>3</table>",
             {"T!5 A | B\nx | 1\nx | 2\ny | 3"}},
        Case{"EndlessRowSpan",
             "<table><tr><td rowspan=999999999>x<td>1<tr><td>2</table>",
             {"T x | 1\nx | 2"}},
        Case{"LayoutByNesting",
             "<table><tr><td>a<table><tr><th>h<th>i<tr><td>1<td>2</table></td></tr><tr><td>b</"
             "table>",
             {"P a", "T!5 h | i\n1 | 2", "P b"}},
        Case{"LayoutByHeading",
             "<table><tr><td><h2>A</h2><td>b<tr><td>c<td>d</table>",
             {"H2 A", "P b", "P c", "P d"}},
        Case{"LayoutOfOneRow", "<table><tr><td>a<td>b</table>", {"P a", "P b"}},
        Case{"InAList",
             "<ul><li>x<table><tr><td>a<td>b<tr><td>c<td>d</table>y</ul>",
             {"L1 x", "T a | b\nc | d", "P y"}}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(HtmlReaderTitleTest, TitleElementElseFirstHeading) {
  EXPECT_EQ(ReadHtml("<title> A &amp;\n B </title><h1>C</h1>")->title, "A & B");
  EXPECT_EQ(ReadHtml("<p>x</p><h2>C\n <b>D</b></h2><h1>E</h1>")->title, "C D");
  EXPECT_EQ(ReadHtml("<p>x</p>")->title, "");
}

TEST(HtmlReaderEncodingTest, MetaDeclaration) {
  const auto content = ReadHtml("<meta charset=iso-8859-1><p>caf\xE9 \x93ok\x94</p>");
  ASSERT_TRUE(content.ok());
  EXPECT_EQ(content->text, "café “ok”");
  EXPECT_EQ(content->metadata.at("encoding"), "iso-8859-1");
}

// Each of these is cheap to write and expensive to parse; the tests' time limit
// would end one that is parsed after all.
TEST(HtmlReaderLimitsTest, ExpensivePagesAreRefused) {
  std::string deep, nested_tables, formatting, hidden, attributes = "<p";
  for (int i = 0; i < 200000; ++i) {
    absl::StrAppend(&deep, "<div>");
    absl::StrAppend(&nested_tables, "<table><tr><td>");
    absl::StrAppend(&formatting, "<p><b id=", i, ">x");
    absl::StrAppend(&hidden, "<div><object></div></object>");
    absl::StrAppend(&attributes, " a", i, "=1");
  }
  for (const std::string& html : {deep, nested_tables, formatting, hidden}) {
    const auto content = ReadHtml(html);
    ASSERT_FALSE(content.ok());
    EXPECT_TRUE(absl::IsInvalidArgument(content.status()));
    EXPECT_THAT(content.status().message(), HasSubstr("nested more than 512"));
  }
  EXPECT_THAT(ReadHtml(attributes + ">").status().message(), HasSubstr("attributes"));
}

TEST(HtmlReaderLimitsTest, LongFlatPagesAreRead) {
  std::string unclosed = "<ul>", links = "<table>", styles;
  for (int i = 0; i < 20000; ++i) {
    absl::StrAppend(&unclosed, "<li><p>item<br>");
    absl::StrAppend(&links, "<tr><td><a name=n", i, ">x<td><div>y");
    absl::StrAppend(&styles, "<div class=a><span><b>x</b></span></div><img src=a><hr>");
  }
  for (const std::string& html : {unclosed, links, styles}) {
    const auto content = ReadHtml(html);
    ASSERT_TRUE(content.ok()) << content.status();
    EXPECT_EQ(Unsound(*content), "");
    EXPECT_GT(content->text.size(), 20000u);
  }
}

// Cells that span rows are repeated in them, but not beyond all proportion.
TEST(HtmlReaderLimitsTest, SpansDoNotMultiplyATable) {
  std::string spans = "<table><tr>", wide = "<table><tr>";
  for (int i = 0; i < 2000; ++i) {
    absl::StrAppend(&spans, "<td rowspan=999>", std::string(100, 'x'));
    absl::StrAppend(&wide, "<td>");
  }
  for (int i = 0; i < 1000; ++i) absl::StrAppend(&spans, "<tr><td>y");
  for (int i = 0; i < 200000; ++i) absl::StrAppend(&wide, "<td>");
  for (int i = 0; i < 200000; ++i) absl::StrAppend(&wide, "<tr><td>z");
  for (const std::string& html : {spans, wide}) {
    const auto content = ReadHtml(html);
    ASSERT_TRUE(content.ok()) << content.status();
    EXPECT_EQ(Unsound(*content), "");
    EXPECT_LT(content->text.size(), 10 * html.size());
  }
}

TEST(HtmlReaderLimitsTest, DeepButPossible) {
  std::string html;
  for (int i = 0; i < 500; ++i) html += "<div>";
  const auto content = ReadHtml(html + "text");
  ASSERT_TRUE(content.ok()) << content.status();
  EXPECT_EQ(content->text, "text");
}

TEST(HtmlReaderLimitsTest, BinaryIsRefused) {
  const auto content = ReadHtml(std::string("\x89PNG\r\n\x1A\n\0\0\0\rIHDR", 16));
  EXPECT_TRUE(absl::IsInvalidArgument(content.status()));
}

}  // namespace
}  // namespace footnote::ingest
