#include "transformer/chat/chat_template.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "nlohmann/json.hpp"
#include "transformer/chat/interpreter.h"
#include "transformer/chat/parser.h"
#include "transformer/io/json.h"
#include "transformer/text/utf8.h"

namespace footnote::transformer {
namespace {

using nlohmann::ordered_json;

constexpr int kMaxJsonDepth = 64;

absl::Status Named(const absl::Status& status, const std::string& name) {
  return absl::Status(status.code(), absl::StrCat(name, ": ", status.message()));
}

// JSON with its keys in their order.
absl::StatusOr<ordered_json> ParseOrdered(absl::string_view text, absl::string_view what) {
  if (JsonNestingDepth(text) > kMaxJsonDepth) {
    return absl::InvalidArgumentError(
        absl::StrCat(what, " are nested more than ", kMaxJsonDepth, " deep"));
  }
  ordered_json json = ordered_json::parse(text.begin(), text.end(), nullptr, false);
  if (json.is_discarded()) return absl::InvalidArgumentError(absl::StrCat(what, " are not JSON"));
  return json;
}

}  // namespace

struct ChatTemplate::Parsed {
  std::string source;
  std::string name;
  SpecialTexts special;
  chat::NodePtr block;
};

ChatTemplate::ChatTemplate(std::unique_ptr<const Parsed> parsed) : parsed_(std::move(parsed)) {}
ChatTemplate::ChatTemplate(ChatTemplate&&) noexcept = default;
ChatTemplate& ChatTemplate::operator=(ChatTemplate&&) noexcept = default;
ChatTemplate::~ChatTemplate() = default;

const std::string& ChatTemplate::source() const { return parsed_->source; }

absl::StatusOr<ChatTemplate> ChatTemplate::Parse(absl::string_view source, const std::string& name,
                                                 SpecialTexts special) {
  if (source.size() > kMaxTemplateBytes) {
    return absl::ResourceExhaustedError(absl::StrCat(name, ": a chat template of ", source.size(),
                                                     " bytes; at most ", kMaxTemplateBytes,
                                                     " are read"));
  }
  auto tokens = chat::Tokenize(source);
  if (!tokens.ok()) return Named(tokens.status(), name);
  auto block = chat::Parse(*std::move(tokens));
  if (!block.ok()) return Named(block.status(), name);
  auto parsed = std::make_unique<Parsed>();
  parsed->source = std::string(source);
  parsed->name = name;
  parsed->special = std::move(special);
  parsed->block = *std::move(block);
  return ChatTemplate(std::move(parsed));
}

absl::StatusOr<std::string> ChatTemplate::Render(const std::vector<ChatMessage>& messages,
                                                 const ChatRenderOptions& options) const {
  ordered_json list = ordered_json::array();
  for (const ChatMessage& message : messages) {
    list.push_back({{"role", ReplaceInvalidUtf8(message.role)},
                    {"content", ReplaceInvalidUtf8(message.content)}});
  }
  return RenderJson(list.dump(), options);
}

absl::StatusOr<std::string> ChatTemplate::RenderJson(absl::string_view messages_json,
                                                     const ChatRenderOptions& options) const {
  FN_ASSIGN_OR_RETURN(const ordered_json messages, ParseOrdered(messages_json, "the messages"));
  if (!messages.is_array()) return absl::InvalidArgumentError("the messages are not an array");
  for (const ordered_json& message : messages) {
    if (!message.is_object()) return absl::InvalidArgumentError("a message is not an object");
  }
  chat::Value::Dict variables = {
      {"messages", chat::FromJson(messages)},
      {"tools", chat::Value::None()},
      {"documents", chat::Value::None()},
      {"add_generation_prompt", chat::Value::Bool(options.add_generation_prompt)}};
  if (!options.tools_json.empty()) {
    FN_ASSIGN_OR_RETURN(const ordered_json tools, ParseOrdered(options.tools_json, "the tools"));
    variables[1].second = chat::FromJson(tools);
  }
  const SpecialTexts& special = parsed_->special;
  for (const auto& [key, text] :
       {std::pair("bos_token", &special.bos_token), std::pair("eos_token", &special.eos_token),
        std::pair("unk_token", &special.unk_token), std::pair("pad_token", &special.pad_token)}) {
    if (!text->empty()) variables.emplace_back(key, chat::Value::String(*text));
  }
  if (!options.variables_json.empty()) {
    FN_ASSIGN_OR_RETURN(const ordered_json more,
                        ParseOrdered(options.variables_json, "the variables"));
    if (!more.is_object()) return absl::InvalidArgumentError("the variables are not an object");
    // Behind those above, which are found first.
    for (const auto& [key, value] : more.items())
      variables.emplace_back(key, chat::FromJson(value));
  }
  const absl::Time now = options.now == absl::InfinitePast() ? absl::Now() : options.now;
  auto text = chat::Interpreter(chat::Limits(), now).Render(*parsed_->block, variables);
  if (!text.ok()) return Named(text.status(), parsed_->name);
  return text;
}

}  // namespace footnote::transformer
