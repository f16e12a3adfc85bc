#include "transformer/convert/tokenizer_to_gguf.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "nlohmann/json.hpp"
#include "transformer/chat/chat_template.h"
#include "transformer/convert/tokenizer_check.h"
#include "transformer/io/file.h"
#include "transformer/io/json.h"
#include "transformer/tokenizer/gguf_pre_tokenizers.h"
#include "transformer/tokenizer/gguf_tokenizer.h"
#include "transformer/tokenizer/gguf_vocabulary.h"
#include "transformer/tokenizer/pattern.h"
#include "transformer/tokenizer/tokenizer_config.h"

namespace footnote::transformer {
namespace {

using nlohmann::json;

// Below every score that training gives.
constexpr float kPaddingScore = -10000;

absl::Status CannotSay(absl::string_view what) {
  return absl::UnimplementedError(absl::StrCat("GGUF can't say how this tokenizer works: ", what,
                                               "; convert to a folder (safetensors) instead"));
}

std::string TypeOf(const json& component) {
  return component.is_object() ? component.value("type", "") : "";
}

std::vector<int32_t> Numbers(const std::vector<GgufTokenType>& types) {
  std::vector<int32_t> numbers;
  numbers.reserve(types.size());
  for (const GgufTokenType type : types) numbers.push_back(static_cast<int32_t>(type));
  return numbers;
}

// Null is the same as absent.
void DropNulls(json* value) {
  if (value->is_object()) {
    for (auto it = value->begin(); it != value->end();) {
      it = it->is_null() ? value->erase(it) : std::next(it);
    }
  }
  if (value->is_structured()) {
    for (json& item : *value) DropNulls(&item);
  }
}

// The steps of a component that may be a sequence; `key` holds them there.
std::vector<json> Steps(const json& root, const char* component, const char* key) {
  const auto it = root.find(component);
  if (it == root.end() || it->is_null()) return {};
  if (TypeOf(*it) != "Sequence") return {*it};
  return it->contains(key) && it->at(key).is_array() ? it->at(key).get<std::vector<json>>()
                                                     : std::vector<json>();
}

bool HasStep(const std::vector<json>& steps, absl::string_view type) {
  return std::any_of(steps.begin(), steps.end(),
                     [type](const json& step) { return TypeOf(step) == type; });
}

// Reads one folder's tokenizer and says it in GGUF's keys.
class Exporter {
 public:
  Exporter(const Tokenizer& tokenizer, int64_t vocab_size, GgufPairs* pairs)
      : tokenizer_(tokenizer), size_(static_cast<size_t>(vocab_size)), pairs_(pairs) {}

  // Null: of a vocab.txt, which is BERT's.
  absl::Status Run(const json& root) {
    ReadTokens(root);
    const bool bert = root.is_null() || TypeOf(root.at("model")) == "WordPiece";
    if (bert) return Bert();
    const json& model = root.at("model");
    normalizers_ = Steps(root, "normalizer", "normalizers");
    pre_tokenizers_ = Steps(root, "pre_tokenizer", "pretokenizers");
    const std::string type = TypeOf(model);
    if (type == "Unigram") return Unigram(model);
    if (type != "BPE") return CannotSay(absl::StrCat("its model is \"", type, "\""));
    return model.value("byte_fallback", false) ? Llama(model) : Gpt2(model);
  }

 private:
  void ReadTokens(const json& root) {
    for (size_t i = 0; i < size_; ++i) {
      const auto id = static_cast<int32_t>(i);
      std::string text(tokenizer_.TokenText(id));
      const bool none = text.empty();
      if (none) text = absl::StrCat("[PAD", i, "]");  // as llama.cpp's converter
      tokens_.push_back(std::move(text));
      types_.push_back(none                       ? GgufTokenType::kUnused
                       : tokenizer_.IsSpecial(id) ? GgufTokenType::kControl
                                                  : GgufTokenType::kNormal);
    }
    if (!root.is_object() || !root.contains("added_tokens")) return;
    for (const json& token : root.at("added_tokens")) {  // the reader has checked them
      const auto id = token.at("id").get<size_t>();
      if (id < size_ && !token.value("special", false)) types_[id] = GgufTokenType::kUserDefined;
    }
  }

