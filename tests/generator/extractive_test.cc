#include "generator/extractive.h"

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/generator/word_embedder.h"

namespace footnote::generator {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// A store of texts whose passages are whole documents or parts of them.
class Shelf {
 public:
  void Put(const std::string& doc, const std::string& text) { texts_[doc] = text; }

  Passage Cut(const std::string& doc, size_t begin, size_t end, double dense = 0.7) const {
    Passage passage;
    passage.doc = doc;
    passage.title = doc;
    passage.heading_path = doc;
    passage.begin = static_cast<uint32_t>(begin);
    passage.end = static_cast<uint32_t>(end);
    passage.text = texts_.at(doc).substr(begin, end - begin);
    passage.score = passage.dense_score = dense;
    return passage;
  }
  Passage Whole(const std::string& doc, double dense = 0.7) const {
    return Cut(doc, 0, texts_.at(doc).size(), dense);
  }

  absl::StatusOr<std::string> Read(const std::string& doc, uint32_t begin, uint32_t end) const {
    const auto it = texts_.find(doc);
    if (it == texts_.end()) return absl::NotFoundError(doc);
    if (begin > end || end > it->second.size()) return absl::OutOfRangeError(doc);
    return it->second.substr(begin, end - begin);
  }

 private:
  std::map<std::string, std::string> texts_;
};

constexpr char kHarbour[] =
    "The harbour was built by the town. Its lighthouse stands on the northern pier.\n\n"
    "The harbour lighthouse is 42 metres high. Visitors may climb it on Sundays.\n\n"
    "Fishing boats leave before dawn.";
constexpr char kMuseum[] =
    "The museum opened in 1931. Tickets for the museum cost five crowns.\n\n"
    "To open the archive, do as follows:\n\n"
    "1. Ask the keeper of the archive for the key.";

class ExtractiveTest : public ::testing::Test {
 protected:
  ExtractiveTest() {
    shelf_.Put("harbour", kHarbour);
    shelf_.Put("museum", kMuseum);
  }

  AnswerRequest Request(const std::string& question) {
    AnswerRequest request;
    request.question = question;
    request.passages = passages_;
    request.stored_text = [this](const std::string& doc, uint32_t begin, uint32_t end) {
      return shelf_.Read(doc, begin, end);
    };
    return request;
  }

  absl::StatusOr<Answer> Ask(const std::string& question, const ExtractiveOptions& options = {}) {
    return MakeExtractiveAnswerer(&embedder_, options)->Run(Request(question));
  }

  static std::vector<std::string> Texts(const Answer& answer) {
    std::vector<std::string> texts;
    for (const Sentence& s : answer.sentences) texts.push_back(s.text);
    return texts;
  }

  WordEmbedder embedder_;
  Shelf shelf_;
  std::vector<Passage> passages_;
};

// Composition doesn't depend on how sure the model is.
ExtractiveOptions AlwaysAnswer(int max_sentences = 3) {
  ExtractiveOptions options;
  options.min_confidence = 0;
  options.max_sentences = max_sentences;
  return options;
}

TEST_F(ExtractiveTest, AnswersWithTheSentenceThatHasTheWords) {
  passages_ = {shelf_.Whole("museum"), shelf_.Whole("harbour")};
  const auto answer = Ask("How high is the harbour lighthouse?", AlwaysAnswer(1));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->outcome, Outcome::kAnswered);
  EXPECT_THAT(Texts(*answer), ElementsAre("The harbour lighthouse is 42 metres high."));
  ASSERT_THAT(answer->footnotes, SizeIs(1));
  const Footnote& note = answer->footnotes[0];
  EXPECT_EQ(note.number, 1);
  EXPECT_EQ(note.passage, 1);
  EXPECT_EQ(note.quote, std::string(kHarbour).substr(note.begin, note.end - note.begin));
  EXPECT_THAT(answer->sentences[0].footnotes, ElementsAre(1));
  EXPECT_GT(answer->confidence, 0);
  EXPECT_LT(answer->confidence, 1);
  EXPECT_THAT(answer->reason, IsEmpty());
  EXPECT_EQ(answer->author, "extractive");
}

TEST_F(ExtractiveTest, OffsetsAreOfTheDocumentNotOfThePassage) {
  const size_t begin = std::string(kHarbour).find("The harbour lighthouse");
  passages_ = {shelf_.Cut("harbour", begin, sizeof(kHarbour) - 1)};
  const auto answer = Ask("How high is the harbour lighthouse?", AlwaysAnswer(1));
  ASSERT_TRUE(answer.ok()) << answer.status();
  ASSERT_THAT(answer->footnotes, SizeIs(1));
  EXPECT_EQ(answer->footnotes[0].begin, begin);
}

