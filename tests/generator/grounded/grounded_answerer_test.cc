#include "generator/grounded/grounded_answerer.h"

#include <map>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/generator/hash_model.h"
#include "tests/generator/word_embedder.h"

namespace footnote::generator {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kServer[] =
    "The server listens on port 5432. The port can be changed in the configuration file.";
constexpr char kHarbour[] =
    "The harbour lighthouse is 42 metres high. Visitors may climb it on Sundays.";

class GroundedAnswererTest : public ::testing::Test {
 protected:
  GroundedAnswererTest() {
    Put("server", kServer);
    Put("harbour", kHarbour);
  }

  void Put(const std::string& doc, const std::string& text) {
    stored_[doc] = std::string(kOffset, '#') + text;
    Passage passage;
    passage.doc = doc;
    passage.heading_path = doc;
    passage.text = text;
    passage.begin = kOffset;
    passage.end = static_cast<uint32_t>(kOffset + text.size());
    passages_.push_back(passage);
  }

  AnswerRequest Request(const std::string& question) {
    AnswerRequest request;
    request.question = question;
    request.passages = passages_;
    request.stored_text = [this](const std::string& doc, uint32_t begin,
                                 uint32_t end) -> absl::StatusOr<std::string> {
      const auto found = stored_.find(doc);
      if (found == stored_.end()) return absl::NotFoundError(doc);
      if (end > found->second.size()) return absl::OutOfRangeError(doc);
      return found->second.substr(begin, end - begin);
    };
    return request;
  }

  void Start(HashModelOptions model) {
    answerer_.reset();
    model.context = std::max<int64_t>(model.context, 4096);
    runner_ = ModelRunner::Start(std::make_unique<HashModel>(std::move(model)), {});
    GroundedOptions options;
    options.name = "tiny";
    options.max_tokens = 200;
    options.min_confidence = min_confidence_;
    options.support = support_;
    answerer_ = MakeGroundedAnswerer(runner_.get(), &embedder_, PlainPrompt(&runner_->tokenizer()),
                                     options);
  }

  // What is made of a draft.
  absl::StatusOr<Answer> Write(const std::string& draft,
                               const std::string& question = "Which port does the server have?") {
    HashModelOptions model;
    model.script = draft;
    Start(std::move(model));
    return answerer_->Run(Request(question));
  }

  static std::vector<std::string> Texts(const Answer& answer) {
    std::vector<std::string> texts;
    for (const Sentence& s : answer.sentences) texts.push_back(s.text);
    return texts;
  }

  static constexpr uint32_t kOffset = 10;
  double min_confidence_ = GroundedOptions().min_confidence;
  SupportOptions support_;
  WordEmbedder embedder_;
  std::map<std::string, std::string> stored_;
  std::vector<Passage> passages_;
  std::unique_ptr<ModelRunner> runner_;
  std::unique_ptr<Answerer> answerer_;
};

TEST_F(GroundedAnswererTest, SendsWhatThePassagesBearOut) {
  const auto answer = Write("The server listens on port 5432 [1]. The moon is made of cheese [1].");
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->outcome, Outcome::kAnswered);
  EXPECT_THAT(Texts(*answer), ElementsAre("The server listens on port 5432."));
  ASSERT_THAT(answer->footnotes, SizeIs(1));
  const Footnote& note = answer->footnotes[0];
  EXPECT_EQ(note.number, 1);
  EXPECT_EQ(note.passage, 0);
  EXPECT_EQ(note.begin, kOffset);
  EXPECT_EQ(note.quote, "The server listens on port 5432.");
  EXPECT_EQ(stored_["server"].substr(note.begin, note.end - note.begin), note.quote);
  EXPECT_THAT(answer->sentences[0].footnotes, ElementsAre(1));
  EXPECT_EQ(answer->author, "tiny");
  EXPECT_EQ(answer->passages_read, 2);
  EXPECT_GT(answer->confidence, 0);
  EXPECT_LE(answer->confidence, 1);
  EXPECT_EQ(answer->reason, "");
}

