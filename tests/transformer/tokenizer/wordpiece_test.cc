#include "transformer/tokenizer/wordpiece.h"

#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "transformer/tokenizer/tokenizer.h"
#include "transformer/tokenizer/trie.h"
#include "transformer/tokenizer/wordpiece_files.h"

namespace footnote::transformer {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

TEST(TrieTest, FindsTheLongestKey) {
  const Trie trie({{"a", 1}, {"abc", 2}, {"b", 3}, {"b", 4}, {"", 5}, {"\xFF\x01", 6}});
  EXPECT_EQ(trie.LongestPrefix("abd").id, 1);
  EXPECT_EQ(trie.LongestPrefix("abcd").id, 2);
  EXPECT_EQ(trie.LongestPrefix("abcd").length, 3u);
  EXPECT_EQ(trie.LongestPrefix("b").id, 4) << "the last of equal keys wins";
  EXPECT_EQ(trie.LongestPrefix("\xFF\x01").id, 6);
  EXPECT_EQ(trie.LongestPrefix("c").id, -1);
  EXPECT_EQ(trie.LongestPrefix("").id, -1);
  EXPECT_EQ(Trie({}).LongestPrefix("a").id, -1);
}

// Against a plain search, on keys that share many prefixes.
TEST(TrieTest, EqualsAPlainSearch) {
  std::vector<std::pair<std::string, int32_t>> keys;
  uint32_t state = 1;
  const auto next = [&state](uint32_t n) {
    state = state * 1664525 + 1013904223;
    return (state >> 16) % n;
  };
  const auto word = [&] {
    std::string out;
    for (uint32_t i = 1 + next(6); i > 0; --i)
      out.push_back(static_cast<char>("ab\xE2\x82z"[next(5)]));
    return out;
  };
  for (int i = 0; i < 2000; ++i) keys.emplace_back(word(), i);
  const Trie trie(keys);
  for (int i = 0; i < 5000; ++i) {
    const std::string text = word() + word();
    Trie::Match expected;
    for (const auto& [key, id] : keys) {
      if (text.compare(0, key.size(), key) == 0 && key.size() >= expected.length) {
        expected = {id, key.size()};
      }
    }
    EXPECT_EQ(trie.LongestPrefix(text).id, expected.id);
    EXPECT_EQ(trie.LongestPrefix(text).length, expected.length);
  }
}

WordPieceSpec SmallSpec() {
  WordPieceSpec spec;
  spec.vocab = {{"[UNK]", 0},  {"[CLS]", 1}, {"[SEP]", 2}, {"un", 3}, {"##aff", 4},
                {"##able", 5}, {"a", 6},     {"##b", 7},   {"e", 8},  {"=", 9},
                {"É", 10},     {"##é", 11},  {"中", 12},   {"A", 13}, {"aa", 14}};
  spec.added_tokens = {{"[CLS]", 1}, {"[SEP]", 2}, {"[S", 20}, {"中中", 21}};
  spec.prefix_ids = {1};
  spec.suffix_ids = {2};
  return spec;
}

std::vector<int32_t> Ids(const WordPieceSpec& spec, absl::string_view text) {
  const auto tokenizer = MakeWordPieceTokenizer("small", spec);
  EXPECT_TRUE(tokenizer.ok()) << tokenizer.status();
  std::vector<int32_t> ids = (*tokenizer)->Encode(text, 1 << 20);
  EXPECT_EQ(ids.size(), (*tokenizer)->CountTokens(text) + 2);
  return {ids.begin() + 1, ids.end() - 1};
}

TEST(WordPieceTest, GreedyLongestMatchOrUnknown) {
  EXPECT_THAT(Ids(SmallSpec(), "unaffable"), ElementsAre(3, 4, 5));
  EXPECT_THAT(Ids(SmallSpec(), "unaffabl"), ElementsAre(0));
  EXPECT_THAT(Ids(SmallSpec(), "a unx ab"), ElementsAre(6, 0, 6, 7));
  // Greedy takes "aa", and "##a" is missing: no way back to "a".
  EXPECT_THAT(Ids(SmallSpec(), "aaa"), ElementsAre(0));
}

TEST(WordPieceTest, AddedTokensGoFirstLeftmostLongest) {
  EXPECT_THAT(Ids(SmallSpec(), "a[SEP]a"), ElementsAre(6, 2, 6));
  EXPECT_THAT(Ids(SmallSpec(), "[SEa"), ElementsAre(20, 0));
  EXPECT_THAT(Ids(SmallSpec(), "中中中"), ElementsAre(21, 12));
}

TEST(WordPieceTest, NormalizationOptions) {
  WordPieceSpec spec = SmallSpec();
  EXPECT_THAT(Ids(spec, "É e\xCC\x81 A"), ElementsAre(8, 8, 6));
  EXPECT_THAT(Ids(spec, "≠"), ElementsAre(9));
  EXPECT_THAT(Ids(spec, "a\u200B\u0301b中a"), ElementsAre(6, 7, 12, 6));
  spec.normalization.lowercase = false;
  spec.normalization.strip_accents = false;
  EXPECT_THAT(Ids(spec, "É A a"), ElementsAre(10, 13, 6));
  EXPECT_THAT(Ids(spec, "aé"), ElementsAre(6, 11));
  spec.normalization.handle_chinese_chars = false;
  EXPECT_THAT(Ids(spec, "a中a"), ElementsAre(0));
  spec.normalization.clean_text = false;
  EXPECT_THAT(Ids(spec, "a\u200Bb"), ElementsAre(0));
}

TEST(WordPieceTest, AWordOfTooManyCharactersIsUnknown) {
  WordPieceSpec spec = SmallSpec();
  spec.max_chars_per_word = 3;
  EXPECT_THAT(Ids(spec, "abb"), ElementsAre(6, 7, 7));
  EXPECT_THAT(Ids(spec, "abbb a"), ElementsAre(0, 6));
  EXPECT_THAT(Ids(spec, std::string(1 << 20, 'a')), ElementsAre(0));
}

TEST(WordPieceTest, BadSpecsAreRefused) {
  WordPieceSpec spec = SmallSpec();
  spec.unk_token = "<unk>";
  EXPECT_THAT(MakeWordPieceTokenizer("f", spec).status().message(), HasSubstr("f: "));
  EXPECT_THAT(MakeWordPieceTokenizer("f", spec).status().message(), HasSubstr("<unk>"));
  spec = SmallSpec();
  spec.vocab.push_back({"x", -1});
  EXPECT_EQ(MakeWordPieceTokenizer("f", spec).status().code(), absl::StatusCode::kDataLoss);
  spec.vocab.back().second = 2'000'000'000;
  EXPECT_EQ(MakeWordPieceTokenizer("f", spec).status().code(), absl::StatusCode::kDataLoss);
  spec = SmallSpec();
  spec.suffix_ids = {99};
  EXPECT_EQ(MakeWordPieceTokenizer("f", spec).status().code(), absl::StatusCode::kDataLoss);
  for (const int chars : {0, -1, 1001, INT32_MAX, INT32_MIN}) {
    spec = SmallSpec();
    spec.max_chars_per_word = chars;
    EXPECT_EQ(MakeWordPieceTokenizer("f", spec).status().code(), absl::StatusCode::kDataLoss);
  }
}

json GoodTokenizer() {
  return json::parse(R"({
    "added_tokens": [{"id": 0, "content": "[UNK]", "special": true, "normalized": false,
                      "single_word": false, "lstrip": false, "rstrip": false}],
    "normalizer": {"type": "BertNormalizer", "clean_text": true, "handle_chinese_chars": true,
                   "strip_accents": null, "lowercase": true},
    "pre_tokenizer": {"type": "BertPreTokenizer"},
    "post_processor": {"type": "TemplateProcessing",
      "single": [{"SpecialToken": {"id": "[CLS]", "type_id": 0}}, {"Sequence": {"id": "A"}},
                 {"SpecialToken": {"id": "[SEP]", "type_id": 0}}],
      "special_tokens": {"[CLS]": {"id": "[CLS]", "ids": [1], "tokens": ["[CLS]"]},
                         "[SEP]": {"id": "[SEP]", "ids": [2], "tokens": ["[SEP]"]}}},
    "model": {"type": "WordPiece", "unk_token": "[UNK]", "continuing_subword_prefix": "##",
              "max_input_chars_per_word": 100,
              "vocab": {"[UNK]": 0, "[CLS]": 1, "[SEP]": 2, "a": 3}}})");
}

