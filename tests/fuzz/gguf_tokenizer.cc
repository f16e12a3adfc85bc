// Any bytes as a GGUF file whose tokenizer and chat template are read and used.
#include <cstdint>
#include <cstdlib>

#include "transformer/chat/chat_template.h"
#include "transformer/tokenizer/gguf_tokenizer.h"
#include "transformer/weights/gguf.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  const auto contents = footnote::transformer::ParseGguf(bytes);
  if (!contents.ok()) return 0;
  const auto chat = footnote::transformer::ChatTemplateOfGguf(contents->metadata, "fuzz");
  if (chat.ok()) (void)chat->Render({{"user", "hi"}}, {});
  const auto tokenizer = footnote::transformer::MakeGgufTokenizer(contents->metadata, "fuzz");
  if (!tokenizer.ok()) return 0;
  for (const int32_t id : (*tokenizer)->Tokenize("a Café <s> 12 \xFF", {true, true})) {
    if (id < 0 || id >= (*tokenizer)->vocab_size()) std::abort();
    (*tokenizer)->TokenBytes(id);
    (*tokenizer)->Decode({id}, false);
  }
  return 0;
}
