// Tokenizers of every kind against `tokenizers`: identical ids and texts over 100,000 texts each.
// tests/golden/tokenizer_kinds.py trains them and writes the expected results.
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/types/span.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/transformer/tokenizer/golden_texts.h"
#include "transformer/text/utf8.h"
#include "transformer/tokenizer/stream_decoder.h"
#include "transformer/tokenizer/tokenizer.h"

namespace footnote::transformer {
namespace {

using nlohmann::json;

const json& Golden() {
  static const json kGolden = [] {
    std::ifstream in(FOOTNOTE_TESTDATA "/golden/tokenizers.json");
    return json::parse(in);
  }();
  return kGolden;
}

std::vector<std::string> Names() {
  std::vector<std::string> out;
  for (const auto& [name, value] : Golden()["tokenizers"].items()) out.push_back(name);
  return out;
}

void AppendIds(const std::vector<int32_t>& ids, std::string* out) {
  const auto append = [out](uint32_t value) {
    for (int k = 0; k < 4; ++k) out->push_back(static_cast<char>(value >> (8 * k)));
  };
  append(static_cast<uint32_t>(ids.size()));
  for (const int32_t id : ids) append(static_cast<uint32_t>(id));
}

class TokenizerKindsTest : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    auto tokenizer = LoadTokenizer(FOOTNOTE_TESTDATA "/golden/tokenizers/" + GetParam() + ".json");
    ASSERT_TRUE(tokenizer.ok()) << tokenizer.status();
    tokenizer_ = std::move(*tokenizer);
  }

  std::unique_ptr<const Tokenizer> tokenizer_;
  const GoldenTexts texts_{Golden()};
};

TEST_P(TokenizerKindsTest, SamplesAreThoseOfTokenizers) {
  const json& samples = Golden()["tokenizers"][GetParam()]["samples"];
  ASSERT_GE(samples.size(), 20u);
  for (size_t i = 0; i < samples.size(); ++i) {
    const std::string text = texts_.Text(i);
    const std::vector<int32_t> ids = tokenizer_->Encode(text, 1 << 30);
    EXPECT_EQ(ids, samples[i][0].get<std::vector<int32_t>>()) << text;
    EXPECT_EQ(tokenizer_->Tokenize(text, {false, false}), samples[i][1].get<std::vector<int32_t>>())
        << text;
    EXPECT_EQ(tokenizer_->Decode(ids, false), samples[i][2].get<std::string>());
    EXPECT_EQ(tokenizer_->Decode(ids, true), samples[i][3].get<std::string>());
  }
}

// A bucket that differs: tests/golden/tokenizer_kinds.py check names the texts.
TEST_P(TokenizerKindsTest, AHundredThousandTextsAreThoseOfTokenizers) {
  const auto hashes = Golden()["tokenizers"][GetParam()]["hashes"].get<std::vector<uint32_t>>();
  const auto text_hashes = Golden()["texts"].get<std::vector<uint32_t>>();
  const size_t per_bucket = Golden()["per_bucket"].get<size_t>();
  ASSERT_GE(hashes.size() * per_bucket, 100000u);
  for (size_t bucket = 0; bucket < hashes.size(); ++bucket) {
    uint32_t hash = 0, text_hash = 0;
    for (size_t i = 0; i < per_bucket; ++i) {
      const std::string text = texts_.Text(bucket * per_bucket + i);
      text_hash = Crc32(text, text_hash);
      const std::vector<int32_t> ids = tokenizer_->Encode(text, 1 << 30);
      std::string result;
      AppendIds(ids, &result);
      AppendIds(tokenizer_->Tokenize(text, {false, false}), &result);
      result += tokenizer_->Decode(ids, false);
      result.push_back('\0');
      result += tokenizer_->Decode(ids, true);
      result.push_back('\0');
      hash = Crc32(result, hash);
    }
    ASSERT_EQ(text_hash, text_hashes[bucket]) << "the texts themselves differ";
    EXPECT_EQ(hash, hashes[bucket]) << "bucket " << bucket;
  }
}

