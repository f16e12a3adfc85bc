// Tokenizers of SentencePiece models and of GGUF files: ids as the library gives them, which
// tests/golden/sentencepiece_models.py writes, and the same from a GGUF file's keys.
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/transformer/tokenizer/golden_texts.h"
#include "transformer/tokenizer/gguf_tokenizer.h"
#include "transformer/tokenizer/sentencepiece_tokenizer.h"
#include "transformer/tokenizer/tokenizer.h"

namespace footnote::transformer {
namespace {

using nlohmann::json;
using testing::HasSubstr;

json ReadGolden(const std::string& name) {
  std::ifstream in(absl::StrCat(FOOTNOTE_TESTDATA "/golden/", name));
  return json::parse(in);
}

std::string ReadBytes(const std::string& name) {
  std::ifstream in(absl::StrCat(FOOTNOTE_TESTDATA "/golden/", name), std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

void AppendIds(const std::vector<int32_t>& ids, std::string* out) {
  const auto append = [out](uint32_t value) {
    for (int k = 0; k < 4; ++k) out->push_back(static_cast<char>(value >> (8 * k)));
  };
  append(static_cast<uint32_t>(ids.size()));
  for (const int32_t id : ids) append(static_cast<uint32_t>(id));
}

void ExpectGolden(const Tokenizer& tokenizer, const json& expected, size_t per_hash) {
  const GoldenTexts texts(ReadGolden("tokenizers.json"));
  for (size_t i = 0; i < expected["samples"].size(); ++i) {
    EXPECT_EQ(tokenizer.Tokenize(texts.Text(i), {false, false}),
              expected["samples"][i].get<std::vector<int32_t>>())
        << texts.Text(i);
  }
  for (size_t bucket = 0; bucket < expected["hashes"].size(); ++bucket) {
    uint32_t hash = 0;
    for (size_t i = 0; i < per_hash; ++i) {
      std::string ids;
      AppendIds(tokenizer.Tokenize(texts.Text(bucket * per_hash + i), {false, false}), &ids);
      hash = Crc32(ids, hash);
    }
    EXPECT_EQ(hash, expected["hashes"][bucket].get<uint32_t>()) << "bucket " << bucket;
  }
}

TEST(SentencePieceTest, BpeWithLlamasFrame) {
  const json golden = ReadGolden("sentencepiece.json");
  const auto tokenizer =
      MakeSentencePieceTokenizer("bpe.model", ReadBytes("sentencepiece/bpe.model"), {});
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status();
  ExpectGolden(**tokenizer, golden["bpe"], golden["per_hash"].get<size_t>());
  EXPECT_EQ((*tokenizer)->Encode("the", 100).front(), (*tokenizer)->special().bos);
  EXPECT_EQ((*tokenizer)->Decode((*tokenizer)->Encode("Grüße, 你好 \x01!", 100), true),
            "Grüße, 你好 \x01!");
  EXPECT_EQ((*tokenizer)->vocab_size(), golden["bpe"]["size"].get<int>());
}

TEST(SentencePieceTest, UnigramWithT5sFrameAndExtraIds) {
  const json golden = ReadGolden("sentencepiece.json");
  const auto tokenizer =
      MakeSentencePieceTokenizer("u.model", ReadBytes("sentencepiece/unigram.model"), {});
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status();
  ExpectGolden(**tokenizer, golden["unigram"], golden["per_hash"].get<size_t>());
  const int size = golden["unigram"]["size"].get<int>();
  EXPECT_EQ((*tokenizer)->vocab_size(), size + 100);
  EXPECT_EQ((*tokenizer)->TokenText(size + 99), "<extra_id_0>");
  EXPECT_EQ((*tokenizer)->TokenText(size), "<extra_id_99>");
  const std::vector<int32_t> ids = (*tokenizer)->Tokenize("the <extra_id_0> of", {true, true});
  EXPECT_EQ(ids.back(), 1);
  EXPECT_THAT(ids, testing::Contains(size + 99));
  EXPECT_THAT((*tokenizer)->Tokenize("the <extra_id_0> of", {true, false}),
              testing::Not(testing::Contains(size + 99)));
}

TEST(SentencePieceTest, XlmrMovesTheIdsByOne) {
  const json golden = ReadGolden("sentencepiece.json");
  TokenizerConfig config;
  config.tokenizer_class = "XLMRobertaTokenizer";
  const auto tokenizer =
      MakeSentencePieceTokenizer("b.model", ReadBytes("sentencepiece/bpe.model"), config);
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status();
  const GoldenTexts texts(ReadGolden("tokenizers.json"));
  for (size_t i = 0; i < 20; ++i) {
    std::vector<int32_t> expected = {0};
    for (const int32_t id : golden["bpe"]["samples"][i].get<std::vector<int32_t>>()) {
      expected.push_back(id == 0 ? 3 : id + 1);
    }
    expected.push_back(2);
    EXPECT_EQ((*tokenizer)->Tokenize(texts.Text(i), {true, false}), expected);
  }
  EXPECT_EQ((*tokenizer)->special().mask, golden["bpe"]["size"].get<int>() + 1);
  config.tokenizer_class = "CamembertTokenizer";
  EXPECT_EQ(
      MakeSentencePieceTokenizer("b", ReadBytes("sentencepiece/bpe.model"), config).status().code(),
      absl::StatusCode::kUnimplemented);
}

TEST(SentencePieceTest, WithoutLegacyOnlyTheBeginningGetsASpace) {
  TokenizerConfig config;
  config.legacy = false;
  const std::string model = ReadBytes("sentencepiece/bpe.model");
  const auto plain = MakeSentencePieceTokenizer("b", model, {});
  const auto tokenizer = MakeSentencePieceTokenizer("b", model, config);
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status();
  EXPECT_EQ((*tokenizer)->Tokenize("the", {true, false}), (*plain)->Tokenize("the", {true, false}));
  const auto text_after = [](const Tokenizer& t) {
    return std::string(t.TokenText(t.Tokenize("</s>the", {false, true})[1]));
  };
  EXPECT_THAT(text_after(**plain), testing::StartsWith("\u2581"));
  EXPECT_THAT(text_after(**tokenizer), testing::Not(testing::StartsWith("\u2581")));
}

TEST(SentencePieceTest, DamagedModelsAreRefused) {
  const std::string model = ReadBytes("sentencepiece/bpe.model");
  for (const std::string& bytes : {std::string(), std::string("x"), std::string(100, '\xFF'),
                                   model.substr(0, model.size() / 2)}) {
    EXPECT_EQ(MakeSentencePieceTokenizer("m", bytes, {}).status().code(),
              absl::StatusCode::kDataLoss);
  }
}

// Keys of a GGUF file, with what their views look at.
struct Keys {
  std::vector<std::string> texts;
  GgufMetadata::Map map;

  void Text(const std::string& key, absl::string_view text) {
    GgufValue value;
    value.kind = GgufValue::Kind::kString;
    value.s = text;
    map[key] = value;
  }
  void Texts(const std::string& key, const std::vector<std::string>& list) {
    GgufValue value;
    value.kind = GgufValue::Kind::kArray;
    value.element = GgufValue::Kind::kString;
    value.ss.assign(list.begin(), list.end());
    map[key] = value;
  }
  void Ints(const std::string& key, std::vector<int64_t> list) {
    GgufValue value;
    value.kind = GgufValue::Kind::kArray;
    value.element = GgufValue::Kind::kSigned;
    value.is = std::move(list);
    map[key] = value;
  }
  void Floats(const std::string& key, std::vector<float> list) {
    GgufValue value;
    value.kind = GgufValue::Kind::kArray;
    value.element = GgufValue::Kind::kFloat;
    value.fs = std::move(list);
    map[key] = value;
  }
  void Id(const std::string& key, int64_t id) {
    GgufValue value;
    value.kind = GgufValue::Kind::kSigned;
    value.i = id;
    map[key] = value;
  }
};

Keys LlamaKeys(const json& golden, std::vector<std::string>* pieces) {
  *pieces = golden["bpe"]["pieces"].get<std::vector<std::string>>();
  Keys keys;
  keys.Text("tokenizer.ggml.model", "llama");
  keys.Texts("tokenizer.ggml.tokens", *pieces);
  keys.Floats("tokenizer.ggml.scores", golden["bpe"]["scores"].get<std::vector<float>>());
  keys.Ints("tokenizer.ggml.token_type", golden["bpe"]["types"].get<std::vector<int64_t>>());
  keys.Id("tokenizer.ggml.bos_token_id", 1);
  keys.Id("tokenizer.ggml.eos_token_id", 2);
  keys.Id("tokenizer.ggml.unknown_token_id", 0);
  return keys;
}

TEST(GgufTokenizerTest, LlamaGivesTheIdsOfTheLibrary) {
  const json golden = ReadGolden("sentencepiece.json");
  std::vector<std::string> pieces;
  const Keys keys = LlamaKeys(golden, &pieces);
  const auto tokenizer = MakeGgufTokenizer(GgufMetadata(keys.map), "g.gguf");
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status();
  ExpectGolden(**tokenizer, golden["bpe"], golden["per_hash"].get<size_t>());
  EXPECT_EQ((*tokenizer)->Encode("the", 10).front(), 1);
  EXPECT_EQ((*tokenizer)->special().eos, 2);
}

TEST(GgufTokenizerTest, Gpt2GivesTheIdsOfTokenizerJson) {
  for (const auto& [name, pre] : {std::pair<const char*, const char*>{"gpt2", "gpt-2"},
                                  {"llama3", "llama-bpe"},
                                  {"qwen2", "qwen2"}}) {
    const std::string path = absl::StrCat(FOOTNOTE_TESTDATA "/golden/tokenizers/", name, ".json");
    const json file = ReadGolden(absl::StrCat("tokenizers/", name, ".json"));
    const auto expected = LoadTokenizer(path);
    ASSERT_TRUE(expected.ok()) << expected.status();
    std::vector<std::string> tokens, merges;
    std::vector<int64_t> types;
    for (int id = 0; id < (*expected)->vocab_size(); ++id) {
      tokens.emplace_back((*expected)->TokenText(id));
      types.push_back((*expected)->IsSpecial(id) ? 3 : 1);
    }
    for (const json& added : file["added_tokens"]) {
      if (!added["special"].get<bool>()) types[added["id"].get<size_t>()] = 4;
    }
    for (const json& merge : file["model"]["merges"]) {
      merges.push_back(absl::StrCat(merge[0].get<std::string>(), " ", merge[1].get<std::string>()));
    }
    Keys keys;
    keys.Text("tokenizer.ggml.model", "gpt2");
    keys.Text("tokenizer.ggml.pre", pre);
    keys.Texts("tokenizer.ggml.tokens", tokens);
    keys.Texts("tokenizer.ggml.merges", merges);
    keys.Ints("tokenizer.ggml.token_type", types);
    const auto tokenizer = MakeGgufTokenizer(GgufMetadata(keys.map), "g.gguf");
    ASSERT_TRUE(tokenizer.ok()) << tokenizer.status();
    const GoldenTexts texts(ReadGolden("tokenizers.json"));
    for (uint64_t i = 0; i < 5000; ++i) {
      const std::string text = texts.Text(i);
      const auto ids = (*expected)->Tokenize(text, {false, false});
      ASSERT_EQ((*tokenizer)->Tokenize(text, {false, false}), ids) << name << " " << i;
      ASSERT_EQ((*tokenizer)->Decode(ids, true), (*expected)->Decode(ids, true));
    }
  }
}

TEST(GgufTokenizerTest, ContradictionsAreRefusedByName) {
  const json golden = ReadGolden("sentencepiece.json");
  std::vector<std::string> pieces;
  const Keys good = LlamaKeys(golden, &pieces);
  const auto refused = [](const Keys& keys, absl::StatusCode code, const char* message) {
    const absl::Status status = MakeGgufTokenizer(GgufMetadata(keys.map), "g.gguf").status();
    EXPECT_EQ(status.code(), code) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr(message));
  };
  Keys keys = good;
  keys.map.erase("tokenizer.ggml.model");
  refused(keys, absl::StatusCode::kNotFound, "tokenizer.ggml.model");
  keys = good;
  keys.Text("tokenizer.ggml.model", "rwkv");
  refused(keys, absl::StatusCode::kUnimplemented, "rwkv");
  keys = good;
  keys.map.erase("tokenizer.ggml.tokens");
  refused(keys, absl::StatusCode::kDataLoss, "tokens");
  keys = good;
  keys.map["tokenizer.ggml.scores"].fs.pop_back();
  refused(keys, absl::StatusCode::kDataLoss, "scores");
  keys = good;
  keys.map["tokenizer.ggml.token_type"].is.push_back(1);
  refused(keys, absl::StatusCode::kDataLoss, "token_type");
  for (const int64_t id : {int64_t{700'000}, int64_t{-2}, INT64_MIN, INT64_MAX}) {
    keys = good;
    keys.Id("tokenizer.ggml.eos_token_id", id);
    refused(keys, absl::StatusCode::kDataLoss, "eos_token_id");
  }
  keys = good;
  keys.Text("tokenizer.ggml.model", "gpt2");
  refused(keys, absl::StatusCode::kDataLoss, "merges");
  const std::vector<std::string> merges = {"a b"};  // the keys view it
  keys.Texts("tokenizer.ggml.merges", merges);
  keys.Text("tokenizer.ggml.pre", "other");
  refused(keys, absl::StatusCode::kUnimplemented, "gpt-2");
}

// Byte tokens with signs or without digits wrote before a buffer in llama.cpp (#25969), and long
// tokens overflowed a signed length (CVE-2025-49847).
TEST(GgufTokenizerTest, OddByteTokensAndLongTokensAreHarmless) {
  const json golden = ReadGolden("sentencepiece.json");
  std::vector<std::string> pieces;
  Keys keys = LlamaKeys(golden, &pieces);
  const std::string names[] = {"<0x-1>", "<0xGG>", "<0x 1>", "<0x>", "<0x100>", "<0x+F>"};
  for (size_t i = 0; i < std::size(names); ++i) pieces[300 + i] = names[i];
  keys.Texts("tokenizer.ggml.tokens", pieces);
  const auto tokenizer = MakeGgufTokenizer(GgufMetadata(keys.map), "g.gguf");
  ASSERT_TRUE(tokenizer.ok()) << tokenizer.status();
  for (int32_t id = 300; id < 306; ++id) {
    (*tokenizer)->Decode({id, id}, false);
    EXPECT_LE((*tokenizer)->TokenBytes(id).size(), 7u);
  }
  EXPECT_EQ((*tokenizer)->TokenBytes(300), "<0x-1>");
  (*tokenizer)->Tokenize("<0x-1> \x01\xFF", {true, true});
  const std::string long_token(100'000, 'a');
  pieces[310] = long_token;
  keys.Texts("tokenizer.ggml.tokens", pieces);
  EXPECT_EQ(MakeGgufTokenizer(GgufMetadata(keys.map), "g").status().code(),
            absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace footnote::transformer
