#ifndef FOOTNOTE_TESTS_GENERATOR_RANDOM_LLAMA_H_
#define FOOTNOTE_TESTS_GENERATOR_RANDOM_LLAMA_H_

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "nlohmann/json.hpp"
#include "tests/transformer/made_weights.h"

namespace footnote::generator {

// The tensors of a Llama of `config`, as made_weights::Safetensors wants them:
// large enough for logits that differ from place to place.
inline nlohmann::json RandomLlamaTensors(const nlohmann::json& config) {
  const int64_t hidden = config["hidden_size"];
  const int64_t inner = config["intermediate_size"];
  const int64_t vocab = config["vocab_size"];
  nlohmann::json rows;
  const auto add = [&](const std::string& name, const nlohmann::json& shape, double mean,
                       double scale) {
    rows.push_back({name, shape, mean, scale});
  };
  add("model.embed_tokens.weight", {vocab, hidden}, 0, 1);
  for (int i = 0; i < config["num_hidden_layers"]; ++i) {
    const std::string layer = absl::StrCat("model.layers.", i, ".");
    for (const char* name : {"q_proj", "k_proj", "v_proj", "o_proj"}) {
      add(absl::StrCat(layer, "self_attn.", name, ".weight"), {hidden, hidden}, 0, 0.4);
    }
    add(layer + "mlp.gate_proj.weight", {inner, hidden}, 0, 0.4);
    add(layer + "mlp.up_proj.weight", {inner, hidden}, 0, 0.4);
    add(layer + "mlp.down_proj.weight", {hidden, inner}, 0, 0.4);
    add(layer + "input_layernorm.weight", {hidden}, 1, 0.2);
    add(layer + "post_attention_layernorm.weight", {hidden}, 1, 0.2);
  }
  add("model.norm.weight", {hidden}, 1, 0.2);
  add("lm_head.weight", {vocab, hidden}, 0, 0.5);
  return rows;
}

// Makes `folder` a model of the golden Llama's shape with random weights, for
// `context` tokens, that reads and writes with the golden tokenizer NAME. Adapters
// of the golden Llama fit it.
inline void WriteRandomLlama(const std::string& tokenizer, int64_t context,
                             const std::string& folder) {
  const std::filesystem::path golden = std::filesystem::path(FOOTNOTE_TESTDATA) / "golden";
  const std::filesystem::path tokenizer_file = golden / "tokenizers" / (tokenizer + ".json");
  std::filesystem::copy(tokenizer_file, folder + "/tokenizer.json");
  nlohmann::json config = nlohmann::json::parse(std::ifstream(golden / "models/llama/config.json"));
  config["vocab_size"] =
      nlohmann::json::parse(std::ifstream(tokenizer_file))["model"]["vocab"].size();
  config["max_position_embeddings"] = context;
  std::ofstream(folder + "/config.json") << config;
  std::ofstream(folder + "/model.safetensors", std::ios::binary)
      << transformer::made_weights::Safetensors(RandomLlamaTensors(config));
}

}  // namespace footnote::generator

#endif  // FOOTNOTE_TESTS_GENERATOR_RANDOM_LLAMA_H_
