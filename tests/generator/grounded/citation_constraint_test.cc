#include "generator/grounded/citation_constraint.h"

#include <cmath>
#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/generator/byte_tokenizer.h"
#include "tests/generator/grounded/citation_marks.h"

namespace footnote::generator {
namespace {

TEST(CitationStateTest, FollowsMarks) {
  const auto after = [](const char* text, int marks) {
    return CitationState::Advance(CitationState::kText, text, marks);
  };
  EXPECT_EQ(after("any text ] 12", 3), CitationState::kText);
  EXPECT_EQ(after("see [", 3), 0);
  EXPECT_EQ(after("see [1", 12), 1);
  EXPECT_EQ(after("see [12", 12), 12);
  EXPECT_EQ(after("see [12]", 12), CitationState::kText);
  EXPECT_EQ(after("[1][2] and [", 2), 0);
  for (const char* bad :
       {"[0", "[01", "[4", "[10", "[]", "[a", "[ 1", "[1 ]", "[1,", "[[", "[-1"}) {
    EXPECT_EQ(after(bad, 3), CitationState::kDead) << bad;
  }
  EXPECT_EQ(after("[99999999999999999999]", 100), CitationState::kDead);
}

class CitationConstraintTest : public ::testing::Test {
 protected:
  const ByteTokenizer tokenizer_{{" [", "[1", "[[", "][", "].", "12", "1]", "2][", "[10]", "[3].",
                                  "3", "]]", "[x", "0]", "00", "[1][2]", "1][2", "9] ["}};
};

TEST_F(CitationConstraintTest, AnyAllowedTokensWriteOnlyMarksOfPassages) {
  const CitationVocabulary vocabulary(&tokenizer_, {ByteTokenizer::kEos});
  std::mt19937 random(1);
  for (int round = 0; round < 3000; ++round) {
    const int marks = 1 + static_cast<int>(random() % 30);
    const auto constraint = MakeCitationConstraint(&vocabulary, marks);
    std::string text;
    for (int i = 0; i < 30; ++i) {
      std::vector<float> logits(tokenizer_.vocab_size(), 0);
      constraint->Apply(absl::MakeSpan(logits));
      std::vector<int32_t> allowed;
      for (size_t id = 0; id < logits.size(); ++id) {
        // Brackets and digits, so that something happens.
        const std::string bytes = tokenizer_.TokenBytes(static_cast<int32_t>(id));
        if (std::isfinite(logits[id]) && bytes.find_first_of("[]0123456789") != std::string::npos) {
          allowed.push_back(static_cast<int32_t>(id));
        }
      }
      ASSERT_FALSE(allowed.empty()) << text;
      const int32_t id = allowed[random() % allowed.size()];
      constraint->Accept(id);
      text += tokenizer_.TokenBytes(id);
      ASSERT_GE(CountMarks(text, marks), 0) << text << " of " << marks;
    }
  }
}

TEST_F(CitationConstraintTest, ForbidsNothingThatIsAMark) {
  const CitationVocabulary vocabulary(&tokenizer_, {ByteTokenizer::kEos});
  std::mt19937 random(2);
  for (int round = 0; round < 1000; ++round) {
    const int marks = 1 + static_cast<int>(random() % 12);
    std::string text = "a ";
    for (int i = 0; i < 4; ++i) {
      text += "[" + std::to_string(1 + random() % marks) + "]" + (random() % 2 == 0 ? " b. " : "");
    }
    const auto constraint = MakeCitationConstraint(&vocabulary, marks);
    for (const int32_t id : tokenizer_.Tokenize(text, {false, false})) {
      std::vector<float> logits(tokenizer_.vocab_size(), 0);
      constraint->Apply(absl::MakeSpan(logits));
      ASSERT_TRUE(std::isfinite(logits[id])) << tokenizer_.TokenBytes(id) << " in " << text;
      constraint->Accept(id);
    }
  }
}

TEST_F(CitationConstraintTest, OutsideAMarkAllElseMayCome) {
  const CitationVocabulary vocabulary(&tokenizer_, {ByteTokenizer::kEos});
  const auto constraint = MakeCitationConstraint(&vocabulary, 2);
  std::vector<float> logits(tokenizer_.vocab_size(), 0);
  constraint->Apply(absl::MakeSpan(logits));
  for (int32_t id = 0; id < tokenizer_.vocab_size(); ++id) {
    if (tokenizer_.TokenBytes(id).find('[') == std::string::npos) {
      EXPECT_TRUE(std::isfinite(logits[id])) << id;
    }
  }
  // In a mark the text may not end.
  constraint->Accept('[');
  constraint->Apply(absl::MakeSpan(logits));
  EXPECT_FALSE(std::isfinite(logits[ByteTokenizer::kEos]));
  EXPECT_FALSE(std::isfinite(logits['a']));
  EXPECT_TRUE(std::isfinite(logits['1']));
  EXPECT_FALSE(std::isfinite(logits[']']));
}

// Without "]" no mark can be finished, so none is begun.
class NoCloser : public ByteTokenizer {
 public:
  std::string TokenBytes(int32_t id) const override {
    return id == ']' ? "" : ByteTokenizer::TokenBytes(id);
  }
};

TEST(CitationVocabularyTest, AMarkThatCantBeFinishedIsNotBegun) {
  const NoCloser tokenizer;
  const CitationVocabulary vocabulary(&tokenizer, {ByteTokenizer::kEos});
  EXPECT_EQ(vocabulary.RulesFor(5).forbidden, (std::vector<int32_t>{'['}));
}

TEST(CitationVocabularyTest, AnEndTokenWithABracketIsNotForbidden) {
  const ByteTokenizer tokenizer({"[EOS]"});
  const int32_t end = ByteTokenizer::kFirstPiece;
  EXPECT_TRUE(CitationVocabulary(&tokenizer, {end}).RulesFor(5).forbidden.empty());
  EXPECT_EQ(CitationVocabulary(&tokenizer, {}).RulesFor(5).forbidden, (std::vector<int32_t>{end}));
}

}  // namespace
}  // namespace footnote::generator
