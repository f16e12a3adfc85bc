#include "generator/grounded/cited_text.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace footnote::generator {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> Describe(absl::string_view text, int marks) {
  std::vector<std::string> result;
  for (const CitedSentence& s : SplitCitedText(text, marks)) {
    result.push_back(
        absl::StrCat(s.text, " {", absl::StrJoin(s.marks, ","), "}", s.complete ? "" : " cut"));
  }
  return result;
}

TEST(CitedTextTest, MarksBelongToTheSentenceBeforeThem) {
  for (const char* text : {"The port is 5432 [1]. It can be changed [2][1].",
                           "The port is 5432. [1] It can be changed. [2] [1]",
                           "The port is 5432.[1] It can be changed.[2][1]",
                           "The port [1] is 5432.\n\n[1] It can [2] be changed [1]. [2]"}) {
    EXPECT_THAT(Describe(text, 2), ElementsAre("The port is 5432. {1}", "It can be changed. {2,1}"))
        << text;
  }
}

TEST(CitedTextTest, AMarkBeforeAnySentenceBelongsToTheFirst) {
  EXPECT_THAT(Describe("[2] The port is 5432.", 2), ElementsAre("The port is 5432. {2}"));
}

TEST(CitedTextTest, OtherBracketsStay) {
  EXPECT_THAT(Describe("Use a[0] and b[3] or [x].", 2),
              ElementsAre("Use a[0] and b[3] or [x]. {}"));
  EXPECT_THAT(Describe("See [] and [99999999999999999999].", 2),
              ElementsAre("See [] and [99999999999999999999]. {}"));
}

TEST(CitedTextTest, AnUnfinishedMarkIsNoText) {
  EXPECT_THAT(Describe("The port is 5432. [", 12), ElementsAre("The port is 5432. {}"));
  EXPECT_THAT(Describe("The port is 5432. [1", 12), ElementsAre("The port is 5432. {}"));
}

TEST(CitedTextTest, ListNumbersAreTakenOff) {
  EXPECT_THAT(Describe("1. Stop the server. [1]\n2. Copy the files. [2]\n- Start it.", 2),
              ElementsAre("Stop the server. {1}", "Copy the files. {2}", "Start it. {}"));
}

TEST(CitedTextTest, ACutSentenceIsTold) {
  EXPECT_THAT(Describe("The port is 5432. It can be", 2),
              ElementsAre("The port is 5432. {}", "It can be {} cut"));
  EXPECT_THAT(Describe("He said \"stop.\"", 2), ElementsAre("He said \"stop.\" {}"));
  EXPECT_THAT(Describe("", 2), IsEmpty());
  EXPECT_THAT(Describe("[1]", 2), IsEmpty());
}

}  // namespace
}  // namespace footnote::generator
