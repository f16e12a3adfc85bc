#include "retrieval/eval/beir.h"

#include <fstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace footnote::retrieval {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::Pair;
using testing::UnorderedElementsAre;

std::string WriteFile(const std::string& name, const std::string& bytes) {
  const std::string path = testing::TempDir() + "/beir_" + name;
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

TEST(ReadBeirCorpusTest, ReadsTitlesTextsAndUnknownMembers) {
  const auto corpus =
      ReadBeirCorpus(WriteFile("corpus.jsonl",
                               "{\"_id\": \"1\", \"title\": \"T\", \"text\": \"a\"}\n"
                               "\n"
                               "{\"_id\": \"two\", \"text\": \"\", \"metadata\": {}}\n"
                               "{\"_id\": \"3\", \"title\": null, \"text\": \"é\"}"));
  ASSERT_TRUE(corpus.ok()) << corpus.status();
  EXPECT_THAT(
      *corpus,
      ElementsAre(AllOf(Field(&CorpusDocument::id, "1"), Field(&CorpusDocument::title, "T"),
                        Field(&CorpusDocument::text, "a")),
                  AllOf(Field(&CorpusDocument::id, "two"), Field(&CorpusDocument::title, ""),
                        Field(&CorpusDocument::text, "")),
                  AllOf(Field(&CorpusDocument::id, "3"), Field(&CorpusDocument::title, ""),
                        Field(&CorpusDocument::text, "é"))));
}

TEST(ReadBeirQueriesTest, ReadsQueries) {
  const auto queries = ReadBeirQueries(WriteFile("queries.jsonl", R"({"_id":"q","text":"why"})"));
  ASSERT_TRUE(queries.ok()) << queries.status();
  EXPECT_THAT(*queries,
              ElementsAre(AllOf(Field(&EvalQuery::id, "q"), Field(&EvalQuery::text, "why"))));
}

TEST(ReadQrelsTest, ReadsBothLayouts) {
  for (const std::string& rows :
       {std::string("query-id\tcorpus-id\tscore\nq1\ta\t2\nq1\tb\t0\nq 2\ta c\t1\n"),
        std::string("q1\t0\ta\t2\r\nq1\t0\tb\t0\r\nq 2\t0\ta c\t1\r\n"),
        std::string("q1\ta\t2\nq1\tb\t0\nq 2\ta c\t1")}) {
    const auto qrels = ReadQrels(WriteFile("qrels.tsv", rows));
    ASSERT_TRUE(qrels.ok()) << qrels.status();
    EXPECT_THAT(*qrels, ElementsAre(Pair("q 2", UnorderedElementsAre(Pair("a c", 1))),
                                    Pair("q1", UnorderedElementsAre(Pair("a", 2), Pair("b", 0)))));
  }
  const auto spaces = ReadQrels(WriteFile("spaces.qrels", "1 0 doc-1 1\n1  0  doc-2  -1\n"));
  ASSERT_TRUE(spaces.ok()) << spaces.status();
  EXPECT_THAT(*spaces,
              ElementsAre(Pair("1", UnorderedElementsAre(Pair("doc-1", 1), Pair("doc-2", -1)))));
}

enum class File { kCorpus, kQueries, kQrels };
struct Bad {
  std::string name;
  File file;
  std::string bytes;
  std::string message;
};
class BadFileTest : public testing::TestWithParam<Bad> {};

TEST_P(BadFileTest, TheErrorNamesTheLineAndWhatIsWrong) {
  const Bad& bad = GetParam();
  const std::string path = WriteFile("bad_" + bad.name, bad.bytes);
  const absl::Status status = bad.file == File::kCorpus    ? ReadBeirCorpus(path).status()
                              : bad.file == File::kQueries ? ReadBeirQueries(path).status()
                                                           : ReadQrels(path).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr(path), HasSubstr(bad.message)));
}

INSTANTIATE_TEST_SUITE_P(
    All, BadFileTest,
    testing::Values(
        Bad{"empty", File::kCorpus, "", "holds no record"},
        Bad{"not_json", File::kCorpus, "{\"_id\":\"1\",\"text\":\"\"}\n{oops", ":2: not a JSON"},
        Bad{"array", File::kCorpus, "[1]", ":1: not a JSON object"},
        Bad{"no_id", File::kCorpus, "{\"text\":\"a\"}", "\"_id\" is missing"},
        Bad{"number_id", File::kCorpus, "{\"_id\":1,\"text\":\"a\"}", "\"_id\" is not a string"},
        Bad{"empty_id", File::kCorpus, "{\"_id\":\"\",\"text\":\"a\"}", "\"_id\" is empty"},
        Bad{"no_text", File::kCorpus, "{\"_id\":\"1\"}", "\"text\" is missing"},
        Bad{"twice", File::kCorpus, "{\"_id\":\"x\",\"text\":\"\"}\n{\"_id\":\"x\",\"text\":\"\"}",
            ":2: the id \"x\" stands twice"},
        Bad{"utf8", File::kCorpus, "{\"_id\":\"1\",\"text\":\"\xff\"}", ":1: not valid UTF-8"},
        Bad{"empty_query", File::kQueries, "{\"_id\":\"1\",\"text\":\" \"}", "\"1\" is empty"},
        Bad{"only_header", File::kQrels, "query-id\tcorpus-id\tscore\n", "holds no judgment"},
        Bad{"two_columns", File::kQrels, "q\td\n", "found 2"},
        Bad{"grade", File::kQrels, "q\td\t1\nq\te\thigh\n", ":2: \"high\" is not a whole number"},
        Bad{"judged_twice", File::kQrels, "q\td\t1\nq\td\t2\n", ":2: the document \"d\" is judged"},
        Bad{"no_doc", File::kQrels, "q\t\t1\n", "an id is empty"}),
    [](const auto& info) { return info.param.name; });

TEST(BadFileTest, MissingFileIsNotFound) {
  EXPECT_EQ(ReadQrels("/no/such/qrels.tsv").status().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace footnote::retrieval
