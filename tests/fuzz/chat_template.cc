// Any bytes as a chat template, and as a conversation for a fixed one.
#include <cstdint>
#include <string>

#include "transformer/chat/interpreter.h"
#include "transformer/chat/lexer.h"
#include "transformer/chat/parser.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using footnote::transformer::chat::Value;
  const std::string source(reinterpret_cast<const char*>(data), size);
  auto tokens = footnote::transformer::chat::Tokenize(source);
  if (!tokens.ok()) return 0;
  const auto block = footnote::transformer::chat::Parse(*std::move(tokens));
  if (!block.ok()) return 0;
  const Value message = Value::FromDict(
      {{"role", Value::String("user")}, {"content", Value::String("h\xC3\xA9 <b>\n")}});
  const Value::Dict variables = {{"messages", Value::FromList({message, message})},
                                 {"tools", Value::None()},
                                 {"bos_token", Value::String("<s>")},
                                 {"add_generation_prompt", Value::Bool(true)}};
  footnote::transformer::chat::Limits limits;
  limits.max_steps = 20'000;
  limits.max_output_bytes = 1 << 16;
  (void)footnote::transformer::chat::Interpreter(limits, absl::UnixEpoch())
      .Render(**block, variables);
  return 0;
}