TEST_F(GroundedAnswererTest, ASentenceMustBeSupportedByWhatItCites) {
  const auto answer = Write("The server listens on port 5432 [2].");
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->outcome, Outcome::kAbstained);
  EXPECT_THAT(answer->sentences, IsEmpty());
  EXPECT_THAT(answer->reason, HasSubstr("wrote 1 sentence, but"));
}

TEST_F(GroundedAnswererTest, ASentenceWithoutMarkGetsTheFootnoteOfItsSource) {
  const auto answer = Write("The harbour lighthouse is 42 metres high.");
  ASSERT_TRUE(answer.ok()) << answer.status();
  ASSERT_THAT(answer->footnotes, SizeIs(1));
  EXPECT_EQ(answer->footnotes[0].passage, 1);
}

TEST_F(GroundedAnswererTest, WhatTheModelIsUnsureOfIsNotSent) {
  HashModelOptions model;
  model.script = "The server listens on port 5432 [1].";
  model.script_logit = 8.5;  // the likeliest, but there are hundreds of others
  Start(model);
  const auto unsure = answerer_->Run(Request("Which port does the server have?"));
  ASSERT_TRUE(unsure.ok()) << unsure.status();
  EXPECT_EQ(unsure->outcome, Outcome::kAbstained);
  EXPECT_THAT(unsure->sentences, IsEmpty());
  EXPECT_THAT(unsure->footnotes, IsEmpty());
  EXPECT_GT(unsure->confidence, 0);
  EXPECT_LT(unsure->confidence, 0.5);
  EXPECT_THAT(unsure->reason, HasSubstr("at least 0.50 is asked for"));

  min_confidence_ = unsure->confidence;
  Start(model);
  const auto sent = answerer_->Run(Request("Which port does the server have?"));
  ASSERT_TRUE(sent.ok()) << sent.status();
  EXPECT_EQ(sent->outcome, Outcome::kAnswered);
  EXPECT_EQ(sent->confidence, unsure->confidence);
}

TEST_F(GroundedAnswererTest, ThresholdsOfSupportAreOptions) {
  // Half of the words are the passage's.
  const std::string draft = "The server listens on port 5432 in every normal case [1].";
  EXPECT_EQ(Write(draft)->outcome, Outcome::kAbstained);
  support_.min_passage_overlap = 0.5;
  EXPECT_EQ(Write(draft)->outcome, Outcome::kAnswered);
  for (double SupportOptions::*least :
       {&SupportOptions::min_passage_overlap, &SupportOptions::min_unit_overlap,
        &SupportOptions::min_cosine}) {
    const SupportOptions before = support_;
    support_.*least = 0.99;
    EXPECT_EQ(Write(draft)->outcome, Outcome::kAbstained);
    support_ = before;
  }
}

TEST_F(GroundedAnswererTest, RepeatedSentencesAreSentOnceAndFootnotesShared) {
  const auto answer = Write(
      "The server listens on port 5432 [1]. The server listens on port 5432 [1]. The server port "
      "5432 listens [1].");
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_THAT(answer->sentences, SizeIs(2));
  EXPECT_THAT(answer->footnotes, SizeIs(1));
  EXPECT_THAT(answer->sentences[1].footnotes, ElementsAre(1));
}

TEST_F(GroundedAnswererTest, NoPassageNoModel) {
  HashModelOptions model;
  model.before_step = [](auto) { return absl::InternalError("the model ran"); };
  Start(std::move(model));
  AnswerRequest request = Request("Which port does the server have?");
  request.passages = {};
  const auto answer = answerer_->Run(request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->outcome, Outcome::kAbstained);
  EXPECT_THAT(answer->reason, HasSubstr("No passage"));
  const auto vague = answerer_->Run(Request("What about it?"));
  EXPECT_EQ(vague->outcome, Outcome::kNeedsMoreInformation);
  EXPECT_EQ(answerer_->Run(Request("")).status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(answerer_->Run(Request("Which port does the server have?")).status().message(),
            "the model ran");
}

TEST_F(GroundedAnswererTest, AQuoteThatIsNoLongerStoredIsNotSent) {
  stored_["server"] = "replaced";
  const auto answer = Write("The server listens on port 5432 [1].");
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->outcome, Outcome::kAbstained);
  EXPECT_THAT(answer->footnotes, IsEmpty());
  EXPECT_THAT(answer->reason, HasSubstr("no longer in the store"));
}

