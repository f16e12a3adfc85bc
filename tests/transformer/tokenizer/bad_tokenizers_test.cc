// tokenizer.json and SentencePiece models that are damaged or made up to do harm.
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "transformer/io/json.h"
#include "transformer/tokenizer/charsmap.h"
#include "transformer/tokenizer/pipeline.h"
#include "transformer/tokenizer/sentencepiece_check.h"
#include "transformer/tokenizer/sentencepiece_tokenizer.h"
#include "transformer/tokenizer/stream_decoder.h"

namespace footnote::transformer {
namespace {

using nlohmann::json;
using testing::HasSubstr;

constexpr absl::StatusCode kDamaged = absl::StatusCode::kDataLoss;
constexpr absl::StatusCode kInvalid = absl::StatusCode::kInvalidArgument;
constexpr absl::StatusCode kUnknown = absl::StatusCode::kUnimplemented;

absl::StatusOr<std::unique_ptr<const Tokenizer>> FromJson(const std::string& text) {
  const auto root = ParseJsonObject(text, "t.json");
  if (!root.ok()) return root.status();
  return MakeTokenizerFromJson(*root, "t.json", {}, "");
}

const char kBpe[] = R"({"model":{"type":"BPE","vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]}})";

// kBpe with one text in place of another.
std::string Bpe(const std::string& from, const std::string& to) {
  return absl::StrReplaceAll(kBpe, {{from, to}});
}
// kBpe with a component before its model.
std::string With(const std::string& component) {
  return Bpe("{\"model\"", absl::StrCat("{", component, ",\"model\""));
}

struct BadCase {
  std::string name;
  std::string file;
  absl::StatusCode code;
  std::string message;
};

class BadTokenizerTest : public testing::TestWithParam<BadCase> {};

TEST_P(BadTokenizerTest, IsRefusedWithTheReason) {
  ASSERT_TRUE(FromJson(kBpe).ok());
  const auto tokenizer = FromJson(GetParam().file);
  ASSERT_FALSE(tokenizer.ok());
  EXPECT_EQ(tokenizer.status().code(), GetParam().code) << tokenizer.status();
  EXPECT_THAT(std::string(tokenizer.status().message()), HasSubstr(GetParam().message));
}

std::string DeepSequence(int depth) {
  std::string out;
  for (int i = 0; i < depth; ++i) absl::StrAppend(&out, R"({"type":"Sequence","normalizers":[)");
  absl::StrAppend(&out, R"({"type":"NFC"})");
  for (int i = 0; i < depth; ++i) absl::StrAppend(&out, "]}");
  return With("\"normalizer\":" + out);
}