TEST(TokenizerJsonTest, ReadsAllParts) {
  const auto spec = ParseTokenizerJson(GoodTokenizer().dump(), "t.json");
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(spec->vocab.size(), 4u);
  EXPECT_THAT(spec->prefix_ids, ElementsAre(1));
  EXPECT_THAT(spec->suffix_ids, ElementsAre(2));
  EXPECT_TRUE(spec->normalization.strip_accents) << "null means: as lowercase";
  EXPECT_EQ(spec->special.cls, 1);
  EXPECT_EQ(spec->special.mask, -1);
  ASSERT_EQ(spec->added_tokens.size(), 1u);

  json cased = GoodTokenizer();
  cased["normalizer"]["lowercase"] = false;
  EXPECT_FALSE(ParseTokenizerJson(cased.dump(), "t.json")->normalization.strip_accents);

  json bert = GoodTokenizer();
  bert["post_processor"] = {
      {"type", "BertProcessing"}, {"sep", {"[SEP]", 2}}, {"cls", {"[CLS]", 1}}};
  EXPECT_THAT(ParseTokenizerJson(bert.dump(), "t.json")->suffix_ids, ElementsAre(2));

  json none = GoodTokenizer();
  none["post_processor"] = nullptr;
  EXPECT_THAT(ParseTokenizerJson(none.dump(), "t.json")->prefix_ids, ElementsAre());
}

