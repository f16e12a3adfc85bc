// The ids of `tokenizers` for synthetic texts of all scripts. tests/golden/tokenizer.py writes the
// file and makes the same comparison over 100,000 texts.
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "transformer/tokenizer/tokenizer.h"

namespace footnote::transformer {
namespace {

struct Golden {
  std::string text;
  std::vector<int32_t> ids;
};

std::vector<Golden> ReadGolden() {
  std::vector<Golden> out;
  std::ifstream in(FOOTNOTE_TESTDATA "/golden/tokenizer.jsonl");
  std::string line;
  while (std::getline(in, line)) {
    const nlohmann::json record = nlohmann::json::parse(line);
    out.push_back({absl::HexStringToBytes(record["text"].get<std::string>()),
                   record["ids"].get<std::vector<int32_t>>()});
  }
  return out;
}

class TokenizerGoldenTest : public testing::Test {
 protected:
  void SetUp() override {
    auto tokenizer = LoadTokenizer(FOOTNOTE_MODEL_DIR);
    ASSERT_TRUE(tokenizer.ok()) << tokenizer.status();
    tokenizer_ = std::move(*tokenizer);
    golden_ = ReadGolden();
    ASSERT_GE(golden_.size(), 400u);
  }

  std::unique_ptr<const Tokenizer> tokenizer_;
  std::vector<Golden> golden_;
};

TEST_F(TokenizerGoldenTest, IdsAreThoseOfTokenizers) {
  for (const Golden& g : golden_) {
    EXPECT_EQ(tokenizer_->Encode(g.text, 1 << 20), g.ids) << absl::CHexEscape(g.text);
    EXPECT_EQ(tokenizer_->CountTokens(g.text) + 2, g.ids.size()) << absl::CHexEscape(g.text);
  }
}

TEST_F(TokenizerGoldenTest, ALongTextIsCutBeforeTheLastSpecialToken) {
  for (const Golden& g : golden_) {
    for (const int max_tokens : {2, 3, 7, 16}) {
      std::vector<int32_t> wanted = g.ids;
      if (wanted.size() > max_tokens) {
        wanted.resize(max_tokens - 1);
        wanted.push_back(tokenizer_->special().sep);
      }
      EXPECT_EQ(tokenizer_->Encode(g.text, max_tokens), wanted) << absl::CHexEscape(g.text);
    }
  }
}

TEST_F(TokenizerGoldenTest, SpecialTokensAndVocabulary) {
  EXPECT_EQ(tokenizer_->special().pad, 0);
  EXPECT_EQ(tokenizer_->special().unk, 100);
  EXPECT_EQ(tokenizer_->special().cls, 101);
  EXPECT_EQ(tokenizer_->special().sep, 102);
  EXPECT_EQ(tokenizer_->special().mask, 103);
  EXPECT_EQ(tokenizer_->SpecialCount(), 2);
  EXPECT_EQ(tokenizer_->vocab_size(), 30522);
  EXPECT_EQ(tokenizer_->TokenText(103), "[MASK]");
  EXPECT_EQ(tokenizer_->TokenText(30521), "##～");
  EXPECT_EQ(tokenizer_->TokenText(-1), "");
  EXPECT_EQ(tokenizer_->TokenText(30522), "");
}

}  // namespace
}  // namespace footnote::transformer
