#include "ingest/readers/decode.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace footnote::ingest {
namespace {

using testing::HasSubstr;

struct Case {
  const char* name;
  std::string bytes;
  std::string declared;
  std::string text;
  std::string encoding;
  std::string replaced;
};

class DecodeTest : public testing::TestWithParam<Case> {};

TEST_P(DecodeTest, Text) {
  const auto decoded = DecodeText(GetParam().bytes, GetParam().declared);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(decoded->text, GetParam().text);
  const auto value = [&](const char* key) {
    const auto it = decoded->metadata.find(key);
    return it == decoded->metadata.end() ? std::string() : it->second;
  };
  EXPECT_EQ(value("encoding"), GetParam().encoding);
  EXPECT_EQ(value("replaced_bytes"), GetParam().replaced);
}

const std::string kUtf16Le("H\0e\0l\0l\0o\0 \0\xAC\x20", 14);
const std::string kUtf16Be("\0H\0e\0l\0l\0o\0 \x20\xAC", 14);

INSTANTIATE_TEST_SUITE_P(
    Cases, DecodeTest,
    testing::Values(
        Case{"Ascii", "abc", "", "abc", "", ""}, Case{"Utf8", "caf\xC3\xA9", "", "café", "", ""},
        Case{"Utf8Mark",
             "\xEF\xBB\xBF"
             "abc",
             "", "abc", "", ""},
        Case{"Utf8DespiteDeclaration", "caf\xC3\xA9", "iso-8859-1", "café", "", ""},
        Case{"Utf16LeMark", "\xFF\xFE" + kUtf16Le, "", "Hello €", "utf-16le", ""},
        Case{"Utf16BeMark", "\xFE\xFF" + kUtf16Be, "", "Hello €", "utf-16be", ""},
        Case{"Utf16LeBare", kUtf16Le, "", "Hello €", "utf-16le", ""},
        Case{"Utf16BeBare", kUtf16Be, "", "Hello €", "utf-16be", ""},
        Case{"Latin1Declared", "caf\xE9 \x80", "ISO-8859-1", "café €", "iso-8859-1", ""},
        Case{"ShiftJisDeclared", "\x93\xFA\x96\x7B", "Shift_JIS", "日本", "shift_jis", ""},
        Case{"UnknownDeclared", "a long line with caf\xE9 \x81 in it", "x-nosuch",
             "a long line with caf\xEF\xBF\xBD \xEF\xBF\xBD in it", "", "2"},
        Case{"Windows1252Guessed", "caf\xE9 na\xEFve \x93quoted\x94 \x96 100 \xA3", "",
             "café naïve “quoted” – 100 £", "windows-1252", ""},
        Case{"BrokenUtf8", "caf\xC3\xA9 in a text with \xE9 alone and then some", "",
             "café in a text with \xEF\xBF\xBD alone and then some", "", "1"},
        Case{"ReplacementCharacterIsNoError",
             "a\xEF\xBF\xBD"
             "b",
             "",
             "a\xEF\xBF\xBD"
             "b",
             "", ""}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(DecodeErrorsTest, BinaryIsRefused) {
  const auto error = [](const std::string& bytes) {
    const auto decoded = DecodeText(bytes, "");
    EXPECT_TRUE(absl::IsInvalidArgument(decoded.status())) << decoded.status();
    return std::string(decoded.status().message());
  };
  EXPECT_THAT(error(std::string("abc\0def", 7)), HasSubstr("zero byte at 3"));
  EXPECT_THAT(error("\x01\x02\x03\x04 abc"), HasSubstr("control characters"));
  EXPECT_THAT(error("\x81\x82\x83\x84\x85 abc"), HasSubstr("ill-formed"));
  EXPECT_THAT(error(std::string("\xFF\xFE\0\0\0\0\0\0", 8)), HasSubstr("zero byte"));
}

struct CharsetCase {
  std::string html, charset;
};

TEST(DeclaredHtmlCharsetTest, FindsDeclarations) {
  for (const CharsetCase& c :
       std::vector<CharsetCase>{{"", ""},
                                {"<p>charset=x</p>", ""},
                                {"<meta charset=utf-8>", "utf-8"},
                                {"<META  CharSet = 'Windows-1251' />", "windows-1251"},
                                {"<meta name=a content=b><meta http-equiv=\"Content-Type\" "
                                 "content=\"text/html; charset=ISO-8859-1\">",
                                 "iso-8859-1"},
                                {"<?xml version=\"1.0\" encoding=\"EUC-JP\"?>", "euc-jp"},
                                {std::string(1100, ' ') + "<meta charset=utf-8>", ""},
                                {"<meta charset", ""},
                                {"<meta charset=", ""}}) {
    EXPECT_EQ(DeclaredHtmlCharset(c.html), c.charset) << c.html;
  }
}

}  // namespace
}  // namespace footnote::ingest
