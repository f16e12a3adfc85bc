#include "transformer/tokenizer/post_processor.h"

#include <limits>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "nlohmann/json.hpp"
#include "transformer/io/json.h"
#include "transformer/tokenizer/component_json.h"

namespace footnote::transformer {
namespace {

using nlohmann::json;

absl::Status AppendIds(const json& tokens, const json& special, absl::string_view name,
                       std::vector<int32_t>* ids) {
  FN_ASSIGN_OR_RETURN(const std::string id, JsonFields(special, name).String("id", ""));
  const auto token = tokens.find(id);
  if (token == tokens.end() || !token->is_object() || !token->contains("ids") ||
      !token->at("ids").is_array()) {
    return Damaged(name, absl::StrCat("the template's token \"", id, "\" is not defined"));
  }
  for (const json& value : token->at("ids")) {
    FN_ASSIGN_OR_RETURN(const int32_t number, ParseTokenId(value, id, name));
    ids->push_back(number);
  }
  return absl::OkStatus();
}

absl::StatusOr<SpecialFrame> ParseTemplate(const json& processor, absl::string_view name) {
  const auto single = processor.find("single");
  const auto tokens = processor.find("special_tokens");
  if (single == processor.end() || !single->is_array() || tokens == processor.end() ||
      !tokens->is_object()) {
    return Damaged(name, "the post-processor lacks \"single\" or \"special_tokens\"");
  }
  SpecialFrame frame;
  bool seen_text = false;
  for (const json& piece : *single) {
    if (!piece.is_object()) return Damaged(name, "a piece of the template is not an object");
    if (piece.contains("Sequence")) {
      if (seen_text) return Damaged(name, "the template has the text twice");
      seen_text = true;
      continue;
    }
    const auto special = piece.find("SpecialToken");
    if (special == piece.end() || !special->is_object()) {
      return Damaged(name, "a piece of the template is neither Sequence nor SpecialToken");
    }
    FN_RETURN_IF_ERROR(
        AppendIds(*tokens, *special, name, seen_text ? &frame.suffix : &frame.prefix));
  }
  if (!seen_text) return Damaged(name, "the template has no place for the text");
  return frame;
}

// BertProcessing and RobertaProcessing: one token before and one after.
absl::StatusOr<SpecialFrame> ParseClsSep(const json& processor, absl::string_view name) {
  SpecialFrame frame;
  for (const char* key : {"cls", "sep"}) {
    const auto pair = processor.find(key);
    if (pair == processor.end() || !pair->is_array() || pair->size() != 2) {
      return Damaged(name,
                     absl::StrCat("the post-processor's \"", key, "\" is not a token and an id"));
    }
    FN_ASSIGN_OR_RETURN(const int32_t id, ParseTokenId((*pair)[1], key, name));
    (absl::string_view(key) == "cls" ? frame.prefix : frame.suffix).push_back(id);
  }
  return frame;
}

absl::StatusOr<SpecialFrame> ParseSequence(const json& processor, absl::string_view name) {
  const auto list = processor.find("processors");
  if (list == processor.end() || !list->is_array()) {
    return Damaged(name, "a post-processor Sequence has no processors");
  }
  SpecialFrame frame;
  for (const json& item : *list) {
    FN_ASSIGN_OR_RETURN(const SpecialFrame outer, ParsePostProcessor(item, name));
    frame.prefix.insert(frame.prefix.begin(), outer.prefix.begin(), outer.prefix.end());
    frame.suffix.insert(frame.suffix.end(), outer.suffix.begin(), outer.suffix.end());
  }
  return frame;
}

}  // namespace

absl::StatusOr<int32_t> ParseTokenId(const json& value, absl::string_view token,
                                     absl::string_view name) {
  constexpr int64_t kMaxId = std::numeric_limits<int32_t>::max();
  if (!value.is_number_unsigned() || value.get<uint64_t>() > uint64_t{kMaxId}) {
    return Damaged(
        name, absl::StrCat("the id of token \"", token, "\" is not an integer from 0 to ", kMaxId));
  }
  return static_cast<int32_t>(value.get<uint64_t>());
}

absl::StatusOr<SpecialFrame> ParsePostProcessor(const json& item, absl::string_view name) {
  if (item.is_null()) return SpecialFrame();
  FN_ASSIGN_OR_RETURN(const std::string type, ComponentType(item, "post_processor", name));
  if (type == "TemplateProcessing") return ParseTemplate(item, name);
  if (type == "BertProcessing" || type == "RobertaProcessing") return ParseClsSep(item, name);
  if (type == "ByteLevel") return SpecialFrame();  // changes offsets only
  if (type == "Sequence") return ParseSequence(item, name);
  return UnknownComponent("post_processor", type, name);
}

}  // namespace footnote::transformer
