// Any bytes as a tokenizer.json of any kind, or (after a first byte) as a SentencePiece model, and
// what is tokenized and decoded with what is read.
#include <cstdint>
#include <cstdlib>
#include <string>

#include "nlohmann/json.hpp"
#include "transformer/io/json.h"
#include "transformer/text/utf8.h"
#include "transformer/tokenizer/pipeline.h"
#include "transformer/tokenizer/sentencepiece_tokenizer.h"
#include "transformer/tokenizer/stream_decoder.h"

namespace {

using footnote::transformer::StreamDecoder;
using footnote::transformer::Tokenizer;

void Use(const Tokenizer& tokenizer) {
  const absl::string_view text =
      "Café  <s>[MASK]</s> a\n\t中文 unaffable 123 'LL \xF0\x9F\x98\x80\xFF<0x41>";
  const auto ids = tokenizer.Encode(text, 1 << 20);
  if (static_cast<int>(ids.size()) != tokenizer.CountTokens(text) + tokenizer.SpecialCount()) {
    std::abort();
  }
  StreamDecoder stream(tokenizer, true);
  for (const int32_t id : ids) {
    if (id < 0 || id >= tokenizer.vocab_size()) std::abort();
    tokenizer.TokenBytes(id);
    if (!footnote::transformer::IsValidUtf8(stream.Push(id))) std::abort();
  }
  stream.Flush();
  tokenizer.Tokenize(text, {true, false});
  tokenizer.Decode(ids, false);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  if (!bytes.empty() && bytes[0] == 'M') {
    const auto model =
        footnote::transformer::MakeSentencePieceTokenizer("fuzz", bytes.substr(1), {});
    if (model.ok()) Use(**model);
    return 0;
  }
  const auto root = footnote::transformer::ParseJsonObject(bytes, "fuzz");
  if (!root.ok()) return 0;
  // A pipeline of BERT builds large tables; tokenizer_json fuzzes it.
  if (bytes.find("BertPreTokenizer") != std::string::npos) return 0;
  const auto tokenizer = footnote::transformer::MakeTokenizerFromJson(*root, "fuzz", {}, "");
  if (tokenizer.ok()) Use(**tokenizer);
  return 0;
}