INSTANTIATE_TEST_SUITE_P(
    Cases, BadTokenizerTest,
    testing::Values(
        BadCase{"Empty", "", kDamaged, "not valid JSON"},
        BadCase{"NoModel", "{}", kDamaged, "no \"model\""},
        BadCase{"DeepArrays", std::string(100'000, '['), kDamaged, "nested more than"},
        BadCase{"DeepSequences", DeepSequence(100), kDamaged, "nested more than"},
        BadCase{"UnknownModel", Bpe("BPE", "Other"), kUnknown, "\"Other\""},
        BadCase{"IdNegative", Bpe(":2", ":-1"), kDamaged, "\"ab\""},
        BadCase{"IdOfTwo", Bpe(":2", ":1"), kDamaged, "1"},
        BadCase{"IdAbove31Bits", Bpe(":2", ":2147483648"), kDamaged, "\"ab\""},
        BadCase{"IdMax64", Bpe(":2", ":18446744073709551615"), kDamaged, "\"ab\""},
        BadCase{"IdIsFraction", Bpe(":2", ":2.5"), kDamaged, "\"ab\""},
        BadCase{"MergeOfOne", Bpe("a b", "a"), kDamaged, "two tokens"},
        BadCase{"MergeOfThree", Bpe("a b", "a b c"), kDamaged, "two tokens"},
        BadCase{"MergeOfUnknown", Bpe("a b", "a x"), kDamaged, "x"},
        BadCase{"BadRegex",
                With(R"("pre_tokenizer":{"type":"Split","pattern":{"Regex":"("},)"
                     R"("behavior":"Isolated"})"),
                kDamaged, "can't be read"},
        BadCase{"PatternOfNeither",
                With(R"("pre_tokenizer":{"type":"Split","pattern":{"Glob":"*"},)"
                     R"("behavior":"Isolated"})"),
                kDamaged, "a pattern"},
        BadCase{"UnknownNormalizer", With(R"("normalizer":{"type":"Shell"})"), kUnknown, "Shell"},
        BadCase{"UnknownPreTokenizer", With(R"("pre_tokenizer":{"type":"Shell"})"), kUnknown,
                "Shell"},
        BadCase{"UnknownDecoder", With(R"("decoder":{"type":"Shell"})"), kUnknown, "Shell"},
        BadCase{"UnknownPostProcessor", With(R"("post_processor":{"type":"Shell"})"), kUnknown,
                "Shell"},
        BadCase{"TypeIsNumber", With(R"("normalizer":{"type":1})"), kInvalid, "\"type\""},
        BadCase{"CharsmapIsNotBase64",
                With(R"("normalizer":{"type":"Precompiled","precompiled_charsmap":"?"})"), kDamaged,
                "base64"},
        BadCase{
            "CharsmapWraps",
            With(R"("normalizer":{"type":"Precompiled","precompiled_charsmap":"//////////8="})"),
            kDamaged, "says that its trie has 4294967295"},
        BadCase{"FixedLengthZero", With(R"("pre_tokenizer":{"type":"FixedLength","length":0})"),
                kInvalid, "length"},
        BadCase{"FixedLengthMin",
                With(R"("pre_tokenizer":{"type":"FixedLength","length":-9223372036854775808})"),
                kInvalid, "length"},
        BadCase{"AddedTokenIdNegative", With(R"("added_tokens":[{"id":-1,"content":"<x>"}])"),
                kDamaged, "<x>"},
        BadCase{"AddedTokenOfTwoIds", With(R"("added_tokens":[{"id":9,"content":"ab"}])"), kDamaged,
                "has the ids 9 and 2"},
        BadCase{"AddedTokenEmpty", With(R"("added_tokens":[{"id":9,"content":""}])"), kDamaged,
                "no content"}),
    [](const auto& info) { return info.param.name; });

// Names of byte tokens with signs, without digits or too long wrote before a
// buffer elsewhere (llama.cpp #25969); here they are texts like others.
TEST(BadTokenizersTest, OddByteTokensAreHarmless) {
  json vocab = json::object();
  const std::vector<std::string> names = {"<unk>", "<0x-1>", "<0xGG>",  "<0x 1>", "<0x>",
                                          "<0x1>", "<0x+F>", "<0x100>", "<0x41>", "<0xff>"};
  for (size_t i = 0; i < names.size(); ++i) vocab[names[i]] = i;
  // A plus is read, as `tokenizers` does.
  std::vector<std::string> expected = names;
  expected[6] = "\x0F";
  expected[8] = "A";
  expected[9] = "\xFF";
  json bpe = {{"model",
               {{"type", "BPE"},
                {"vocab", vocab},
                {"merges", json::array()},
                {"unk_token", "<unk>"},
                {"byte_fallback", true}}},
              {"decoder", {{"type", "ByteFallback"}}}};
  json unigram = bpe;
  unigram["model"] = {{"type", "Unigram"}, {"unk_id", 0}, {"byte_fallback", true}};
  for (const std::string& name : names) unigram["model"]["vocab"].push_back({name, -1.0});
  for (const json& root : {bpe, unigram}) {
    const auto tokenizer = FromJson(root.dump());
    ASSERT_TRUE(tokenizer.ok()) << tokenizer.status();
    StreamDecoder stream(**tokenizer, true);
    for (int32_t id = 0; id < static_cast<int32_t>(names.size()); ++id) {
      const std::string bytes = (*tokenizer)->TokenBytes(id);
      EXPECT_EQ(bytes, expected[static_cast<size_t>(id)]);
      (*tokenizer)->Decode({id, id}, false);
      stream.Push(id);
    }
    stream.Flush();
    (*tokenizer)->Encode("<0x-1> A \x01\xFF \u00FF", 1000);
  }
}

// A length kept in too few bits overflowed elsewhere (CVE-2025-49847).
TEST(BadTokenizersTest, ALongTokenIsNothingSpecial) {
  const std::string token(1 << 20, 'x');
  const auto tokenizer = FromJson(absl::StrReplaceAll(
      With(R"("decoder":{"type":"Fuse"})"), {{":2", absl::StrCat(":2,\"", token, "\":3")}}));
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status();
  EXPECT_TRUE((*tokenizer)->TokenBytes(3) == token);
  EXPECT_EQ((*tokenizer)->Decode({3, 0, 3}, false).size(), 2 * token.size() + 1);
  EXPECT_EQ((*tokenizer)->Encode("ab" + token, 10), std::vector<int32_t>{2});
}

// A trie of so many units, of which none but the root leads anywhere.
Charsmap Table(size_t units) {
  Charsmap out;
  out.units.assign(units, 1u << 31);  // values, which match no byte
  out.units[0] = 0xFE;                // the root: its children are in its own block
  out.replacements = std::string("b\0", 2);
  return out;
}
// The unit of `label` whose children are `offset` away.
uint32_t Unit(uint32_t label, uint32_t offset, bool value = false) {
  return label | offset << 10 | (value ? 1u << 8 : 0u);
}

TEST(CharsmapTest, WhatStaysInsideIsAccepted) {
  Charsmap good = Table(512);
  good.units['a'] = Unit('a', 'a' ^ 256, true);  // 'a' is replaced by "b"
  good.units[256] = 1u << 31 | 0;
  EXPECT_TRUE(CheckCharsmap(good).ok()) << CheckCharsmap(good);
  EXPECT_TRUE(CheckCharsmap(Table(256)).ok());
}

TEST(CharsmapTest, WaysOutOfTheTrieAreRefused) {
  const auto refused = [](const Charsmap& table, const char* message) {
    const absl::Status status = CheckCharsmap(table);
    EXPECT_EQ(status.code(), kDamaged) << message;
    EXPECT_THAT(std::string(status.message()), HasSubstr(message));
  };
  refused(Table(255), "leads outside");
  refused(Charsmap(), "no trie");
  Charsmap table = Table(512);
  table.units['a'] = Unit('a', 1024);
  refused(table, "leads outside");
  table.units['a'] = Unit('a', 0x1FFFFF) | 1u << 9;  // the farthest that there is
  refused(table, "leads outside");
  // A value beyond the replacements.
  table = Table(512);
  table.units['a'] = Unit('a', 'a' ^ 256, true);
  table.units[256] = 1u << 31 | 2;
  refused(table, "replacement outside");
  // "a" leads back to itself.
  table = Table(256);
  table.units['a'] = Unit('a', 'a');
  refused(table, "trie without end");
  table = Table(256);
  table.replacements = "b";
  refused(table, "without end");
  table.replacements.clear();
  refused(table, "without end");
}

// 33 bytes in a row that each end a replacement: the library has room for 32.
TEST(CharsmapTest, MoreResultsThanThereIsRoomForAreRefused) {
  for (const size_t length : {32, 33}) {
    Charsmap table = Table(256 * (length + 1));
    for (size_t i = 0; i < length; ++i) {
      // The unit of byte i + 1 in block i leads to block i + 1, whose first unit is its value.
      const uint32_t at = static_cast<uint32_t>(256 * i + i + 1);
      table.units[at] =
          Unit(static_cast<uint32_t>(i + 1), at ^ (256 * static_cast<uint32_t>(i + 1)), true);
      table.units[256 * (i + 1)] = 1u << 31;
    }
    EXPECT_EQ(CheckCharsmap(table).ok(), length == 32) << CheckCharsmap(table);
  }
}

std::string ReadAll(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

std::string Field(int number, const std::string& bytes) {
  std::string out(1, static_cast<char>(number << 3 | 2));
  for (size_t n = bytes.size();; n >>= 7) {
    out += static_cast<char>((n & 0x7F) | (n > 0x7F ? 0x80 : 0));
    if (n <= 0x7F) break;
  }
  return out + bytes;
}

// The library would read where the table says, wherever that is.
TEST(SentencePieceCheckTest, TablesThatLeadOutsideAreRefused) {
  const std::string good = ReadAll(FOOTNOTE_TESTDATA "/golden/sentencepiece/unigram.model");
  ASSERT_FALSE(good.empty());
  EXPECT_TRUE(CheckSentencePieceModel(good).ok());
  EXPECT_TRUE(CheckSentencePieceModel("").ok());
  std::string table = std::string("\0\x04\0\0", 4) + std::string(1024, '\xFF');
  for (const int spec : {3, 5}) {  // normaliser and denormaliser
    const std::string bad = good + Field(spec, Field(2, table + std::string("x\0", 2)));
    const auto tokenizer = MakeSentencePieceTokenizer("m", bad, {});
    EXPECT_EQ(tokenizer.status().code(), kDamaged);
    EXPECT_THAT(std::string(tokenizer.status().message()), HasSubstr("leads outside"));
  }
}

TEST(SentencePieceCheckTest, OtherBytesAreNoModel) {
  for (const std::string& bytes :
       {std::string("\x1A"), std::string("\x1A\x05"), std::string("\x1A\xFF\xFF\xFF\xFF\x0F"),
        std::string(11, '\xFF'), std::string("\x1B\x1C"), std::string("\x02\x01", 2),
        std::string("\x1A\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x01")}) {
    EXPECT_EQ(CheckSentencePieceModel(bytes).code(), kDamaged);
    EXPECT_EQ(MakeSentencePieceTokenizer("m", bytes, {}).status().code(), kDamaged);
  }
}

}  // namespace
}  // namespace footnote::transformer
