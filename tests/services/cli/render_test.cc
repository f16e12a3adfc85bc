#include "services/cli/render.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace footnote::services::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

const Style kPlain = {false, false, 80};
const Style kColoured = {true, true, 80};

v1::Passage MakePassage() {
  v1::Passage passage;
  passage.set_doc("/manual/port.html");
  passage.set_title("Settings");
  passage.set_source("/manual/port.html");
  passage.set_heading_path("Settings > Connections");
  passage.set_anchor("GUC-PORT");
  passage.set_start(100);
  passage.set_end(134);
  passage.set_text("The TCP port the server listens on");
  passage.set_score(0.8125);
  passage.mutable_dense()->set_score(0.7);
  passage.mutable_dense()->set_rank(2);
  v1::Span* span = passage.add_highlights();
  span->set_start(8);
  span->set_end(12);
  return passage;
}

TEST(RenderSearchTest, ShowsHeadingPlaceScoresAndText) {
  v1::SearchResponse response;
  *response.add_passages() = MakePassage();
  EXPECT_EQ(RenderSearch(response, 8, kPlain),
            "1. Settings > Connections\n"
            "   /manual/port.html#GUC-PORT  bytes 100-134\n"
            "   score 0.812   dense 0.700 (#2)\n"
            "   The TCP port the server listens on\n");
  EXPECT_THAT(RenderSearch(response, 8, kColoured), HasSubstr("TCP \x1b[1;33mport\x1b[0m the"));
}

TEST(RenderSearchTest, ShowsExplanationFoldedPassagesAndContext) {
  v1::SearchResponse response;
  response.set_profile("careful");
  response.set_profile_version("3");
  v1::StageTime* time = response.add_times();
  time->set_stage("rerank");
  time->set_milliseconds(12.5);
  v1::Passage passage = MakePassage();
  passage.mutable_reranked()->set_score(0.5);
  passage.mutable_reranked()->set_rank(1);
  passage.mutable_section()->set_end(500);
  v1::FoldedPassage* folded = passage.add_folded();
  folded->set_doc("copy.html");
  folded->set_chunk(4);
  folded->set_similarity(0.934);
  v1::Neighbour* before = passage.add_before();
  before->set_chunk(1);
  before->set_start(50);
  before->set_end(60);
  before->set_text("Some text.");
  v1::Explanation* why = passage.mutable_explanation();
  why->mutable_dense()->set_score(0.7);
  why->mutable_lexical()->set_score(2.5);
  why->mutable_lexical()->set_rank(3);
  v1::TermContribution* term = why->add_terms();
  term->set_term("port");
  term->set_query_frequency(1);
  term->set_frequency(2);
  term->set_chunks(9);
  term->set_idf(1.5);
  term->set_length_norm(0.875);
  term->set_contribution(2.5);
  *response.add_passages() = passage;
  EXPECT_EQ(RenderSearch(response, 8, kPlain),
            "1. Settings > Connections\n"
            "   /manual/port.html#GUC-PORT  bytes 100-134\n"
            "   score 0.812   dense 0.700 (#2)   reranked 0.500 (#1)\n"
            "   section: bytes 0-500\n"
            "   folded: copy.html passage 4, resemblance 0.93\n"
            "   dense      0.7  not among its best\n"
            "   lexical    2.5  #3\n"
            "     port         2.5000 = 1 in the query x idf 1.5000 (9 passages) x tf 2 at length "
            "norm 0.875\n"
            "   passage 1, bytes 50-60\n"
            "     Some text.\n"
            "   The TCP port the server listens on\n"
            "\nprofile careful, version 3; rerank 12.50 ms\n");
}

TEST(RenderSearchTest, SaysWhatTheQueryWasReadAs) {
  v1::SearchResponse response;
  response.set_profile("default");
  response.set_profile_version("1");
  response.add_required("the phrase");
  response.add_excluded("other\nword");
  v1::Correction* correction = response.add_corrections();
  correction->set_word("databse");
  correction->add_replacements("database");
  correction->add_replacements("databank");
  v1::Passage passage = MakePassage();
  v1::TermContribution* term = passage.mutable_explanation()->add_terms();
  term->set_term("databas");
  term->set_misspelt("databs");
  term->set_share(0.5);
  *response.add_passages() = passage;
  const std::string text = RenderSearch(response, 8, kPlain);
  EXPECT_TRUE(absl::StartsWith(
      text, "No passage has databse; also searched for database, databank.\n\n1. Settings"))
      << text;
  EXPECT_THAT(text, HasSubstr("stands for databs, which no passage has: x 0.50\n"));
  EXPECT_THAT(text, HasSubstr("; with \"the phrase\"; without \"other word\""));
}

