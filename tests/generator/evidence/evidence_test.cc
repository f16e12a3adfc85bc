#include "generator/evidence/evidence.h"

#include <cmath>
#include <random>

#include "absl/strings/str_cat.h"
#include "generator/evidence/score.h"
#include "generator/extractive.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/generator/word_embedder.h"
#include "transformer/text/utf8.h"

namespace footnote::generator {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Passage MakePassage(const std::string& text, const std::string& headings = "Boats") {
  Passage passage;
  passage.doc = headings;
  passage.title = headings;
  passage.heading_path = headings;
  passage.text = text;
  passage.end = static_cast<uint32_t>(text.size());
  passage.dense_score = 0.5;
  return passage;
}

Evidence Gather(const std::string& question, const std::vector<Passage>& passages,
                int max_candidates = 64) {
  const WordEmbedder embedder;
  auto evidence =
      GatherEvidence(embedder, question, passages, max_candidates, [] { return false; });
  EXPECT_TRUE(evidence.ok()) << evidence.status();
  return *std::move(evidence);
}

const Candidate& CandidateOf(const Evidence& evidence, int passage, int unit) {
  for (const Candidate& c : evidence.candidates) {
    if (c.passage == passage && c.unit == unit) return c;
  }
  ADD_FAILURE() << "no candidate " << passage << ", " << unit;
  return evidence.candidates.front();
}

TEST(EvidenceTest, FeaturesOfAHandMadePassage) {
  const std::vector<Passage> passages = {
      MakePassage("The mast is made of spruce. It is 9 m high. Is the rudder oak?"),
      MakePassage("Nothing here:", "Empty")};
  const Evidence e = Gather("How high is the mast?", passages);
  ASSERT_THAT(e.candidates, SizeIs(4));
  EXPECT_EQ(e.question.type, AnswerType::kNumber);

  const auto& mast = CandidateOf(e, 0, 0).features;
  const auto& high = CandidateOf(e, 0, 1).features;
  const auto& rudder = CandidateOf(e, 0, 2).features;
  const auto& nothing = CandidateOf(e, 1, 0).features;
  // Each word stands in one unit of four: equally rare.
  EXPECT_DOUBLE_EQ(mast[kUnitCoverage], 0.5);
  EXPECT_DOUBLE_EQ(high[kUnitCoverage], 0.5);
  EXPECT_DOUBLE_EQ(rudder[kUnitCoverage], 0);
  EXPECT_DOUBLE_EQ(mast[kUnitContextCoverage], 1);
  EXPECT_DOUBLE_EQ(rudder[kUnitContextCoverage], 0.5);
  EXPECT_DOUBLE_EQ(rudder[kPassageCoverage], 1);
  EXPECT_DOUBLE_EQ(nothing[kPassageCoverage], 0);
  EXPECT_GT(mast[kUnitCosine], rudder[kUnitCosine]);
  EXPECT_EQ(mast[kUnitType], -1);
  EXPECT_EQ(high[kUnitType], 1);
  EXPECT_EQ(high[kUnitLeansBack], 1);
  EXPECT_EQ(mast[kUnitLeansBack], 0);
  EXPECT_EQ(rudder[kUnitIsQuestion], 1);
  EXPECT_EQ(nothing[kUnitIntroduces], 1);
  EXPECT_EQ(nothing[kUnitShort], 1);
  EXPECT_DOUBLE_EQ(mast[kPassageRank], 1);
  EXPECT_DOUBLE_EQ(nothing[kPassageRank], 0.5);
  EXPECT_DOUBLE_EQ(mast[kPassageDense], 0.5);
  EXPECT_DOUBLE_EQ(high[kUnitNeighbourCosine], std::max(mast[kUnitCosine], rudder[kUnitCosine]));
  EXPECT_DOUBLE_EQ(e.all_coverage, 1);
  EXPECT_THAT(e.missing_words, IsEmpty());
}

TEST(EvidenceTest, HeadingsCountAsContext) {
  const Evidence e = Gather("rigging of the schooner",
                            {MakePassage("The rigging is of hemp.", "Ships > Schooner")});
  ASSERT_THAT(e.candidates, SizeIs(1));
  EXPECT_DOUBLE_EQ(e.candidates[0].features[kUnitContextCoverage], 1);
  EXPECT_LT(e.candidates[0].features[kUnitCoverage], 1);
  EXPECT_THAT(e.missing_words, IsEmpty());
}

TEST(EvidenceTest, WordsThatNoPassageHasAreNamed) {
  const std::vector<Passage> passages = {MakePassage("The mast is made of spruce.")};
  const Evidence e = Gather("Is the mast from Norway or Finland?", passages);
  EXPECT_THAT(e.missing_words, ElementsAre("Norway", "Finland"));
  EXPECT_LT(e.all_coverage, 0.5);
  ASSERT_THAT(e.candidates, SizeIs(1));
  const auto f = AnswerFeatures(e, passages, 0);
  EXPECT_DOUBLE_EQ(f[kMissingSalient], 1);
  EXPECT_DOUBLE_EQ(f[kBestMissingSalient], 1);
  EXPECT_DOUBLE_EQ(f[kMaxPassageDense], 0.5);
}

TEST(EvidenceTest, MarginIsToTheBestOfAnotherPassage) {
  const std::vector<Passage> passages = {MakePassage("The mast is high. A mast is tall.", "A"),
                                         MakePassage("The mast broke.", "B")};
  const Evidence e = Gather("How high is the mast?", passages);
  const Candidate& top = e.candidates[0];
  double rival = 0;
  for (const Candidate& c : e.candidates) {
    if (c.passage != top.passage) {
      rival = c.score;
      break;
    }
  }
  EXPECT_DOUBLE_EQ(AnswerFeatures(e, passages, 0)[kMargin], top.score - rival);
}

TEST(EvidenceTest, TheMostPromisingUnitsAreKept) {
  std::string text = "The mast is made of spruce. ";
  for (int i = 0; i < 300; ++i) absl::StrAppend(&text, "Gull number ", i, " cried. ");
  const Evidence e = Gather("What is the mast made of?", {MakePassage(text)}, 8);
  EXPECT_THAT(e.candidates, SizeIs(8));
  EXPECT_EQ(e.candidates[0].unit, 0);
}

TEST(EvidenceTest, PassagesWithoutTextGiveNoCandidates) {
  EXPECT_THAT(Gather("mast", {}).candidates, IsEmpty());
  EXPECT_THAT(Gather("mast", {MakePassage(""), MakePassage("\n \n")}).candidates, IsEmpty());
}

TEST(ScoreTest, ConfidenceIsAProbabilityAndFeaturesAreNamed) {
  for (const double extreme : {-1e6, -1.0, 0.0, 1.0, 1e6}) {
    std::array<double, kAnswerFeatureCount> features;
    features.fill(extreme);
    const double confidence = Confidence(features);
    EXPECT_GE(confidence, 0);
    EXPECT_LE(confidence, 1);
  }
  for (const char* name : kUnitFeatureNames) EXPECT_NE(name, nullptr);
  for (const char* name : kAnswerFeatureNames) EXPECT_NE(name, nullptr);
}

// Whatever the passages hold, every quote stands in the store at its place.
TEST(EvidenceTest, QuotesAreVerbatimOnRandomPassages) {
  const std::vector<std::string> pieces = {
      "mast ",  "is ", "made ", "of ",      "Spruce. ",        "It ", "9 m. ", "\n\n", "\n", "é",
      "日本。", "😀 ",  " | ",   "x = 1;\n", "as follows:\n\n", "? ",  "e.g. "};
  std::mt19937 rng(2026);
  const WordEmbedder embedder;
  ExtractiveOptions options;
  options.min_confidence = 0;
  const auto answerer = MakeExtractiveAnswerer(&embedder, options);
  int answered = 0;
  for (int round = 0; round < 300; ++round) {
    std::vector<std::string> documents(1 + rng() % 4);
    for (std::string& document : documents) {
      const int count = rng() % 200;
      for (int i = 0; i < count; ++i) document += pieces[rng() % pieces.size()];
    }
    std::vector<Passage> passages;
    for (int i = 0; i < 6; ++i) {
      const size_t d = rng() % documents.size();
      const std::string& document = documents[d];
      size_t begin = rng() % (document.size() + 1);
      size_t end = begin + rng() % (document.size() - begin + 1);
      const auto inside = [&](size_t at) {
        return at < document.size() && (static_cast<unsigned char>(document[at]) & 0xC0) == 0x80;
      };
      while (inside(begin)) --begin;
      while (inside(end)) ++end;
      Passage passage = MakePassage(document.substr(begin, end - begin));
      passage.doc = absl::StrCat(d);
      passage.begin = static_cast<uint32_t>(begin);
      passage.end = static_cast<uint32_t>(end);
      passages.push_back(passage);
    }
    AnswerRequest request;
    request.question = "What is the mast made of?";
    request.passages = passages;
    request.stored_text = [&](const std::string& doc, uint32_t begin, uint32_t end) {
      return documents[std::stoi(doc)].substr(begin, end - begin);
    };
    const auto answer = answerer->Run(request);
    ASSERT_TRUE(answer.ok()) << answer.status();
    if (answer->outcome != Outcome::kAnswered) continue;
    ++answered;
    ASSERT_GE(answer->sentences.size(), 1);
    ASSERT_LE(answer->sentences.size(), 3);
    ASSERT_EQ(answer->sentences.size(), answer->footnotes.size());
    for (size_t i = 0; i < answer->footnotes.size(); ++i) {
      const Footnote& note = answer->footnotes[i];
      const Passage& passage = passages[note.passage];
      ASSERT_GE(note.begin, passage.begin);
      ASSERT_LE(note.end, passage.end);
      ASSERT_EQ(note.quote,
                documents[std::stoi(passage.doc)].substr(note.begin, note.end - note.begin));
      ASSERT_FALSE(note.quote.empty());
      ASSERT_TRUE(transformer::IsValidUtf8(note.quote));
      ASSERT_EQ(answer->sentences[i].text, note.quote);
      ASSERT_THAT(answer->sentences[i].footnotes, ElementsAre(note.number));
    }
  }
  EXPECT_GT(answered, 250);
}

}  // namespace
}  // namespace footnote::generator
