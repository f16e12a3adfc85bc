#include "ingest/readers/registry.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace footnote::ingest {
namespace {

TEST(RegistryTest, ByPath) {
  EXPECT_EQ(FindReaderByPath("/a/b.html")->name, "HTML");
  EXPECT_EQ(FindReaderByPath("b.HTM")->name, "HTML");
  EXPECT_EQ(FindReaderByPath("/a.html/b.md")->name, "Markdown");
  EXPECT_EQ(FindReaderByPath("c.d.txt")->name, "plain text");
  EXPECT_EQ(FindReaderByPath("/a.html/b"), nullptr);
  EXPECT_EQ(FindReaderByPath("b.pdf"), nullptr);
  EXPECT_EQ(FindReaderByPath(""), nullptr);
}

TEST(RegistryTest, ByContentType) {
  EXPECT_EQ(FindReaderByContentType("text/html")->name, "HTML");
  EXPECT_EQ(FindReaderByContentType(" Text/Markdown ; charset=utf-8")->name, "Markdown");
  EXPECT_EQ(FindReaderByContentType("text"), nullptr);
  EXPECT_EQ(FindReaderByContentType(""), nullptr);
}

TEST(RegistryTest, MessagesNameAll) {
  for (const Reader& reader : Readers()) {
    EXPECT_THAT(KnownContentTypes(), testing::HasSubstr(std::string(reader.content_type)));
    for (absl::string_view extension : reader.extensions) {
      EXPECT_THAT(KnownExtensions(), testing::HasSubstr("." + std::string(extension)));
    }
  }
}

}  // namespace
}  // namespace footnote::ingest