  void AddTokens(const char* model) {
    pairs_->AddString("tokenizer.ggml.model", model);
    pairs_->AddStrings("tokenizer.ggml.tokens", tokens_);
    pairs_->AddInts("tokenizer.ggml.token_type", Numbers(types_));
    const SpecialTokens& special = tokenizer_.special();
    const std::pair<const char*, int32_t> ids[] = {{"unknown", special.unk},
                                                   {"seperator", special.sep},  // GGUF's spelling
                                                   {"cls", special.cls},
                                                   {"mask", special.mask}};
    for (const auto& [name, id] : ids) {
      if (id >= 0) {
        pairs_->AddU32(absl::StrCat("tokenizer.ggml.", name, "_token_id"),
                       static_cast<uint32_t>(id));
      }
    }
    // What is put around a text is seen from what comes of one; the check
    // finds out whether it can be said so.
    const std::vector<int32_t> framed = tokenizer_.Tokenize("a", {true, false});
    const std::vector<int32_t> bare = tokenizer_.Tokenize("a", {false, false});
    const bool first = framed.size() > bare.size() && framed.front() != bare.front();
    const bool last = framed.size() > bare.size() && framed.back() != bare.back();
    pairs_->AddBool("tokenizer.ggml.add_bos_token", first);
    pairs_->AddBool("tokenizer.ggml.add_eos_token", last);
  }

  absl::Status Bert() {
    for (size_t i = 0; i < size_; ++i) {
      if (types_[i] != GgufTokenType::kNormal) continue;
      // GGUF marks what begins a word, where BERT marks what continues one.
      tokens_[i] = absl::StartsWith(tokens_[i], "##") ? tokens_[i].substr(2)
                                                      : absl::StrCat(kSpaceMark, tokens_[i]);
    }
    AddTokens("bert");
    return absl::OkStatus();
  }

  absl::Status Gpt2(const json& model) {
    std::string regex;
    bool digits = false, byte_level = false;
    for (const json& step : pre_tokenizers_) {
      const std::string type = TypeOf(step);
      if (type == "ByteLevel") {
        byte_level = true;
        if (step.value("add_prefix_space", true)) return CannotSay("it adds a space before texts");
        if (step.value("use_regex", true)) regex = kGpt2Regex;
      } else if (type == "Digits" && step.value("individual_digits", false)) {
        digits = true;
      } else if (type == "Split" && step.value("behavior", "") == "Isolated" &&
                 step.at("pattern").contains("Regex") && regex.empty()) {
        regex = step.at("pattern").at("Regex").get<std::string>();
      } else {
        return CannotSay(absl::StrCat("it splits texts by \"", type, "\""));
      }
    }
    if (!byte_level) return CannotSay("its BPE knows neither bytes nor byte fallback");
    const bool nfc = HasStep(normalizers_, "NFC");
    if (normalizers_.size() > (nfc ? 1 : 0)) return CannotSay("it normalises texts");
    const bool ignore_merges = model.value("ignore_merges", false);
    for (const GgufPreTokenizerRow& row : GgufPreTokenizerRows()) {
      if (row.regex != regex || row.single_digits != digits || row.nfc != nfc ||
          row.ignore_merges != ignore_merges) {
        continue;
      }
      pairs_->AddString("tokenizer.ggml.pre", row.pre);
      AddTokens("gpt2");
      return AddMerges(model);
    }
    return CannotSay(absl::StrCat("no tokenizer.ggml.pre stands for splitting by ", regex));
  }

  // Pairs, or in older files two tokens with a space between them.
  std::pair<std::string, std::string> Merge(const json& item) const {
    if (item.is_array()) return {item.at(0), item.at(1)};
    const auto& text = item.get_ref<const std::string&>();
    const size_t space = text.find(' ');
    return {text.substr(0, space), space == std::string::npos ? "" : text.substr(space + 1)};
  }

  absl::Status AddMerges(const json& model) {
    std::vector<std::string> merges;
    for (const json& item : model.at("merges")) {
      const auto [left, right] = Merge(item);
      if (left == "#version:") continue;  // the first line of old files
      merges.push_back(absl::StrCat(left, " ", right));
    }
    pairs_->AddStrings("tokenizer.ggml.merges", merges);
    return absl::OkStatus();
  }

