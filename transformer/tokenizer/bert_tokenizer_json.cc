#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "nlohmann/json.hpp"
#include "transformer/io/json.h"
#include "transformer/tokenizer/post_processor.h"
#include "transformer/tokenizer/wordpiece_files.h"

namespace footnote::transformer {
namespace {

using nlohmann::json;

// Reads one tokenizer.json. Every step gives the error of the first thing that
// is wrong.
class TokenizerJsonReader {
 public:
  TokenizerJsonReader(const json& root, absl::string_view name) : root_(root), name_(name) {}

  absl::StatusOr<WordPieceSpec> Read() {
    FN_RETURN_IF_ERROR(ReadModel());
    FN_RETURN_IF_ERROR(ReadNormalizer());
    FN_RETURN_IF_ERROR(CheckPreTokenizer());
    FN_RETURN_IF_ERROR(ReadAddedTokens());
    FN_RETURN_IF_ERROR(ReadPostProcessor());
    FN_RETURN_IF_ERROR(ReadDecoder());
    spec_.special = {IdOf("[CLS]"), IdOf("[SEP]"), IdOf("[PAD]"), IdOf(spec_.unk_token),
                     IdOf("[MASK]")};
    return std::move(spec_);
  }

 private:
  absl::Status Damaged(absl::string_view what) const {
    return absl::DataLossError(absl::StrCat(name_, ": ", what));
  }

  // The object at `key` if its "type" is `supported`.
  absl::StatusOr<const json*> Component(const char* key, absl::string_view supported) const {
    const auto it = root_.find(key);
    if (it == root_.end() || it->is_null()) {
      return absl::UnimplementedError(
          absl::StrCat(name_, " has no ", key, "; only ", supported, " is supported"));
    }
    if (!it->is_object()) return Damaged(absl::StrCat("\"", key, "\" is not an object"));
    FN_ASSIGN_OR_RETURN(const std::string type, JsonFields(*it, name_).String("type", ""));
    if (type != supported) {
      return absl::UnimplementedError(absl::StrCat(name_, ": the ", key, " \"", type,
                                                   "\" is not supported; only ", supported, " is"));
    }
    return &*it;
  }

  absl::Status ReadModel() {
    const auto it = root_.find("model");
    // Files written before 2021 leave the model's type out.
    json typed;
    const json* model = nullptr;
    if (it != root_.end() && it->is_object() && !it->contains("type") &&
        it->contains("continuing_subword_prefix") && it->contains("max_input_chars_per_word")) {
      model = &*it;
    } else {
      FN_ASSIGN_OR_RETURN(model, Component("model", "WordPiece"));
    }
    const JsonFields fields(*model, name_);
    FN_ASSIGN_OR_RETURN(spec_.unk_token, fields.String("unk_token", "[UNK]"));
    FN_ASSIGN_OR_RETURN(spec_.continuing_prefix, fields.String("continuing_subword_prefix", "##"));
    FN_ASSIGN_OR_RETURN(const int64_t max_chars,
                        fields.Int("max_input_chars_per_word", 100, 1, 1000));
    spec_.max_chars_per_word = static_cast<int>(max_chars);

    const auto vocab = model->find("vocab");
    if (vocab == model->end() || !vocab->is_object()) {
      return Damaged("the model's \"vocab\" is missing or not an object");
    }
    spec_.vocab.reserve(vocab->size());
    for (const auto& [token, id] : vocab->items()) {
      FN_ASSIGN_OR_RETURN(const int32_t value, ParseTokenId(id, token, name_));
      spec_.vocab.emplace_back(token, value);
      ids_[token] = value;
    }
    return absl::OkStatus();
  }

  absl::Status ReadNormalizer() {
    FN_ASSIGN_OR_RETURN(const json* normalizer, Component("normalizer", "BertNormalizer"));
    const JsonFields fields(*normalizer, name_);
    BertNormalization& n = spec_.normalization;
    FN_ASSIGN_OR_RETURN(n.clean_text, fields.Bool("clean_text", true));
    FN_ASSIGN_OR_RETURN(n.handle_chinese_chars, fields.Bool("handle_chinese_chars", true));
    FN_ASSIGN_OR_RETURN(n.lowercase, fields.Bool("lowercase", true));
    FN_ASSIGN_OR_RETURN(n.strip_accents, fields.Bool("strip_accents", n.lowercase));
    return absl::OkStatus();
  }

