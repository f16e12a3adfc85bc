#ifndef FOOTNOTE_TRANSFORMER_WEIGHTS_PEFT_H_
#define FOOTNOTE_TRANSFORMER_WEIGHTS_PEFT_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "transformer/weights/weight_file.h"

namespace footnote::transformer {

// What an adapter_config.json says that matters to a model that runs: everything
// else in it is for training.
struct PeftConfig {
  int64_t rank = 0;
  double alpha = 0;
  bool rank_stabilised = false;  // scaling alpha / sqrt(r) instead of alpha / r
  std::string base_model;        // as the file says; may be empty
  // Modules of another rank or alpha, in the file's order: the first that
  // matches counts. A pattern is the end of a module's path, or all of it after
  // "^"; "." stands for any character, "\\." for itself.
  std::vector<std::pair<std::string, int64_t>> rank_pattern;
  std::vector<std::pair<std::string, double>> alpha_pattern;
};

// Errors: DataLoss (not JSON), InvalidArgument (a wrong value; the message names
// the key), Unimplemented (another kind of adapter than plain LoRA, or an option
// that changes what the model computes: DoRA, modules_to_save, biases, ...).
// Source: peft/tuners/lora/config.py, version 0.21
absl::StatusOr<PeftConfig> ParsePeftConfig(absl::string_view text, absl::string_view name);

// What multiplies B (A x) in `module`, whose matrices have this rank. A module is
// given by its path ("model.layers.0.self_attn.q_proj"). Errors: InvalidArgument
// (the rank is not the configuration's).
absl::StatusOr<float> PeftScaling(const PeftConfig& config, absl::string_view module, int64_t rank);

// The two matrices that change one linear layer: y += scaling * B (A x).
struct LoraModule {
  float scaling = 1;
  TensorView a;  // [r, in], f32, f16 or bf16
  TensorView b;  // [out, r], likewise
};

// A LoRA adapter on disk. The views of `modules` point into `file`. Immutable
// and thread-safe.
struct PeftAdapter {
  PeftConfig config;
  std::unique_ptr<const WeightFile> file;
  // By the path of the linear layer in the base model, as `transformers` names
  // it: "model.layers.0.self_attn.q_proj".
  std::map<std::string, LoraModule, std::less<>> modules;
  std::string content_hash;  // of both files' bytes
};

// Reads adapter_config.json and adapter_model.safetensors in `dir`. Nothing is
// compared with any model yet.
//
// Errors: NotFound, DataLoss (damaged; half of a module is missing; wrong shapes),
// InvalidArgument, Unimplemented: as above.
absl::StatusOr<PeftAdapter> ReadPeftAdapter(const std::string& dir);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_WEIGHTS_PEFT_H_
