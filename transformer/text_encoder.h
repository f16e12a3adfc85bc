#ifndef FOOTNOTE_TRANSFORMER_TEXT_ENCODER_H_
#define FOOTNOTE_TRANSFORMER_TEXT_ENCODER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
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
};

// A BERT-type sentence encoder with its tokenizer, read from a folder in the
// Hugging Face layout (config.json, tokenizer.json or vocab.txt, and
// model.safetensors or pytorch_model.bin, and sentence-transformers'
// 1_Pooling/config.json and sentence_bert_config.json where present).
//
// Errors: NotFound (no such folder or file), DataLoss (a file is damaged; the
// message names it), Unimplemented (another family; the message names the
// supported ones), InvalidArgument (config and weights contradict each other).
absl::StatusOr<std::unique_ptr<const Embedder>> LoadTextEncoder(const std::string& model_dir,
                                                                const EncoderOptions& options);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TEXT_ENCODER_H_