struct BadJson {
  std::string name;
  std::string pointer;  // what is replaced
  std::string value;    // by what
  absl::StatusCode code;
  std::string message;
};

class BadTokenizerJsonTest : public testing::TestWithParam<BadJson> {};

TEST_P(BadTokenizerJsonTest, IsRefusedByName) {
  json file = GoodTokenizer();
  file[json::json_pointer(GetParam().pointer)] = json::parse(GetParam().value);
  const auto spec = ParseTokenizerJson(file.dump(), "t.json");
  ASSERT_FALSE(spec.ok());
  EXPECT_EQ(spec.status().code(), GetParam().code) << spec.status();
  EXPECT_THAT(spec.status().message(), HasSubstr(GetParam().message));
  EXPECT_THAT(spec.status().message(), HasSubstr("t.json"));
}

constexpr absl::StatusCode kDamaged = absl::StatusCode::kDataLoss;
constexpr absl::StatusCode kUnsupported = absl::StatusCode::kUnimplemented;

INSTANTIATE_TEST_SUITE_P(
    Cases, BadTokenizerJsonTest,
    testing::Values(
        BadJson{"Bpe", "/model/type", "\"BPE\"", kUnsupported, "\"BPE\""},
        BadJson{"NoModel", "/model", "null", kUnsupported, "model"},
        BadJson{"Normalizer", "/normalizer/type", "\"Sequence\"", kUnsupported, "\"Sequence\""},
        BadJson{"NoNormalizer", "/normalizer", "null", kUnsupported, "normalizer"},
        BadJson{"PreTokenizer", "/pre_tokenizer/type", "\"Metaspace\"", kUnsupported, "Metaspace"},
        BadJson{"PostProcessor", "/post_processor/type", "\"Other\"", kUnsupported, "\"Other\""},
        BadJson{"Normalized", "/added_tokens/0/normalized", "true", kUnsupported, "normalized"},
        BadJson{"SingleWord", "/added_tokens/0/single_word", "true", kUnsupported, "single_word"},
        BadJson{"VocabIsArray", "/model/vocab", "[]", kDamaged, "vocab"},
        BadJson{"NegativeId", "/model/vocab/a", "-1", kDamaged, "\"a\""},
        BadJson{"HugeId", "/model/vocab/a", "4294967296", kDamaged, "\"a\""},
        BadJson{"FloatId", "/model/vocab/a", "1.5", kDamaged, "\"a\""},
        BadJson{"AddedIdDiffers", "/added_tokens/0/id", "3", kDamaged, "in the vocabulary 0"},
        BadJson{"AddedWithoutContent", "/added_tokens/0/content", "\"\"", kDamaged, "content"},
        BadJson{"AddedIsNumber", "/added_tokens/0", "1", kDamaged, "not an object"},
        BadJson{"TemplateWithoutText", "/post_processor/single", "[]", kDamaged, "no place"},
        BadJson{"TemplateTwice", "/post_processor/single/0", R"({"Sequence": {"id": "A"}})",
                kDamaged, "twice"},
        BadJson{"TemplateUnknownToken", "/post_processor/special_tokens", "{}", kDamaged,
                "not defined"},
        BadJson{"NormalizerIsText", "/normalizer", "\"x\"", kDamaged, "not an object"},
        BadJson{"LowercaseIsText", "/normalizer/lowercase", "\"yes\"",
                absl::StatusCode::kInvalidArgument, "lowercase"},
        BadJson{"MaxChars", "/model/max_input_chars_per_word", "0",
                absl::StatusCode::kInvalidArgument, "max_input_chars_per_word"}),
    [](const auto& info) { return info.param.name; });

