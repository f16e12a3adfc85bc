#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "nlohmann/json.hpp"
#include "transformer/chat/chat_template.h"
#include "transformer/io/file.h"
#include "transformer/io/json.h"
#include "transformer/tokenizer/tokenizer_config.h"

namespace footnote::transformer {
namespace {

using nlohmann::json;

// A template by itself, or a list of {"name": .., "template": ..}.
absl::StatusOr<std::string> TemplateOf(const json& value, const std::string& name) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_array()) {
    for (const json& item : value) {
      if (item.is_object() && item.value("name", json()) == "default" &&
          item.value("template", json()).is_string()) {
        return item.at("template").get<std::string>();
      }
    }
  }
  return absl::InvalidArgumentError(
      absl::StrCat(name, ": the chat_template is neither a text nor a list with a default"));
}

std::string TokenText(const GgufMetadata& metadata, const char* key) {
  const auto id = metadata.Int(key);
  const GgufValue* tokens = metadata.Find("tokenizer.ggml.tokens");
  if (!id.ok() || tokens == nullptr || *id < 0 || *id >= static_cast<int64_t>(tokens->ss.size())) {
    return "";
  }
  return std::string(tokens->ss[static_cast<size_t>(*id)]);
}

struct StoredTemplate {
  std::string path;  // the file that holds it
  std::string source;
};

absl::StatusOr<StoredTemplate> FindTemplate(const std::string& dir) {
  const std::string jinja_path = absl::StrCat(dir, "/chat_template.jinja");
  if (IsFile(jinja_path)) {
    FN_ASSIGN_OR_RETURN(std::string source, ReadFile(jinja_path, kMaxTemplateBytes));
    return StoredTemplate{jinja_path, std::move(source)};
  }
  const std::string config_path = absl::StrCat(dir, "/tokenizer_config.json");
  if (IsFile(config_path)) {
    FN_ASSIGN_OR_RETURN(const json root, ReadJsonObject(config_path, kMaxTokenizerConfigBytes));
    const auto value = root.find("chat_template");
    if (value != root.end() && !value->is_null()) {
      FN_ASSIGN_OR_RETURN(std::string source, TemplateOf(*value, config_path));
      return StoredTemplate{config_path, std::move(source)};
    }
  }
  return absl::NotFoundError(absl::StrCat(dir, " has no chat template"));
}

}  // namespace

absl::StatusOr<ChatTemplate> ChatTemplateOfGguf(const GgufMetadata& metadata,
                                                const std::string& name) {
  if (metadata.Find("tokenizer.chat_template") == nullptr) {
    return absl::NotFoundError(absl::StrCat(name, " has no chat template"));
  }
  FN_ASSIGN_OR_RETURN(const std::string source, metadata.String("tokenizer.chat_template"));
  ChatTemplate::SpecialTexts special;
  special.bos_token = TokenText(metadata, "tokenizer.ggml.bos_token_id");
  special.eos_token = TokenText(metadata, "tokenizer.ggml.eos_token_id");
  special.unk_token = TokenText(metadata, "tokenizer.ggml.unknown_token_id");
  special.pad_token = TokenText(metadata, "tokenizer.ggml.padding_token_id");
  return ChatTemplate::Parse(source, name, std::move(special));
}

absl::StatusOr<std::string> ReadChatTemplate(const std::string& dir) {
  FN_ASSIGN_OR_RETURN(StoredTemplate stored, FindTemplate(dir));
  return std::move(stored.source);
}

absl::StatusOr<ChatTemplate> LoadChatTemplate(const std::string& path) {
  if (IsFile(path)) {
    FN_ASSIGN_OR_RETURN(const std::unique_ptr<const MappedFile> file, MappedFile::Open(path));
    const absl::StatusOr<GgufContents> contents = ParseGguf(file->bytes());
    if (!contents.ok()) {
      return absl::Status(contents.status().code(),
                          absl::StrCat(path, ": ", contents.status().message()));
    }
    return ChatTemplateOfGguf(contents->metadata, path);
  }
  FN_ASSIGN_OR_RETURN(const TokenizerConfig config, ReadTokenizerConfig(path));
  FN_ASSIGN_OR_RETURN(const StoredTemplate stored, FindTemplate(path));
  return ChatTemplate::Parse(stored.source, stored.path,
                             {config.bos, config.eos, config.unk, config.pad});
}

}  // namespace footnote::transformer