  // SentencePiece has no merges: any two tokens may be joined that make a third,
  // the one with the highest score first. So the merges must be all of those.
  absl::Status Llama(const json& model) {
    absl::flat_hash_map<std::string, size_t> normal;
    for (size_t i = 0; i < size_; ++i) {
      const bool byte = tokens_[i].size() == 6 && absl::StartsWith(tokens_[i], "<0x");
      if (byte) types_[i] = GgufTokenType::kByte;
      if (static_cast<int32_t>(i) == tokenizer_.special().unk) types_[i] = GgufTokenType::kUnknown;
      if (types_[i] == GgufTokenType::kNormal) normal.emplace(tokens_[i], i);
    }
    std::vector<float> scores(size_, kPaddingScore);
    std::vector<size_t> made(size_, 0);  // merges that make the token
    std::string before;
    float rank = 0;
    for (const json& item : model.at("merges")) {
      const auto [left, right] = Merge(item);
      const auto it = normal.find(absl::StrCat(left, right));
      if (it == normal.end() || !normal.contains(left) || !normal.contains(right)) continue;
      if (it->first != before) {
        if (made[it->second] > 0) return NotByScore(it->first);
        scores[it->second] = -rank++;
      }
      before = it->first;
      ++made[it->second];
    }
    for (const auto& [text, id] : normal) {
      size_t ways = 0;
      for (size_t cut = 1; cut < text.size(); ++cut) {
        if ((static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) continue;
        ways += normal.contains(text.substr(0, cut)) && normal.contains(text.substr(cut)) ? 1 : 0;
      }
      if (ways != made[id]) return NotByScore(text);
    }
    bool prefix = HasStep(normalizers_, "Prepend");
    for (const json& step : pre_tokenizers_) {
      if (TypeOf(step) == "Metaspace" && step.value("prepend_scheme", "always") != "never") {
        prefix = true;
      }
    }
    AddTokens("llama");
    pairs_->AddString("tokenizer.ggml.pre", "default");
    pairs_->AddFloats("tokenizer.ggml.scores", scores);
    pairs_->AddBool("tokenizer.ggml.add_space_prefix", prefix);
    return absl::OkStatus();
  }

  absl::Status NotByScore(absl::string_view token) const {
    return CannotSay(absl::StrCat("its merges are not those that SentencePiece makes of scores (\"",
                                  absl::Utf8SafeCHexEscape(token), "\")"));
  }

  absl::Status Unigram(const json& model) {
    if (model.value("byte_fallback", false)) return CannotSay("its Unigram model falls to bytes");
    std::vector<float> scores(size_, kPaddingScore);
    const json& vocab = model.at("vocab");
    for (size_t i = 0; i < std::min(size_, vocab.size()); ++i) {
      scores[i] = vocab[i].at(1).get<float>();
    }
    const int64_t unk = model.value("unk_id", int64_t{-1});
    if (unk >= 0 && unk < static_cast<int64_t>(size_))
      types_[static_cast<size_t>(unk)] = GgufTokenType::kUnknown;
    bool squeeze = HasStep(pre_tokenizers_, "WhitespaceSplit"), prefix = false;
    for (const json& step : pre_tokenizers_) {
      if (TypeOf(step) == "Metaspace") prefix = step.value("prepend_scheme", "always") != "never";
    }
    std::string charsmap;
    for (const json& step : normalizers_) {
      if (TypeOf(step) == "Precompiled") {
        if (!absl::Base64Unescape(step.value("precompiled_charsmap", ""), &charsmap)) {
          return CannotSay("its table of characters is damaged");
        }
      }
      squeeze = squeeze || TypeOf(step) == "Replace" || TypeOf(step) == "Strip";
    }
    AddTokens("t5");
    pairs_->AddString("tokenizer.ggml.pre", "default");
    pairs_->AddFloats("tokenizer.ggml.scores", scores);
    pairs_->AddBool("tokenizer.ggml.add_space_prefix", prefix);
    pairs_->AddBool("tokenizer.ggml.remove_extra_whitespaces", squeeze);
    if (!charsmap.empty()) pairs_->AddBytes("tokenizer.ggml.precompiled_charsmap", charsmap);
    return absl::OkStatus();
  }

  const Tokenizer& tokenizer_;
  const size_t size_;
  GgufPairs* const pairs_;
  std::vector<std::string> tokens_;
  std::vector<GgufTokenType> types_;
  std::vector<json> normalizers_;
  std::vector<json> pre_tokenizers_;
};

}  // namespace

absl::Status TokenizerToGguf(const std::string& dir, const Tokenizer& tokenizer, int64_t vocab_size,
                             GgufPairs* pairs) {
  const std::string path = absl::StrCat(dir, "/tokenizer.json");
  json root;
  if (IsFile(path)) {
    FN_ASSIGN_OR_RETURN(root, ReadJsonObject(path, kMaxTokenizerBytes));
    DropNulls(&root);
  } else if (!IsFile(absl::StrCat(dir, "/vocab.txt"))) {
    return absl::UnimplementedError(absl::StrCat(
        dir, " has no tokenizer.json; write one with transformers' AutoTokenizer.save_pretrained"));
  }
  FN_RETURN_IF_ERROR(Exporter(tokenizer, vocab_size, pairs).Run(root));
  auto source = ReadChatTemplate(dir);
  if (source.ok()) {
    pairs->AddString("tokenizer.chat_template", *source);
  } else if (!absl::IsNotFound(source.status())) {
    return source.status();
  }
  FN_ASSIGN_OR_RETURN(const GgufMetadata metadata, ParseGgufPairs(pairs->bytes(), pairs->count()));
  FN_ASSIGN_OR_RETURN(const auto written, MakeGgufTokenizer(metadata, dir));
  return CheckSameTokens(tokenizer, *written, "GGUF");
}

}  // namespace footnote::transformer