TEST(VocabTxtTest, ReadsVocabularyAndConfig) {
  const std::string vocab = "[PAD]\n[UNK]\r\n[CLS]\n[SEP]\n\na\n";
  const auto spec = ParseVocabTxt(vocab, "v.txt", R"({"do_lower_case": false, "strip_accents": true,
    "tokenize_chinese_chars": false, "mask_token": {"content": "a"}})",
                                  "c.json");
  ASSERT_TRUE(spec.ok()) << spec.status();
  ASSERT_EQ(spec->vocab.size(), 6u);
  EXPECT_EQ(spec->vocab[1].first, "[UNK]");
  EXPECT_EQ(spec->vocab[4].first, "");
  EXPECT_EQ(spec->vocab[5].second, 5);
  EXPECT_FALSE(spec->normalization.lowercase);
  EXPECT_TRUE(spec->normalization.strip_accents);
  EXPECT_FALSE(spec->normalization.handle_chinese_chars);
  EXPECT_EQ(spec->special.mask, 5);
  EXPECT_THAT(spec->prefix_ids, ElementsAre(2));
  EXPECT_THAT(spec->suffix_ids, ElementsAre(3));

  const auto plain = ParseVocabTxt(vocab, "v.txt", "", "c.json");
  ASSERT_TRUE(plain.ok()) << plain.status();
  EXPECT_TRUE(plain->normalization.lowercase);
}

TEST(VocabTxtTest, BadFilesAreRefused) {
  EXPECT_EQ(ParseVocabTxt("a\nb", "v.txt", "", "c").status().code(), kDamaged);
  EXPECT_EQ(ParseVocabTxt("[CLS]\n[SEP]\n\xFF", "v.txt", "", "c").status().code(), kDamaged);
  EXPECT_EQ(ParseVocabTxt("[CLS]\n[SEP]\n", "v.txt", "[]", "c").status().code(), kDamaged);
  EXPECT_EQ(
      ParseVocabTxt("[CLS]\n[SEP]\n", "v.txt", R"({"never_split": ["a"]})", "c").status().code(),
      kUnsupported);
}

// The two files of the default model say the same.
TEST(LoadTokenizerTest, VocabTxtGivesTheIdsOfTokenizerJson) {
  const std::string dir = std::string(testing::TempDir()) + "/vocab_txt_model";
  std::filesystem::remove_all(dir);
  std::filesystem::create_directories(dir);
  for (const char* file : {"vocab.txt", "tokenizer_config.json"}) {
    std::filesystem::copy(std::string(FOOTNOTE_MODEL_DIR "/") + file, dir + "/" + file);
  }
  const auto from_json = LoadTokenizer(FOOTNOTE_MODEL_DIR);
  const auto from_vocab = LoadTokenizer(dir);
  ASSERT_TRUE(from_json.ok()) << from_json.status();
  ASSERT_TRUE(from_vocab.ok()) << from_vocab.status();
  EXPECT_EQ((*from_vocab)->vocab_size(), (*from_json)->vocab_size());
  EXPECT_NE((*from_vocab)->content_hash(), (*from_json)->content_hash());
  const std::string text = "Ein Café, [MASK] 中文 pg_dump unaffable \U0001F600";
  EXPECT_EQ((*from_vocab)->Encode(text, 64), (*from_json)->Encode(text, 64));
  std::filesystem::remove_all(dir);
}

TEST(LoadTokenizerTest, AFolderWithoutTokenizerIsNamed) {
  const absl::Status status = LoadTokenizer("/no/such/folder").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(status.message(), HasSubstr("/no/such/folder"));
}

}  // namespace
}  // namespace footnote::transformer