TEST_F(ExtractiveTest, SentencesStandInReadingOrderWithRisingNumbers) {
  shelf_.Put("bridge",
             "The old bridge has three arches. A toll was paid on it. The old bridge has two "
             "towers. Swans live there. The old bridge has one gate.");
  passages_ = {shelf_.Whole("bridge")};
  const auto answer = Ask("What does the old bridge have: arches, towers, a gate?", AlwaysAnswer());
  ASSERT_TRUE(answer.ok()) << answer.status();
  ASSERT_GE(answer->sentences.size(), 2);
  ASSERT_LE(answer->sentences.size(), 3);
  for (size_t i = 0; i < answer->footnotes.size(); ++i) {
    EXPECT_EQ(answer->footnotes[i].number, static_cast<int>(i) + 1);
    EXPECT_THAT(answer->sentences[i].footnotes, ElementsAre(answer->footnotes[i].number));
    EXPECT_EQ(answer->sentences[i].text, answer->footnotes[i].quote);
    if (i > 0) {
      EXPECT_LT(answer->footnotes[i - 1].end, answer->footnotes[i].begin);
    }
  }
}

TEST_F(ExtractiveTest, ASentenceThatEndsWithAColonBringsWhatItIntroduces) {
  passages_ = {shelf_.Whole("museum")};
  const auto answer = Ask("What follows to open the archive?", AlwaysAnswer(2));
  ASSERT_TRUE(answer.ok()) << answer.status();
  ASSERT_GE(answer->sentences.size(), 2);
  EXPECT_EQ(answer->sentences[0].text, "To open the archive, do as follows:");
}

TEST_F(ExtractiveTest, MaxSentencesIsKept) {
  passages_ = {shelf_.Whole("harbour"), shelf_.Whole("museum")};
  for (const int most : {1, 2, 3}) {
    const auto answer = Ask("harbour lighthouse museum archive", AlwaysAnswer(most));
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_GE(answer->sentences.size(), 1);
    EXPECT_LE(answer->sentences.size(), most);
  }
}

TEST_F(ExtractiveTest, AQuoteThatDiffersFromTheStoreIsDropped) {
  passages_ = {shelf_.Whole("harbour")};
  std::string changed = kHarbour;
  changed.replace(changed.find("42"), 2, "24");
  shelf_.Put("harbour", changed);
  const auto answer = Ask("How high is the harbour lighthouse?", AlwaysAnswer());
  ASSERT_TRUE(answer.ok()) << answer.status();
  for (const Footnote& note : answer->footnotes) {
    EXPECT_EQ(note.quote, changed.substr(note.begin, note.end - note.begin));
    EXPECT_THAT(note.quote, ::testing::Not(HasSubstr("42")));
  }
}

TEST_F(ExtractiveTest, WithoutASoundQuoteItAbstainsAndSaysWhy) {
  passages_ = {shelf_.Whole("harbour")};
  for (const char* stored : {"", "short"}) {
    shelf_.Put("harbour", stored);
    const auto answer = Ask("How high is the harbour lighthouse?", AlwaysAnswer());
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->outcome, Outcome::kAbstained);
    EXPECT_THAT(answer->sentences, IsEmpty());
    EXPECT_THAT(answer->footnotes, IsEmpty());
    EXPECT_THAT(answer->reason, HasSubstr("no longer in the store"));
  }
}

TEST_F(ExtractiveTest, AnErrorOfTheStoreIsAnError) {
  passages_ = {shelf_.Whole("harbour")};
  AnswerRequest request = Request("How high is the harbour lighthouse?");
  request.stored_text = [](const std::string&, uint32_t, uint32_t) {
    return absl::DataLossError("block checksum");
  };
  const auto answer = MakeExtractiveAnswerer(&embedder_, AlwaysAnswer())->Run(request);
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(ExtractiveTest, AbstainsWhenTheEvidenceIsAboutSomethingElse) {
  passages_ = {shelf_.Whole("harbour", 0.05), shelf_.Whole("museum", 0.04)};
  const auto answer = Ask("What is the boiling point of Tungsten?");
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->outcome, Outcome::kAbstained);
  EXPECT_THAT(answer->sentences, IsEmpty());
  EXPECT_THAT(answer->reason, HasSubstr("\"Tungsten\""));
  EXPECT_LT(answer->confidence, 0.5);
}

TEST_F(ExtractiveTest, AbstainsWithoutPassages) {
  const auto answer = Ask("How high is the harbour lighthouse?", AlwaysAnswer());
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->outcome, Outcome::kAbstained);
  EXPECT_THAT(answer->reason, HasSubstr("No passage"));
  EXPECT_EQ(embedder_.calls, 0);
}