TEST(RenderSearchTest, SaysThatNothingWasFound) {
  EXPECT_EQ(RenderSearch(v1::SearchResponse(), 8, kPlain), "No passage was found.\n");
}

v1::AskResponse Answered() {
  v1::AskResponse response;
  response.set_outcome(v1::AskResponse::ANSWERED);
  response.set_answer("It listens on 5432. Another sentence.");
  response.set_confidence(0.834);
  response.set_author("extractive");
  v1::Sentence* first = response.add_sentences();
  first->set_text("It listens on 5432.");
  first->add_footnotes(1);
  v1::Sentence* second = response.add_sentences();
  second->set_text("Another sentence.");
  second->add_footnotes(2);
  for (int number = 1; number <= 2; ++number) {
    v1::Footnote* footnote = response.add_footnotes();
    footnote->set_number(number);
    footnote->set_doc("/manual/port.html");
    footnote->set_title("Settings");
    footnote->set_heading_path("Settings > Connections");
    footnote->set_source("/manual/port.html");
    footnote->set_quote(response.sentences(number - 1).text());
    footnote->set_start(10 * number);
    footnote->set_end(10 * number + 5);
  }
  *response.add_passages() = MakePassage();
  return response;
}

TEST(RenderAnswerTest, ShowsTheAnswerWithMarksAndFootnotes) {
  EXPECT_EQ(RenderAnswer(Answered(), kPlain),
            "It listens on 5432. [1] Another sentence. [2]\n"
            "\n"
            "[1] \"It listens on 5432.\"\n"
            "    Settings > Connections\n"
            "    /manual/port.html  bytes 10-15\n"
            "[2] \"Another sentence.\"\n"
            "    Settings > Connections\n"
            "    /manual/port.html  bytes 20-25\n"
            "\n"
            "confidence 0.83, extractive\n");
}

TEST(RenderAnswerTest, AbstainedShowsTheReasonAndTheNearestPassagesButNoAnswer) {
  v1::AskResponse response;
  response.set_outcome(v1::AskResponse::ABSTAINED);
  response.set_reason("No passage is about this.");
  for (int i = 0; i < 5; ++i) *response.add_passages() = MakePassage();
  const std::string text = RenderAnswer(response, kPlain);
  EXPECT_THAT(text, HasSubstr("ABSTAINED  No answer: the documents don't say this"));
  EXPECT_THAT(text, HasSubstr("No passage is about this.\n"));
  EXPECT_THAT(text, HasSubstr("3. Settings > Connections"));
  EXPECT_THAT(text, Not(HasSubstr("4. Settings")));
}

TEST(RenderAnswerTest, EveryOutcomeHasWordsOfItsOwn) {
  v1::AskResponse response;
  response.set_outcome(v1::AskResponse::NEEDS_CLARIFICATION);
  EXPECT_THAT(RenderAnswer(response, kPlain), HasSubstr("several ways"));
  response.set_outcome(v1::AskResponse::NEEDS_MORE_INFORMATION);
  EXPECT_THAT(RenderAnswer(response, kPlain), HasSubstr("needs more information"));
  EXPECT_THAT(RenderAnswer(response, kPlain), HasSubstr("No passage was found."));
}

TEST(RenderAnswerTest, NumbersOfThreeDigitsDoNotEatTheQuote) {
  v1::AskResponse response = Answered();
  response.mutable_footnotes(0)->set_number(123);
  EXPECT_THAT(RenderAnswer(response, kPlain), HasSubstr("[123]\n    \"It listens on 5432.\"\n"));
}

TEST(RenderAnswerTest, DocumentsCannotSendCommandsToTheTerminal) {
  v1::AskResponse response = Answered();
  response.mutable_footnotes(0)->set_quote("x\x1b[2J");
  response.mutable_footnotes(0)->set_source("\x1b]0;title\x07");
  response.mutable_footnotes(0)->set_heading_path("a\x1b[1m");
  response.mutable_sentences(0)->set_text("x\x1b[2J");
  EXPECT_THAT(RenderAnswer(response, kPlain), Not(HasSubstr("\x1b")));
}

}  // namespace
}  // namespace footnote::services::cli
