#include "ingest/chunker.h"

#include <random>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "ingest/readers/html_reader.h"
#include "ingest/readers/markdown_reader.h"
#include "ingest/readers/text_reader.h"
#include "tests/ingest/chunk_checks.h"
#include "tests/ingest/fake_embedder.h"

namespace footnote::ingest {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::SizeIs;

// Chunks as "path: text".
std::vector<std::string> Chunks(const Content& content, const std::string& title,
                                const FakeEmbedder& embedder = FakeEmbedder(),
                                const ChunkerOptions& options = {}) {
  const auto chunks = MakeChunks(content, title, embedder, options);
  EXPECT_EQ(UnsoundChunks(content, chunks, embedder, options), "");
  std::vector<std::string> out;
  for (const retrieval::Chunk& chunk : chunks) {
    out.push_back(absl::StrCat(chunk.heading_path, ": ",
                               content.text.substr(chunk.begin, chunk.end - chunk.begin)));
  }
  return out;
}

std::string Words(int n, absl::string_view word = "word") {
  std::string out;
  for (int i = 0; i < n; ++i) absl::StrAppend(&out, i > 0 ? " " : "", word);
  return out;
}

std::string Sentences(int n) {
  std::string out;
  for (int i = 0; i < n; ++i)
    absl::StrAppend(&out, i > 0 ? " " : "", "This is a sentence of its own.");
  return out;
}

TEST(ChunkerTest, PathsFollowTheHeadings) {
  const Content content = *ReadMarkdown(
      "# T\n\nintro\n\n## A\n\na\n\n### A1\n\na1\n\n## B\n\nb\n\n# C\n\n#### Deep\n\nd\n");
  EXPECT_THAT(Chunks(content, "T"),
              ElementsAre("T: intro", "T > A: a", "T > A > A1: a1", "T > B: b", "T > C > Deep: d"));
}

TEST(ChunkerTest, SmallNeighboursAreMergedWithinASection) {
  const Content content = *ReadMarkdown("a\n\n- b\n- c\n\n```\nd\n```\n\n## H\n\ne");
  EXPECT_THAT(Chunks(content, "T"), ElementsAre("T: a\n\nb\n\nc\n\nd", "T > H: e"));
}

TEST(ChunkerTest, BlocksAreKeptWholeWhereTheyCanBe) {
  const std::string a = Sentences(12), b = Sentences(14);  // 8 tokens each and a period
  const Content content = *ReadMarkdown(a + "\n\n" + b);
  EXPECT_THAT(Chunks(content, "T"), ElementsAre("T: " + a, "T: " + b));
}

TEST(ChunkerTest, LongParagraphsAreCutBetweenSentences) {
  const Content content = *ReadMarkdown(Sentences(60));
  const auto chunks = Chunks(content, "T");
  EXPECT_GE(chunks.size(), 3u);
  for (const std::string& chunk : chunks) {
    EXPECT_THAT(chunk, testing::StartsWith("T: This is"));
    EXPECT_THAT(chunk, testing::EndsWith("own."));
  }
}

TEST(ChunkerTest, LongSentencesAreCutBetweenWords) {
  const auto chunks = Chunks(*ReadText(Words(500)), "T");
  ASSERT_GE(chunks.size(), 3u);
  for (const std::string& chunk : chunks) EXPECT_THAT(chunk, testing::EndsWith("word"));
}

TEST(ChunkerTest, LongWordsAreCutBetweenCharacters) {
  std::string word;
  for (int i = 0; i < 2000; ++i) word += "é";
  EXPECT_GE(Chunks(*ReadText(word), "T").size(), 5u);
  // A word that the tokenizer gives up on has few tokens however long it is.
  EXPECT_THAT(Chunks(*ReadText(std::string(100000, '-')), "T"), SizeIs(testing::Ge(12)));
}

TEST(ChunkerTest, TablesAreCutBetweenRowsAndKeepTheirHeader) {
  std::string markdown = "| Name | Value |\n|---|---|\n";
  for (int i = 0; i < 100; ++i) absl::StrAppend(&markdown, "| row", i, " | ", Words(4), " |\n");
  const auto chunks = Chunks(*ReadMarkdown(markdown), "T");
  ASSERT_GE(chunks.size(), 4u);
  EXPECT_THAT(chunks[0], testing::StartsWith("T: Name | Value\nrow0 | word"));
  for (size_t i = 1; i < chunks.size(); ++i) {
    EXPECT_THAT(chunks[i], testing::StartsWith("T > Name | Value: row"));
    EXPECT_THAT(chunks[i], testing::EndsWith("word word"));
  }
}

TEST(ChunkerTest, CodeIsCutBetweenLines) {
  std::string code = "```\n";
  for (int i = 0; i < 100; ++i) absl::StrAppend(&code, "  call(", i, ");\n");
  const auto chunks = Chunks(*ReadMarkdown(code + "```\n"), "T");
  ASSERT_GE(chunks.size(), 3u);
  for (const std::string& chunk : chunks) {
    EXPECT_THAT(chunk, testing::StartsWith("T:   call("));
    EXPECT_THAT(chunk, testing::EndsWith(");"));
  }
}

TEST(ChunkerTest, WhatIntroducesStaysWithWhatItIntroduces) {
  const std::string before = Sentences(20);
  const auto chunks = Chunks(
      *ReadMarkdown(before + "\n\nThese are the steps:\n\n```\n" + Words(60) + "\n```\n"), "T");
  EXPECT_THAT(chunks, ElementsAre("T: " + before, HasSubstr("These are the steps:\n\nword word")));
}

TEST(ChunkerTest, TermsStandInThePathOfWhatDescribesThem) {
  const auto content =
      ReadHtml("<title>T</title><dl><dt>-F format</dt><dd><p>" + Sentences(18) + "</p><p>" +
               Sentences(18) + "</p></dd><dt>-x</dt><dd>Short.</dd></dl>");
  const auto chunks = Chunks(*content, "T");
  ASSERT_THAT(chunks, SizeIs(3));
  EXPECT_THAT(chunks[0], testing::StartsWith("T: -F format\n\nThis"));
  EXPECT_THAT(chunks[1], testing::StartsWith("T > -F format: This"));
  // What that path would be wrong for doesn't follow there.
  EXPECT_EQ(chunks[2], "T: -x\n\nShort.");
}

TEST(ChunkerTest, LongPathsLoseTheirMiddle) {
  std::string markdown;
  for (int level = 1; level <= 6; ++level) {
    absl::StrAppend(&markdown, std::string(level, '#'), " level", level, " ", Words(12), "\n\n");
  }
  const auto chunks = Chunks(*ReadMarkdown(markdown + "text"), "Title");
  ASSERT_THAT(chunks, SizeIs(1));
  EXPECT_THAT(chunks[0], testing::StartsWith("Title > "));
  EXPECT_THAT(chunks[0], HasSubstr("level6"));
  EXPECT_THAT(chunks[0], testing::Not(HasSubstr("level3")));
}

// A word is one token to some tokenizers however long it is, and a path is
// repeated in every chunk below it.
TEST(ChunkerTest, PathsAreShortInBytesToo) {
  class OneTokenAWord : public FakeEmbedder {
   public:
    int CountTokens(absl::string_view text) const override {
      int tokens = 0;
      bool in_word = false;
      for (const char c : text) {
        const bool space = absl::ascii_isspace(c);
        tokens += !space && !in_word;
        in_word = !space;
      }
      return tokens;
    }
  };
  const OneTokenAWord embedder;
  const std::string word(1 << 20, 'w');
  std::string html = "<table><tr><th>" + word + "<th>b";
  for (int i = 0; i < 200; ++i) absl::StrAppend(&html, "<tr><td>some words<td>in a row");
  absl::StrAppend(&html, "</table>");
  for (int level = 1; level <= 6; ++level) {
    absl::StrAppend(&html, "<h", level, ">", level, word, "</h", level, ">");
  }
  absl::StrAppend(&html, "<p>text<dl><dt>", word, "<dd>", Sentences(100), "</dl>");
  const Content content = *ReadHtml(html);
  const auto chunks = MakeChunks(content, word, embedder, {});
  EXPECT_EQ(UnsoundChunks(content, chunks, embedder, {}), "");
  EXPECT_GT(chunks.size(), 5u);
  for (const retrieval::Chunk& chunk : chunks) EXPECT_LT(chunk.heading_path.size(), 4096u);
}

TEST(ChunkerTest, NothingButHeadings) {
  EXPECT_THAT(Chunks(*ReadMarkdown("# A\n\n## B\n"), "A"), ElementsAre("A: A\n\nB"));
  EXPECT_THAT(Chunks(Content(), "A"), SizeIs(0));
}

// Random documents of every kind of block, awkward words and sizes, for
// embedders large and small.
TEST(ChunkerPropertyTest, ChunksAreSound) {
  std::mt19937 random(11);
  const auto below = [&](int n) { return static_cast<int>(random() % n); };
  const auto text = [&](int words) {
    std::string out;
    for (int i = 0; i < words; ++i) {
      const std::vector<std::string> parts = {"word", "A",        "e.g.", "x.",   "pg_dump",
                                              "été",  "数据库。", "😀",    "end.", "(see",
                                              "it).", "Why?",     "1.",   ":",    "--opt=1"};
      absl::StrAppend(&out, parts[below(parts.size())], below(20) == 0 ? "\n" : " ");
    }
    if (below(30) == 0) out += std::string(below(3000), 'q');
    return out;
  };
  for (int round = 0; round < 400; ++round) {
    std::string html;
    for (int blocks = below(12); blocks >= 0; --blocks) {
      const int words = below(4) == 0 ? below(600) : below(40);
      switch (below(7)) {
        case 0:
          absl::StrAppend(&html, "<h", 1 + below(6), ">", text(below(10)), "</h1>");
          break;
        case 1:
          absl::StrAppend(&html, "<ul><li>", text(words), "<li>", text(words), "</ul>");
          break;
        case 2:
          absl::StrAppend(&html, "<pre>", text(words), "\n", text(words), "</pre>");
          break;
        case 3:
          absl::StrAppend(&html, "<dl><dt>", text(words), "<dd>", text(words), "</dl>");
          break;
        case 4:
          absl::StrAppend(&html, "<table><tr><th>", text(below(9)), "<th>B");
          for (int rows = below(30); rows >= 0; --rows) {
            absl::StrAppend(&html, "<tr><td>", text(below(12)), "<td>", text(below(12)));
          }
          absl::StrAppend(&html, "</table>");
          break;
        default:
          absl::StrAppend(&html, "<p>", text(words), "</p>");
      }
    }
    const auto content = ReadHtml(html);
    ASSERT_TRUE(content.ok());
    const FakeEmbedder embedder(below(3) == 0 ? 24 + below(40) : 256);
    ChunkerOptions options;
    if (below(3) == 0) options.max_chunk_bytes = 200;
    const std::string title = text(below(30));
    const auto chunks = MakeChunks(*content, title, embedder, options);
    ASSERT_EQ(UnsoundChunks(*content, chunks, embedder, options), "") << "round " << round;
  }
}

}  // namespace
}  // namespace footnote::ingest