TEST_F(ExtractiveTest, AQuestionThatNamesNothingNeedsMoreInformation) {
  passages_ = {shelf_.Whole("harbour")};
  for (const char* question : {"What about it?", "How?", "???", "Why is that?"}) {
    const auto answer = Ask(question);
    ASSERT_TRUE(answer.ok()) << answer.status();
    EXPECT_EQ(answer->outcome, Outcome::kNeedsMoreInformation) << question;
    EXPECT_THAT(answer->reason, ::testing::Not(IsEmpty())) << question;
    EXPECT_THAT(answer->sentences, IsEmpty()) << question;
  }
}

TEST_F(ExtractiveTest, WrongRequestsAreRefused) {
  passages_ = {shelf_.Whole("harbour")};
  EXPECT_EQ(Ask("").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(Ask(" \n\t").status().code(), absl::StatusCode::kInvalidArgument);

  AnswerRequest unchecked = Request("How high is it?");
  unchecked.stored_text = nullptr;
  const auto answerer = MakeExtractiveAnswerer(&embedder_, {});
  EXPECT_EQ(answerer->Run(unchecked).status().code(), absl::StatusCode::kInvalidArgument);

  passages_[0].end += 1;
  const auto answer = Ask("How high is the harbour lighthouse?");
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(answer.status().message()), HasSubstr("'harbour'"));
}

TEST_F(ExtractiveTest, StopsWhenCancelled) {
  passages_ = {shelf_.Whole("harbour"), shelf_.Whole("museum")};
  const auto answerer = MakeExtractiveAnswerer(&embedder_, AlwaysAnswer());
  // Cancelled at the first, second, ... time that it is asked.
  int asked_in_full = 0;
  AnswerRequest request = Request("How high is the harbour lighthouse?");
  request.cancelled = [&] { return ++asked_in_full, false; };
  ASSERT_TRUE(answerer->Run(request).ok());
  ASSERT_GT(asked_in_full, 2);
  for (int at = 1; at <= asked_in_full; ++at) {
    int asked = 0;
    request.cancelled = [&] { return ++asked >= at; };
    EXPECT_EQ(answerer->Run(request).status().code(), absl::StatusCode::kCancelled) << at;
  }
}

TEST_F(ExtractiveTest, TheSinkGetsEachFootnoteBeforeItsSentence) {
  passages_ = {shelf_.Whole("harbour"), shelf_.Whole("museum")};
  AnswerRequest request = Request("Tell me about the harbour lighthouse and museum tickets");
  std::vector<std::string> events;
  request.sink.footnote = [&](const Footnote& note) {
    events.push_back(absl::StrCat("note ", note.number));
  };
  request.sink.sentence = [&](const Sentence& sentence) {
    events.push_back(absl::StrCat("sentence ", sentence.footnotes.at(0)));
  };
  const auto answer = MakeExtractiveAnswerer(&embedder_, AlwaysAnswer())->Run(request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  std::vector<std::string> expected;
  for (size_t i = 1; i <= answer->sentences.size(); ++i) {
    expected.push_back(absl::StrCat("note ", i));
    expected.push_back(absl::StrCat("sentence ", i));
  }
  EXPECT_EQ(events, expected);
  ASSERT_FALSE(events.empty());
}

TEST_F(ExtractiveTest, QuestionAndCandidatesAreEmbeddedOnceAndTheirNumberIsBounded) {
  std::string text;
  for (int i = 0; i < 500; ++i) absl::StrAppend(&text, "The harbour has boat number ", i, ". ");
  shelf_.Put("boats", text);
  passages_ = {shelf_.Whole("boats")};
  ExtractiveOptions options = AlwaysAnswer();
  options.max_candidates = 20;
  ASSERT_TRUE(Ask("How many boats has the harbour?", options).ok());
  EXPECT_EQ(embedder_.calls, 2);  // the question as a query, the sentences as passages
  EXPECT_LE(embedder_.texts_embedded, 1 + 20);
}

TEST_F(ExtractiveTest, TheSameTextInTwoPassagesIsQuotedOnce) {
  shelf_.Put("copy", kHarbour);
  passages_ = {shelf_.Whole("harbour"), shelf_.Whole("copy"), shelf_.Cut("harbour", 0, 80)};
  const auto answer = Ask("How high is the harbour lighthouse?", AlwaysAnswer());
  ASSERT_TRUE(answer.ok()) << answer.status();
  std::vector<std::string> texts = Texts(*answer);
  std::sort(texts.begin(), texts.end());
  EXPECT_EQ(std::unique(texts.begin(), texts.end()), texts.end());
}

}  // namespace
}  // namespace footnote::generator