TEST_P(TokenizerKindsTest, CountsAndCutsAgreeWithEncode) {
  for (uint64_t i = 0; i < 500; ++i) {
    const std::string text = texts_.Text(i);
    const std::vector<int32_t> ids = tokenizer_->Encode(text, 1 << 30);
    const int special = tokenizer_->SpecialCount();
    EXPECT_EQ(tokenizer_->CountTokens(text) + special, static_cast<int>(ids.size()));
    EXPECT_EQ(tokenizer_->Tokenize(text, {true, true}), ids);
    for (const int max_tokens : {special, special + 1, special + 5}) {
      const std::vector<int32_t> cut = tokenizer_->Encode(text, max_tokens);
      EXPECT_EQ(cut.size(), std::min<size_t>(ids.size(), max_tokens));
    }
    for (const int32_t id : ids) EXPECT_LT(id, tokenizer_->vocab_size());
  }
}

TEST_P(TokenizerKindsTest, AStreamGivesTheTextOfDecodeInWholeCharacters) {
  uint64_t state = 1;
  const auto random_id = [&] {
    state = state * 6364136223846793005 + 1442695040888963407;
    return static_cast<int32_t>((state >> 33) % static_cast<uint64_t>(tokenizer_->vocab_size()));
  };
  for (uint64_t i = 0; i < 600; ++i) {
    std::vector<int32_t> ids = tokenizer_->Encode(texts_.Text(i), 1 << 30);
    if (i % 3 == 0) {  // any tokens: bytes that are no text, special ones in between
      for (int32_t& id : ids) id = random_id();
    }
    for (const bool skip_special : {false, true}) {
      StreamDecoder stream(*tokenizer_, skip_special);
      std::string joined;
      for (const int32_t id : ids) {
        const std::string part = stream.Push(id);
        EXPECT_TRUE(IsValidUtf8(part));
        joined += part;
      }
      joined += stream.Flush();
      EXPECT_EQ(joined, tokenizer_->Decode(ids, skip_special)) << "text " << i;
    }
  }
}

TEST_P(TokenizerKindsTest, StreamedTextGoesOnTheTextBefore) {
  int compared = 0;
  for (int i = 0; i < 3000; ++i) {
    const std::vector<int32_t> ids = tokenizer_->Tokenize(texts_.Text(i), {false, false});
    const size_t cut = ids.size() / 2;
    if (cut == 0 || tokenizer_->IsSpecial(ids[cut - 1]) || IsByteToken(*tokenizer_, ids[cut - 1]) ||
        !IsValidUtf8(tokenizer_->TokenBytes(ids[cut - 1]))) {
      continue;
    }
    const auto before = absl::MakeConstSpan(ids).first(cut);
    const std::string whole = tokenizer_->Decode(ids, true);
    const std::string start = tokenizer_->Decode(before, true);
    if (!absl::StartsWith(whole, start)) continue;  // it depends on what follows
    StreamDecoder stream(*tokenizer_, true, before);
    std::string joined;
    for (size_t k = cut; k < ids.size(); ++k) joined += stream.Push(ids[k]);
    joined += stream.Flush();
    EXPECT_EQ(start + joined, whole) << "text " << i;
    ++compared;
  }
  EXPECT_GT(compared, 1000);
}

TEST_P(TokenizerKindsTest, BytesOfTokensMakeTheTextInTheMiddle) {
  for (int32_t id = 0; id < tokenizer_->vocab_size(); ++id) {
    const std::string bytes = tokenizer_->TokenBytes(id);
    if (tokenizer_->IsSpecial(id)) {
      EXPECT_EQ(bytes, tokenizer_->TokenText(id));
      continue;
    }
    const std::vector<int32_t> around = tokenizer_->Tokenize("a b", {false, false});
    if (!IsValidUtf8(bytes) || around.size() < 2) continue;
    const std::vector<int32_t> ids = {around[0], around[1], id, around[0], around[1]};
    if (bytes.size() == 1 && tokenizer_->TokenText(id).size() == 6) continue;  // one byte of a run
    EXPECT_THAT(tokenizer_->Decode(ids, false), testing::HasSubstr(bytes)) << id;
  }
}

INSTANTIATE_TEST_SUITE_P(All, TokenizerKindsTest, testing::ValuesIn(Names()), [](const auto& info) {
  std::string name = info.param;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

}  // namespace
}  // namespace footnote::transformer
