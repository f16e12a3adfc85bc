#ifndef FOOTNOTE_TRANSFORMER_TEXT_ENCODER_H_
#define FOOTNOTE_TRANSFORMER_TEXT_ENCODER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "transformer/embedder.h"

namespace footnote::transformer {

enum class Precision {
  kFloat32,   // reference
  kBfloat16,  // products in bf16 with f32 accumulation
  kInt8,      // weights per channel, activations per token, f32 elsewhere
};

struct EncoderOptions {
  // The default is the fastest that stays within cosine 0.999 of f32.
  Precision precision = Precision::kInt8;
  // CPU threads, the caller's among them; below 1: one per available CPU.
  int threads = 0;
  // What is put before each query and passage; absent: what the model's
  // config_sentence_transformers.json says, or nothing.
  std::optional<std::string> query_prefix = std::nullopt;
  std::optional<std::string> passage_prefix = std::nullopt;
};

// What the encoder makes of each token of a text, before any pooling.
struct TokenStates {
  int dim = 0;
  std::vector<int32_t> ids;   // special tokens included
  std::vector<float> values;  // [ids, dim]
};

// An encoder with its tokenizer. Thread-safe.
class TextEncoder : public Embedder {
 public:
  // The last layer's hidden states of each text, without a prefix; cut at
  // max_tokens() as Embed does. Errors: as Embed.
  virtual absl::StatusOr<std::vector<TokenStates>> HiddenStates(
      absl::Span<const absl::string_view> texts, const std::function<bool()>& cancelled) const = 0;
};

// A sentence encoder of a family that is in transformer/encoder/families, read
// from a folder in the Hugging Face layout (config.json, tokenizer files, weights,
// and sentence-transformers' modules.json, 1_Pooling/config.json,
// sentence_bert_config.json and config_sentence_transformers.json where present).
//
// Errors: NotFound (no such folder or file), DataLoss (a file is damaged; the
// message names it), Unimplemented (another family; the message names the
// supported ones), InvalidArgument (config and weights contradict each other).
absl::StatusOr<std::unique_ptr<const TextEncoder>> LoadTextEncoder(const std::string& model_dir,
                                                                   const EncoderOptions& options);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TEXT_ENCODER_H_
