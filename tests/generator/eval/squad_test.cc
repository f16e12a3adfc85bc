#include "generator/eval/squad.h"

#include <zlib.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace footnote::generator {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kGood[] = R"({"version": "v2.0", "data": [
  {"title": "Tea", "paragraphs": [
    {"context": "Tea is drunk hot. Ice tea isn't.", "qas": [
      {"id": "1", "question": "How is tea drunk?", "is_impossible": false,
       "answers": [{"text": "hot", "answer_start": 13}, {"text": "drunk hot", "answer_start": 7}]},
      {"id": 2, "question": "Where does tea grow?", "is_impossible": true, "answers": [],
       "plausible_answers": [{"text": "Ice", "answer_start": 18}]}]}]},
  {"paragraphs": [{"context": "", "qas": []}]}]})";

void ExpectGood(const absl::StatusOr<SquadDataset>& dataset) {
  ASSERT_TRUE(dataset.ok()) << dataset.status();
  EXPECT_EQ(dataset->version, "v2.0");
  ASSERT_THAT(dataset->articles, SizeIs(2));
  EXPECT_EQ(dataset->articles[0].title, "Tea");
  EXPECT_EQ(dataset->articles[1].title, "");
  ASSERT_THAT(dataset->articles[0].paragraphs, SizeIs(1));
  const SquadParagraph& paragraph = dataset->articles[0].paragraphs[0];
  EXPECT_EQ(paragraph.context, "Tea is drunk hot. Ice tea isn't.");
  ASSERT_THAT(paragraph.questions, SizeIs(2));
  EXPECT_EQ(paragraph.questions[0].id, "1");
  EXPECT_EQ(paragraph.questions[0].question, "How is tea drunk?");
  EXPECT_THAT(paragraph.questions[0].answers, ElementsAre("hot", "drunk hot"));
  EXPECT_EQ(paragraph.questions[1].id, "2");
  EXPECT_THAT(paragraph.questions[1].answers, IsEmpty());
}

TEST(SquadTest, ReadsBothVersionsFields) { ExpectGood(ParseSquad(kGood, "good")); }

TEST(SquadTest, ReadsAFilePlainAndGzipped) {
  const std::string plain = absl::StrCat(::testing::TempDir(), "/squad_test.json");
  std::ofstream(plain) << kGood;
  ExpectGood(ReadSquad(plain));

  const std::string packed = absl::StrCat(::testing::TempDir(), "/squad_test.json.gz");
  const gzFile gz = gzopen(packed.c_str(), "wb");
  ASSERT_EQ(gzwrite(gz, kGood, sizeof(kGood) - 1), static_cast<int>(sizeof(kGood) - 1));
  ASSERT_EQ(gzclose(gz), Z_OK);
  ExpectGood(ReadSquad(packed));

  std::filesystem::resize_file(packed, std::filesystem::file_size(packed) / 2);
  EXPECT_EQ(ReadSquad(packed).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(ReadSquad(plain + ".none").status().code(), absl::StatusCode::kNotFound);
}

struct BadCase {
  const char* name;
  const char* json;
  const char* message;
};

class SquadBadTest : public ::testing::TestWithParam<BadCase> {};

TEST_P(SquadBadTest, IsRefusedWithItsPlace) {
  const auto dataset = ParseSquad(GetParam().json, "file.json");
  ASSERT_EQ(dataset.status().code(), absl::StatusCode::kInvalidArgument) << dataset.status();
  EXPECT_THAT(std::string(dataset.status().message()), HasSubstr("file.json"));
  EXPECT_THAT(std::string(dataset.status().message()), HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    All, SquadBadTest,
    ::testing::Values(
        BadCase{"empty", "", "not a JSON object"}, BadCase{"array", "[]", "not a JSON object"},
        BadCase{"cut", R"({"data": [)", "not a JSON object"},
        BadCase{"utf8", "{\"data\": \"\xff\"}", "not a JSON object"},
        BadCase{"no_data", "{}", "\"data\" is missing"},
        BadCase{"data_type", R"({"data": {}})", "\"data\" is not an array"},
        BadCase{"nothing", R"({"data": []})", "no question"},
        BadCase{"article", R"({"data": [3]})", "data[0]: not an object"},
        BadCase{"title", R"({"data": [{"title": 1, "paragraphs": []}]})", "\"title\""},
        BadCase{"paragraphs", R"({"data": [{}]})", "data[0]: \"paragraphs\" is missing"},
        BadCase{"paragraph", R"({"data": [{"paragraphs": [null]}]})", "paragraphs[0]"},
        BadCase{"context", R"({"data": [{"paragraphs": [{"qas": []}]}]})", "\"context\""},
        BadCase{"qas", R"({"data": [{"paragraphs": [{"context": "c"}]}]})", "\"qas\""},
        BadCase{"qa", R"({"data": [{"paragraphs": [{"context": "c", "qas": [1]}]}]})", "qas[0]"},
        BadCase{"id", R"({"data": [{"paragraphs": [{"context": "c", "qas": [{}]}]}]})", "\"id\""},
        BadCase{"question",
                R"({"data": [{"paragraphs": [{"context": "c", "qas": [{"id": "1"}]}]}]})",
                "\"question\""},
        BadCase{"impossible", R"({"data": [{"paragraphs": [{"context": "c", "qas": [
                {"id": "1", "question": "q", "is_impossible": "no"}]}]}]})",
                "is_impossible"},
        BadCase{"answers", R"({"data": [{"paragraphs": [{"context": "c", "qas": [
                {"id": "1", "question": "q"}]}]}]})",
                "\"answers\""},
        BadCase{"answer", R"({"data": [{"paragraphs": [{"context": "c", "qas": [
                {"id": "1", "question": "q", "answers": ["c"]}]}]}]})",
                "answers[0]: not an object"},
        BadCase{"answer_text", R"({"data": [{"paragraphs": [{"context": "c", "qas": [
                {"id": "1", "question": "q", "answers": [{"text": "d"}]}]}]}]})",
                "isn't in the context"},
        BadCase{"twice", R"({"data": [{"paragraphs": [{"context": "c", "qas": [
                {"id": "1", "question": "q", "answers": []},
                {"id": "1", "question": "q", "answers": []}]}]}]})",
                "stands twice"}),
    [](const auto& info) { return info.param.name; });

TEST(SquadTest, DeepNestingIsRefusedWithoutHarm) {
  EXPECT_FALSE(ParseSquad(std::string(1000000, '['), "deep").ok());
  EXPECT_FALSE(ParseSquad(std::string(100000, '[') + std::string(100000, ']'), "closed").ok());
}

}  // namespace
}  // namespace footnote::generator
