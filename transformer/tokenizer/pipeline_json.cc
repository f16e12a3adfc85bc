#include <algorithm>
#include <limits>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "nlohmann/json.hpp"
#include "transformer/io/json.h"
#include "transformer/tokenizer/component_json.h"
#include "transformer/tokenizer/pipeline.h"
#include "transformer/tokenizer/wordpiece_files.h"

namespace footnote::transformer {
namespace {

using nlohmann::json;

const json& Component(const json& root, const char* key) {
  static const json kNull;
  const auto it = root.find(key);
  return it == root.end() ? kNull : *it;
}

std::string TypeOf(const json& component) {
  if (!component.is_object()) return "";
  const auto type = component.find("type");
  return type != component.end() && type->is_string() ? type->get<std::string>() : "";
}

// Files written before 2021 leave the model's type out.
std::string ModelType(const json& model) {
  std::string type = TypeOf(model);
  if (!type.empty()) return type;
  if (model.contains("merges")) return "BPE";
  if (model.contains("max_input_chars_per_word")) return "WordPiece";
  return model.contains("vocab") && model.at("vocab").is_array() ? "Unigram" : "WordLevel";
}

absl::StatusOr<Vocabulary::Entries> ParseVocab(const json& model, absl::string_view name) {
  const auto vocab = model.find("vocab");
  if (vocab == model.end() || !vocab->is_object()) {
    return Damaged(name, "the model's \"vocab\" is missing or not an object");
  }
  Vocabulary::Entries out;
  out.reserve(vocab->size());
  for (const auto& [token, id] : vocab->items()) {
    FN_ASSIGN_OR_RETURN(const int32_t value, ParseTokenId(id, token, name));
    out.emplace_back(token, value);
  }
  return out;
}

absl::StatusOr<BpeSpec::Merge> ParseMerge(const json& item, absl::string_view name) {
  if (item.is_array() && item.size() == 2 && item[0].is_string() && item[1].is_string()) {
    return BpeSpec::Merge{item[0].get<std::string>(), item[1].get<std::string>()};
  }
  if (item.is_string()) {
    const auto& text = item.get_ref<const std::string&>();
    const size_t space = text.find(' ');
    if (space != std::string::npos && text.find(' ', space + 1) == std::string::npos) {
      return BpeSpec::Merge{text.substr(0, space), text.substr(space + 1)};
    }
  }
  return Damaged(name, "a merge is not two tokens");
}

absl::StatusOr<BpeSpec> ParseBpe(const json& model, absl::string_view name) {
  const JsonFields fields(model, name);
  BpeSpec spec;
  FN_ASSIGN_OR_RETURN(const double dropout, fields.Number("dropout", 0));
  if (dropout != 0) {
    return absl::UnimplementedError(absl::StrCat(
        name, ": BPE with dropout, which gives other ids every time, is not supported"));
  }
  FN_ASSIGN_OR_RETURN(spec.unk_token, fields.String("unk_token", ""));
  FN_ASSIGN_OR_RETURN(spec.continuing_prefix, fields.String("continuing_subword_prefix", ""));
  FN_ASSIGN_OR_RETURN(spec.end_of_word_suffix, fields.String("end_of_word_suffix", ""));
  FN_ASSIGN_OR_RETURN(spec.fuse_unk, fields.Bool("fuse_unk", false));
  FN_ASSIGN_OR_RETURN(spec.byte_fallback, fields.Bool("byte_fallback", false));
  FN_ASSIGN_OR_RETURN(spec.ignore_merges, fields.Bool("ignore_merges", false));
  FN_ASSIGN_OR_RETURN(spec.vocab, ParseVocab(model, name));
  const auto merges = model.find("merges");
  if (merges == model.end() || !merges->is_array()) {
    return Damaged(name, "the model's \"merges\" is missing or not an array");
  }
  spec.merges.reserve(merges->size());
  for (const json& item : *merges) {
    if (item.is_string() && absl::StartsWith(item.get_ref<const std::string&>(), "#version")) {
      continue;
    }
    FN_ASSIGN_OR_RETURN(BpeSpec::Merge merge, ParseMerge(item, name));
    spec.merges.push_back(std::move(merge));
  }
  return spec;
}

absl::StatusOr<TokenModelPtr> ParseUnigram(const json& model, absl::string_view name) {
  const JsonFields fields(model, name);
  UnigramSpec spec;
  FN_ASSIGN_OR_RETURN(spec.byte_fallback, fields.Bool("byte_fallback", false));
  FN_ASSIGN_OR_RETURN(const int64_t unk_id,
                      fields.Int("unk_id", -1, -1, std::numeric_limits<int32_t>::max()));
  spec.unk_id = static_cast<int32_t>(unk_id);
  const auto vocab = model.find("vocab");
  if (vocab == model.end() || !vocab->is_array()) {
    return Damaged(name, "the Unigram model's \"vocab\" is missing or not an array");
  }
  spec.vocab.reserve(vocab->size());
  for (const json& item : *vocab) {
    if (!item.is_array() || item.size() != 2 || !item[0].is_string() || !item[1].is_number()) {
      return Damaged(name, "a token of the Unigram model is not a text and a score");
    }
    spec.vocab.emplace_back(item[0].get<std::string>(), item[1].get<double>());
  }
  return MakeUnigram(name, spec);
}

absl::StatusOr<TokenModelPtr> ParseWordPiece(const json& model, absl::string_view name) {
  const JsonFields fields(model, name);
  WordPieceModelSpec spec;
  FN_ASSIGN_OR_RETURN(spec.unk_token, fields.String("unk_token", "[UNK]"));
  FN_ASSIGN_OR_RETURN(spec.continuing_prefix, fields.String("continuing_subword_prefix", "##"));
  FN_ASSIGN_OR_RETURN(spec.max_chars_per_word,
                      fields.Int("max_input_chars_per_word", 100, 0, int64_t{1} << 30));
  FN_ASSIGN_OR_RETURN(spec.vocab, ParseVocab(model, name));
  return MakeWordPieceModel(name, spec);
}

absl::StatusOr<TokenModelPtr> ParseWordLevel(const json& model, absl::string_view name) {
  FN_ASSIGN_OR_RETURN(const std::string unk, JsonFields(model, name).String("unk_token", "<unk>"));
  FN_ASSIGN_OR_RETURN(Vocabulary::Entries vocab, ParseVocab(model, name));
  return MakeWordLevel(name, vocab, unk);
}

absl::StatusOr<std::vector<AddedToken>> ParseAddedTokens(const json& list,
                                                         const Vocabulary& vocabulary,
                                                         absl::string_view name) {
  std::vector<AddedToken> out;
  if (list.is_null()) return out;
  if (!list.is_array()) return Damaged(name, "\"added_tokens\" is not an array");
  absl::flat_hash_map<std::string, int32_t> seen;
  for (const json& item : list) {
    if (!item.is_object()) return Damaged(name, "an added token is not an object");
    const JsonFields fields(item, name);
    AddedToken token;
    FN_ASSIGN_OR_RETURN(token.content, fields.String("content", ""));
    if (token.content.empty()) return Damaged(name, "an added token has no content");
    FN_ASSIGN_OR_RETURN(token.id, ParseTokenId(Component(item, "id"), token.content, name));
    const int32_t known = vocabulary.Find(token.content);
    const auto [it, added] = seen.emplace(token.content, token.id);
    if ((known >= 0 && known != token.id) || it->second != token.id) {
      return Damaged(name, absl::StrCat("the added token \"", token.content, "\" has the ids ",
                                        token.id, " and ", known >= 0 ? known : it->second));
    }
    if (!added) continue;
    FN_ASSIGN_OR_RETURN(token.special, fields.Bool("special", false));
    FN_ASSIGN_OR_RETURN(token.normalized, fields.Bool("normalized", !token.special));
    FN_ASSIGN_OR_RETURN(token.lstrip, fields.Bool("lstrip", false));
    FN_ASSIGN_OR_RETURN(token.rstrip, fields.Bool("rstrip", false));
    FN_ASSIGN_OR_RETURN(token.single_word, fields.Bool("single_word", false));
    out.push_back(std::move(token));
  }
  return out;
}

// Whether it is the pipeline that MakeWordPieceTokenizer runs as a whole.
bool IsBert(const json& root) {
  const json& model = Component(root, "model");
  const json& decoder = Component(root, "decoder");
  const std::string post = TypeOf(Component(root, "post_processor"));
  if (!model.is_object() || ModelType(model) != "WordPiece") return false;
  if (TypeOf(Component(root, "normalizer")) != "BertNormalizer") return false;
  if (TypeOf(Component(root, "pre_tokenizer")) != "BertPreTokenizer") return false;
  if (!decoder.is_null() && TypeOf(decoder) != "WordPiece") return false;
  if (!post.empty() && post != "TemplateProcessing" && post != "BertProcessing") return false;
  const json& added = Component(root, "added_tokens");
  return std::none_of(added.begin(), added.end(), [](const json& token) {
    return token.is_object() &&
           (Component(token, "normalized") == true || Component(token, "single_word") == true);
  });
}

}  // namespace

absl::StatusOr<std::unique_ptr<const Tokenizer>> MakeTokenizerFromJson(
    const json& root, absl::string_view name, const TokenizerConfig& config,
    std::string content_hash) {
  if (IsBert(root)) {
    FN_ASSIGN_OR_RETURN(WordPieceSpec spec, ParseBertTokenizer(root, name));
    spec.content_hash = std::move(content_hash);
    return MakeWordPieceTokenizer(std::string(name), std::move(spec));
  }
  const json& model = Component(root, "model");
  if (!model.is_object()) return Damaged(name, "there is no \"model\", or it is not an object");
  const json& pre_tokenizer = Component(root, "pre_tokenizer");
  const std::string type = ModelType(model);

  PipelineSpec spec;
  spec.content_hash = std::move(content_hash);
  bool raw_bytes = false;
  if (type == "BPE") {
    FN_ASSIGN_OR_RETURN(BpeSpec bpe, ParseBpe(model, name));
    bpe.raw_bytes = EndsInByteLevel(pre_tokenizer) && bpe.continuing_prefix.empty() &&
                    bpe.end_of_word_suffix.empty() && HasByteAlphabet(bpe.vocab);
    raw_bytes = bpe.raw_bytes;
    FN_ASSIGN_OR_RETURN(spec.model, MakeBpe(name, std::move(bpe)));
  } else if (type == "Unigram") {
    FN_ASSIGN_OR_RETURN(spec.model, ParseUnigram(model, name));
  } else if (type == "WordPiece") {
    FN_ASSIGN_OR_RETURN(spec.model, ParseWordPiece(model, name));
  } else if (type == "WordLevel") {
    FN_ASSIGN_OR_RETURN(spec.model, ParseWordLevel(model, name));
  } else {
    return absl::UnimplementedError(
        absl::StrCat(name, ": the model \"", type, "\" is not supported"));
  }
  FN_ASSIGN_OR_RETURN(spec.normalizer, ParseNormalizer(Component(root, "normalizer"), name));
  FN_ASSIGN_OR_RETURN(spec.pre_tokenizer, ParsePreTokenizer(pre_tokenizer, name, raw_bytes));
  FN_ASSIGN_OR_RETURN(spec.frame, ParsePostProcessor(Component(root, "post_processor"), name));
  FN_ASSIGN_OR_RETURN(spec.decoder, ParseDecoder(Component(root, "decoder"), name));
  FN_ASSIGN_OR_RETURN(spec.added_tokens, ParseAddedTokens(Component(root, "added_tokens"),
                                                          spec.model->vocabulary(), name));
  spec.special = FindSpecialTokens(config, [&spec](absl::string_view text) {
    for (const AddedToken& token : spec.added_tokens) {
      if (token.content == text) return token.id;
    }
    return spec.model->vocabulary().Find(text);
  });
  return MakePipeline(name, std::move(spec));
}

}  // namespace footnote::transformer