  absl::Status CheckPreTokenizer() const {
    return Component("pre_tokenizer", "BertPreTokenizer").status();
  }

  absl::Status ReadAddedTokens() {
    const auto list = root_.find("added_tokens");
    if (list == root_.end() || list->is_null()) return absl::OkStatus();
    if (!list->is_array()) return Damaged("\"added_tokens\" is not an array");
    for (const json& item : *list) {
      if (!item.is_object()) return Damaged("an added token is not an object");
      const JsonFields fields(item, name_);
      AddedToken token;
      FN_ASSIGN_OR_RETURN(token.content, fields.String("content", ""));
      if (token.content.empty()) return Damaged("an added token has no content");
      const auto id = item.find("id");
      if (id == item.end()) return Damaged(absl::StrCat("\"", token.content, "\" has no id"));
      FN_ASSIGN_OR_RETURN(token.id, ParseTokenId(*id, token.content, name_));
      const auto known = ids_.find(token.content);
      if (known != ids_.end() && known->second != token.id) {
        return Damaged(absl::StrCat("the added token \"", token.content, "\" has the id ", token.id,
                                    ", in the vocabulary ", known->second));
      }
      FN_ASSIGN_OR_RETURN(token.special, fields.Bool("special", false));
      // lstrip and rstrip only take white space, which BERT drops anyway.
      for (const char* flag : {"normalized", "single_word"}) {
        FN_ASSIGN_OR_RETURN(const bool set, fields.Bool(flag, false));
        if (set) {
          return absl::UnimplementedError(absl::StrCat(name_, ": the added token \"", token.content,
                                                       "\" is \"", flag,
                                                       "\", which is not supported"));
        }
      }
      ids_[token.content] = token.id;
      spec_.added_tokens.push_back(std::move(token));
    }
    return absl::OkStatus();
  }

  absl::Status ReadPostProcessor() {
    const auto it = root_.find("post_processor");
    if (it == root_.end()) return absl::OkStatus();  // no special tokens
    FN_ASSIGN_OR_RETURN(SpecialFrame frame, ParsePostProcessor(*it, name_));
    spec_.prefix_ids = std::move(frame.prefix);
    spec_.suffix_ids = std::move(frame.suffix);
    return absl::OkStatus();
  }

  absl::Status ReadDecoder() {
    const auto it = root_.find("decoder");
    if (it == root_.end() || it->is_null()) return absl::OkStatus();
    FN_ASSIGN_OR_RETURN(const json* decoder, Component("decoder", "WordPiece"));
    const JsonFields fields(*decoder, name_);
    FN_ASSIGN_OR_RETURN(std::string prefix, fields.String("prefix", "##"));
    FN_ASSIGN_OR_RETURN(const bool cleanup, fields.Bool("cleanup", true));
    spec_.decoder = MakeWordPieceDecoder(std::move(prefix), cleanup);
    return absl::OkStatus();
  }

  int32_t IdOf(absl::string_view token) const {
    const auto it = ids_.find(token);
    return it == ids_.end() ? -1 : it->second;
  }

  const json& root_;
  const absl::string_view name_;
  WordPieceSpec spec_;
  absl::flat_hash_map<std::string, int32_t> ids_;
};

}  // namespace

absl::StatusOr<WordPieceSpec> ParseBertTokenizer(const json& root, absl::string_view name) {
  return TokenizerJsonReader(root, name).Read();
}

absl::StatusOr<WordPieceSpec> ParseTokenizerJson(absl::string_view json_text,
                                                 absl::string_view name) {
  FN_ASSIGN_OR_RETURN(const json root, ParseJsonObject(json_text, name));
  return ParseBertTokenizer(root, name);
}

}  // namespace footnote::transformer
