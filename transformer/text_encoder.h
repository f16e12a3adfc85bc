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
#include "transformer/encoder_output.h"

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

// A vector for each of a text's tokens.
struct TokenVectors {
  int dim = 0;
  std::vector<int32_t> ids;   // special tokens included
  std::vector<float> values;  // [ids, dim]
};

// How much a token of the vocabulary says about a text.
struct TokenWeight {
  int32_t id = 0;
  float weight = 0;  // above 0
};

// What was made of one text; empty where it wasn't asked for.
struct TextOutputs {
  // [dim()], of unit length: what Embed gives.
  std::vector<float> dense;
  // By ascending id, each once, no special tokens. Two texts are as similar as the
  // sum of the products of their common tokens' weights.
  std::vector<TokenWeight> lexical_weights;
  // Of unit length, for all tokens but the first. A passage answers a question by
  // the mean over the question's tokens of their greatest dot product with one of
  // the passage's.
  TokenVectors colbert;
};

// An encoder with its tokenizer. Thread-safe.
class TextEncoder : public Embedder {
 public:
  // The last layer's hidden states of each text, without a prefix; cut at
  // max_tokens() as Embed does. Errors: as Embed.
  virtual absl::StatusOr<std::vector<TokenVectors>> HiddenStates(
      absl::Span<const absl::string_view> texts, const std::function<bool()>& cancelled) const = 0;

  // What Encode can give: kDense first.
  virtual const std::vector<EncoderOutput>& outputs() const = 0;
  // All of `wanted` from one pass over each text, in order; otherwise as Embed.
  // Errors: InvalidArgument (one that isn't in outputs(); the message names both),
  // and Embed's.
  virtual absl::StatusOr<std::vector<TextOutputs>> Encode(
      absl::Span<const absl::string_view> texts, absl::Span<const EncoderOutput> wanted,
      const std::function<bool()>& cancelled) const = 0;
};

// A sentence encoder of a family that is in transformer/encoder/families, read
// from a folder in the Hugging Face layout (config.json, tokenizer files, weights,
// and sentence-transformers' modules.json, 1_Pooling/config.json,
// sentence_bert_config.json and config_sentence_transformers.json where present;
// and bge-m3's sparse_linear.pt and colbert_linear.pt, each of which adds an output).
//
// Errors: NotFound (no such folder or file), DataLoss (a file is damaged; the
// message names it), Unimplemented (another family; the message names the
// supported ones), InvalidArgument (config and weights contradict each other).
absl::StatusOr<std::unique_ptr<const TextEncoder>> LoadTextEncoder(const std::string& model_dir,
                                                                   const EncoderOptions& options);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TEXT_ENCODER_H_
