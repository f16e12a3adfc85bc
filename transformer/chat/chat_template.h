#ifndef FOOTNOTE_TRANSFORMER_CHAT_CHAT_TEMPLATE_H_
#define FOOTNOTE_TRANSFORMER_CHAT_CHAT_TEMPLATE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "nlohmann/json_fwd.hpp"
#include "transformer/weights/gguf.h"

namespace footnote::transformer {

// A template of more bytes is refused.
inline constexpr uint64_t kMaxTemplateBytes = uint64_t{1} << 20;

struct ChatMessage {
  std::string role;  // "system", "user", "assistant"
  std::string content;
};

struct ChatRenderOptions {
  // Whether to end with what begins the model's answer.
  bool add_generation_prompt = true;
  // Variables for the template besides, as a JSON object: {"enable_thinking":
  // false}. They can't replace the messages. Empty: none.
  std::string variables_json;
  // The tools that the model may call, as a JSON array of schemas; empty: none.
  std::string tools_json;
  // What strftime_now says; the present if it is not set.
  absl::Time now = absl::InfinitePast();
};

// A model's chat template: how the messages of a conversation become the prompt
// that the model was tuned on. It is written in the subset of Jinja that
// published templates use, and renders byte for byte as apply_chat_template of
// `transformers`. It comes from the model's own files, never from a request, and
// its steps, output and nesting are bounded. Immutable and thread-safe.
class ChatTemplate {
 public:
  struct SpecialTexts {
    std::string bos_token, eos_token, unk_token, pad_token;
  };

  // `name` is the template's, for messages. Errors: InvalidArgument (no valid
  // template), Unimplemented (a tag outside the subset), ResourceExhausted (too
  // large or nested too deeply).
  static absl::StatusOr<ChatTemplate> Parse(absl::string_view source, const std::string& name,
                                            SpecialTexts special);

  ChatTemplate(ChatTemplate&&) noexcept;
  ChatTemplate& operator=(ChatTemplate&&) noexcept;
  ~ChatTemplate();

  // Errors: InvalidArgument (the template refuses the conversation, such as two
  // users in a row; the message has its reason), Unimplemented (an unknown filter
  // or method), ResourceExhausted (beyond the limits).
  absl::StatusOr<std::string> Render(const std::vector<ChatMessage>& messages,
                                     const ChatRenderOptions& options) const;

  // The same for messages with other fields than role and content (tool calls):
  // a JSON array of objects. Also InvalidArgument: it is not that.
  absl::StatusOr<std::string> RenderJson(absl::string_view messages_json,
                                         const ChatRenderOptions& options) const;

  const std::string& source() const;

 private:
  struct Parsed;
  explicit ChatTemplate(std::unique_ptr<const Parsed> parsed);
  std::unique_ptr<const Parsed> parsed_;
};

// The template of a model folder: chat_template.jinja, or "chat_template" of
// tokenizer_config.json (of several, the one named "default"); of a GGUF file,
// tokenizer.chat_template. Errors: NotFound (the model has none), and as Parse.
absl::StatusOr<ChatTemplate> LoadChatTemplate(const std::string& model_dir_or_gguf);

// The text of a model folder's template. Errors: NotFound, those of reading.
absl::StatusOr<std::string> ReadChatTemplate(const std::string& dir);
absl::StatusOr<ChatTemplate> ChatTemplateOfGguf(const GgufMetadata& metadata,
                                                const std::string& name);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_CHAT_CHAT_TEMPLATE_H_