TEST_F(GroundedAnswererTest, AnErrorOfTheStoreIsAnError) {
  HashModelOptions model;
  model.script = "The server listens on port 5432 [1].";
  Start(std::move(model));
  AnswerRequest request = Request("Which port does the server have?");
  request.stored_text = [](const std::string&, uint32_t, uint32_t) {
    return absl::DataLossError("block checksum");
  };
  EXPECT_EQ(answerer_->Run(request).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(GroundedAnswererTest, ASentenceThatWasCutIsNotSent) {
  const std::string whole = "The server listens on port 5432 [1]. ";
  const auto answer =
      Write(whole + "The harbour lighthouse is 42 metres high" + std::string(300, ' '));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_THAT(Texts(*answer), ElementsAre("The server listens on port 5432."));
}

TEST_F(GroundedAnswererTest, TheSinkGetsEachFootnoteBeforeItsSentenceWhileTheModelWrites) {
  HashModelOptions model;
  model.script =
      "The server listens on port 5432 [1]. The harbour lighthouse is 42 metres high [2]. The port "
      "can be changed in the configuration file [1].";
  Start(std::move(model));
  AnswerRequest request = Request("Which port does the server have?");
  std::vector<std::string> events;
  request.sink.footnote = [&](const Footnote& n) { events.push_back(absl::StrCat("n", n.number)); };
  request.sink.sentence = [&](const Sentence& s) {
    events.push_back(absl::StrCat("s", s.footnotes.at(0)));
  };
  ASSERT_TRUE(answerer_->Run(request).ok());
  EXPECT_THAT(events, ElementsAre("n1", "s1", "n2", "s2", "n3", "s3"));
}

TEST_F(GroundedAnswererTest, StopsWhenCancelled) {
  HashModelOptions model;
  model.script = "The server listens on port 5432 [1]. The moon is made of cheese [1].";
  Start(std::move(model));
  AnswerRequest request = Request("Which port does the server have?");
  int asked = 0;
  request.cancelled = [&] { return ++asked > 2; };
  EXPECT_EQ(answerer_->Run(request).status().code(), absl::StatusCode::kCancelled);
  // And nothing is left behind that would hold up others.
  request.cancelled = nullptr;
  EXPECT_TRUE(answerer_->Run(request).ok());
}

TEST_F(GroundedAnswererTest, PassagesBeyondTheContextAreNotRead) {
  for (int i = 0; i < 40; ++i) Put(absl::StrCat("more", i), std::string(150, 'x'));
  HashModelOptions model;
  model.context = 4096;
  model.cache_tokens = 4096;
  Start(std::move(model));
  const auto answer = answerer_->Run(Request("Which port does the server have?"));
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_GT(answer->passages_read, 5);
  EXPECT_LT(answer->passages_read, 42);
}

// Bracket tokens of real vocabularies.
std::vector<std::string> BracketPieces() {
  return {" [", "[1", "[[", "][", "].", "12", "1]", "2][", "[10]", "[3].", "[x", "0]", "[1][2]"};
}

TEST_F(GroundedAnswererTest, TheSameAnswerAloneAndAmongOthers) {
  HashModelOptions model;
  model.pieces = BracketPieces();
  model.cache_tokens = 1 << 16;
  Start(model);
  const std::vector<std::string> questions = {
      "Which port has the server?", "How high is the tower?", "Who may climb the lighthouse?",
      "Where is the file?"};
  std::vector<std::string> alone;
  const auto describe = [](const Answer& a) {
    return absl::StrCat(a.confidence, "|", a.reason, "|", a.sentences.size());
  };
  for (const std::string& q : questions) alone.push_back(describe(*answerer_->Run(Request(q))));
  std::vector<std::string> together(questions.size());
  std::vector<std::thread> threads;
  for (size_t i = 0; i < questions.size(); ++i) {
    threads.emplace_back(
        [&, i] { together[i] = describe(*answerer_->Run(Request(questions[i]))); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(together, alone);
}

}  // namespace
}  // namespace footnote::generator
