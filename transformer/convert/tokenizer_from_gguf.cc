#include "transformer/convert/tokenizer_from_gguf.h"

#include <memory>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "kernels/base/status_macros.h"
#include "transformer/convert/tokenizer_check.h"
#include "transformer/io/json.h"
#include "transformer/tokenizer/gguf_pre_tokenizers.h"
#include "transformer/tokenizer/gguf_tokenizer.h"
#include "transformer/tokenizer/gguf_vocabulary.h"
#include "transformer/tokenizer/pattern.h"
#include "transformer/tokenizer/pipeline.h"
#include "transformer/tokenizer/tokenizer_config.h"

namespace footnote::transformer {
namespace {

using nlohmann::ordered_json;

ordered_json Sequence(const char* key, std::vector<ordered_json> steps) {
  if (steps.empty()) return nullptr;
  if (steps.size() == 1) return steps[0];
  return {{"type", "Sequence"}, {key, std::move(steps)}};
}

ordered_json Replace(const char* kind, absl::string_view from, absl::string_view to) {
  return {
      {"type", "Replace"}, {"pattern", {{kind, std::string(from)}}}, {"content", std::string(to)}};
}

ordered_json ByteLevel(bool use_regex) {
  return {{"type", "ByteLevel"},
          {"add_prefix_space", false},
          {"trim_offsets", true},
          {"use_regex", use_regex}};
}

ordered_json Merges(const std::vector<BpeSpec::Merge>& merges) {
  ordered_json out = ordered_json::array();
  for (const BpeSpec::Merge& merge : merges) out.push_back({merge.left, merge.right});
  return out;
}

// Names of rows without a token, which files made of folders have.
bool IsPadding(const GgufVocabulary& vocabulary, size_t id) {
  return vocabulary.types()[id] == GgufTokenType::kUnused &&
         vocabulary.tokens()[id] == absl::StrCat("[PAD", id, "]");
}

ordered_json Vocab(const GgufVocabulary& vocabulary) {
  ordered_json out = ordered_json::object();
  for (const auto& [text, id] : vocabulary.Entries()) {
    if (!IsPadding(vocabulary, static_cast<size_t>(id))) out[text] = id;
  }
  return out;
}

ordered_json Metaspace(bool prefix) {
  return {{"type", "Metaspace"},
          {"replacement", std::string(kSpaceMark)},
          {"prepend_scheme", prefix ? "always" : "never"},
          {"split", true}};
}

absl::Status Gpt2(const GgufVocabulary& vocabulary, ordered_json* out) {
  FN_ASSIGN_OR_RETURN(const std::string pre, vocabulary.Pre());
  for (const GgufPreTokenizerRow& row : GgufPreTokenizerRows()) {
    if (row.pre != pre) continue;
    std::vector<ordered_json> steps;
    if (row.single_digits) steps.push_back({{"type", "Digits"}, {"individual_digits", true}});
    const bool gpt2 = row.regex == absl::string_view(kGpt2Regex);
    if (!gpt2) {
      steps.push_back({{"type", "Split"},
                       {"pattern", {{"Regex", row.regex}}},
                       {"behavior", "Isolated"},
                       {"invert", false}});
    }
    steps.push_back(ByteLevel(gpt2));
    (*out)["normalizer"] = row.nfc ? ordered_json{{"type", "NFC"}} : ordered_json();
    (*out)["pre_tokenizer"] = Sequence("pretokenizers", std::move(steps));
    (*out)["decoder"] = ByteLevel(true);
    FN_ASSIGN_OR_RETURN(const std::vector<BpeSpec::Merge> merges, vocabulary.Merges());
    (*out)["model"] = {{"type", "BPE"},
                       {"ignore_merges", row.ignore_merges},
                       {"vocab", Vocab(vocabulary)},
                       {"merges", Merges(merges)}};
    return absl::OkStatus();
  }
  return absl::InternalError("the tokenizer was read with another table of names");
}

absl::Status Llama(const GgufVocabulary& vocabulary, const SpecialTokens& special,
                   ordered_json* out) {
  FN_ASSIGN_OR_RETURN(const std::vector<double> scores, vocabulary.Scores());
  FN_ASSIGN_OR_RETURN(const bool prefix, vocabulary.Flag("add_space_prefix", true));
  std::vector<uint32_t> ranks;
  const std::vector<BpeSpec::Merge> merges = MergesByScore(vocabulary, scores, &ranks);
  std::vector<ordered_json> normalizers, decoders;
  if (prefix) normalizers.push_back({{"type", "Prepend"}, {"prepend", std::string(kSpaceMark)}});
  normalizers.push_back(Replace("String", " ", kSpaceMark));
  decoders.push_back(Replace("String", kSpaceMark, " "));
  decoders.push_back({{"type", "ByteFallback"}});
  decoders.push_back({{"type", "Fuse"}});
  if (prefix) {
    decoders.push_back({{"type", "Strip"}, {"content", " "}, {"start", 1}, {"stop", 0}});
  }
  (*out)["normalizer"] = Sequence("normalizers", std::move(normalizers));
  (*out)["pre_tokenizer"] = nullptr;
  (*out)["decoder"] = Sequence("decoders", std::move(decoders));
  const size_t unk = special.unk >= 0 ? static_cast<size_t>(special.unk) : 0;
  (*out)["model"] = {{"type", "BPE"},
                     {"unk_token", vocabulary.tokens()[unk]},
                     {"fuse_unk", true},
                     {"byte_fallback", true},
                     {"vocab", Vocab(vocabulary)},
                     {"merges", Merges(merges)}};
  return absl::OkStatus();
}

absl::Status T5(const GgufVocabulary& vocabulary, const SpecialTokens& special, ordered_json* out) {
  FN_ASSIGN_OR_RETURN(const std::vector<double> scores, vocabulary.Scores());
  FN_ASSIGN_OR_RETURN(const bool prefix, vocabulary.Flag("add_space_prefix", true));
  FN_ASSIGN_OR_RETURN(const bool squeeze, vocabulary.Flag("remove_extra_whitespaces", false));
  std::vector<ordered_json> steps;
  if (const std::string charsmap = vocabulary.Charsmap(); !charsmap.empty()) {
    steps.push_back(
        {{"type", "Precompiled"}, {"precompiled_charsmap", absl::Base64Escape(charsmap)}});
  }
  if (squeeze) {
    steps.push_back({{"type", "Strip"}, {"strip_left", false}, {"strip_right", true}});
    steps.push_back(Replace("Regex", " {2,}", " "));
  }
  ordered_json vocab = ordered_json::array();
  size_t size = scores.size();
  while (size > 0 && IsPadding(vocabulary, size - 1)) --size;
  for (size_t i = 0; i < size; ++i) vocab.push_back({vocabulary.tokens()[i], scores[i]});
  (*out)["normalizer"] = Sequence("normalizers", std::move(steps));
  (*out)["pre_tokenizer"] = Metaspace(prefix);
  (*out)["decoder"] = Metaspace(prefix);
  (*out)["model"] = {{"type", "Unigram"},
                     {"unk_id", special.unk >= 0 ? special.unk : 2},
                     {"byte_fallback", false},
                     {"vocab", std::move(vocab)}};
  return absl::OkStatus();
}

absl::Status Bert(const GgufVocabulary& vocabulary, const SpecialTokens& special,
                  ordered_json* out) {
  ordered_json vocab = ordered_json::object();
  for (size_t i = 0; i < vocabulary.tokens().size(); ++i) {
    absl::string_view text = vocabulary.tokens()[i];
    if (IsPadding(vocabulary, i)) continue;
    const bool whole =
        vocabulary.types()[i] != GgufTokenType::kNormal || absl::ConsumePrefix(&text, kSpaceMark);
    vocab[whole ? std::string(text) : absl::StrCat("##", text)] = i;
  }
  (*out)["normalizer"] = {{"type", "BertNormalizer"},
                          {"clean_text", true},
                          {"handle_chinese_chars", true},
                          {"strip_accents", nullptr},
                          {"lowercase", true}};
  (*out)["pre_tokenizer"] = {{"type", "BertPreTokenizer"}};
  (*out)["decoder"] = {{"type", "WordPiece"}, {"prefix", "##"}, {"cleanup", true}};
  const std::string unk =
      special.unk >= 0 ? vocabulary.tokens()[static_cast<size_t>(special.unk)] : "[UNK]";
  (*out)["model"] = {{"type", "WordPiece"},
                     {"unk_token", unk},
                     {"continuing_subword_prefix", "##"},
                     {"max_input_chars_per_word", 100},
                     {"vocab", std::move(vocab)}};
  return absl::OkStatus();
}

// The tokens that a tokenizer puts around a text.
ordered_json PostProcessor(const Tokenizer& tokenizer) {
  const std::vector<int32_t> framed = tokenizer.Tokenize("a", {true, false});
  const std::vector<int32_t> bare = tokenizer.Tokenize("a", {false, false});
  if (framed.size() == bare.size()) return nullptr;
  ordered_json single = ordered_json::array(), tokens = ordered_json::object();
  const auto add = [&](int32_t id) {
    const std::string text(tokenizer.TokenText(id));
    single.push_back({{"SpecialToken", {{"id", text}, {"type_id", 0}}}});
    tokens[text] = {{"id", text}, {"ids", {id}}, {"tokens", {text}}};
  };
  if (framed.front() != bare.front()) add(framed.front());
  single.push_back({{"Sequence", {{"id", "A"}, {"type_id", 0}}}});
  if (framed.back() != bare.back()) add(framed.back());
  ordered_json pair = single;
  for (ordered_json part : single) {
    if (part.contains("Sequence")) part["Sequence"]["id"] = "B";
    pair.push_back(std::move(part));
  }
  return {{"type", "TemplateProcessing"},
          {"single", std::move(single)},
          {"pair", std::move(pair)},
          {"special_tokens", std::move(tokens)}};
}

ordered_json AddedTokens(const GgufVocabulary& vocabulary, const std::string& model) {
  ordered_json out = ordered_json::array();
  std::vector<AddedToken> tokens = vocabulary.AddedTokens();
  for (const AddedToken& token : tokens) {
    out.push_back({{"id", token.id},
                   {"content", token.content},
                   {"single_word", false},
                   {"lstrip", false},
                   {"rstrip", false},
                   {"normalized", false},
                   {"special", token.special || model == "bert"}});
  }
  return out;
}

ordered_json Config(const GgufMetadata& metadata, const Tokenizer& tokenizer) {
  ordered_json out = {{"tokenizer_class", "PreTrainedTokenizerFast"}};
  const SpecialTokens& special = tokenizer.special();
  const std::pair<const char*, int32_t> tokens[] = {
      {"bos_token", special.bos},  {"eos_token", special.eos}, {"unk_token", special.unk},
      {"sep_token", special.sep},  {"pad_token", special.pad}, {"cls_token", special.cls},
      {"mask_token", special.mask}};
  for (const auto& [key, id] : tokens) {
    if (id >= 0) out[key] = std::string(tokenizer.TokenText(id));
  }
  const GgufValue* chat = metadata.Find("tokenizer.chat_template");
  if (chat != nullptr && chat->kind == GgufValue::Kind::kString) {
    out["chat_template"] = std::string(chat->s);
  }
  return out;
}

}  // namespace

absl::StatusOr<TokenizerFiles> TokenizerFromGguf(const GgufMetadata& metadata,
                                                 const std::string& name) {
  FN_ASSIGN_OR_RETURN(const auto tokenizer, MakeGgufTokenizer(metadata, name));
  FN_ASSIGN_OR_RETURN(const std::string model, metadata.String("tokenizer.ggml.model"));
  GgufVocabulary vocabulary(metadata, name);
  FN_RETURN_IF_ERROR(vocabulary.ReadTokens());
  FN_ASSIGN_OR_RETURN(const SpecialTokens special, vocabulary.Special());
  TokenizerFiles out;
  out.tokenizer["version"] = "1.0";
  out.tokenizer["added_tokens"] = AddedTokens(vocabulary, model);
  if (model == "gpt2") {
    FN_RETURN_IF_ERROR(Gpt2(vocabulary, &out.tokenizer));
  } else if (model == "llama") {
    FN_RETURN_IF_ERROR(Llama(vocabulary, special, &out.tokenizer));
  } else if (model == "t5") {
    FN_RETURN_IF_ERROR(T5(vocabulary, special, &out.tokenizer));
  } else {
    FN_RETURN_IF_ERROR(Bert(vocabulary, special, &out.tokenizer));
  }
  out.tokenizer["post_processor"] = PostProcessor(*tokenizer);
  out.config = Config(metadata, *tokenizer);
  FN_ASSIGN_OR_RETURN(const TokenizerConfig config, ParseTokenizerConfig(out.config.dump(), name));
  FN_ASSIGN_OR_RETURN(const nlohmann::json written, ParseJsonObject(out.tokenizer.dump(), name));
  FN_ASSIGN_OR_RETURN(const auto again, MakeTokenizerFromJson(written, name, config, ""));
  FN_RETURN_IF_ERROR(CheckSameTokens(*tokenizer, *again, "tokenizer.json"));
  return out;
}

}  // namespace footnote::transformer
