#ifndef FOOTNOTE_TESTS_FUZZ_CHECK_DEFINITION_H_
#define FOOTNOTE_TESTS_FUZZ_CHECK_DEFINITION_H_

#include <algorithm>
#include <cstdint>
#include <cstdlib>

#include "transformer/executor/sources.h"
#include "transformer/families/definition.h"

namespace footnote::transformer {

// Aborts unless what DefineModel returned is what the executor relies on.
inline void CheckDefinition(const ModelDefinition& model) {
  const TransformerConfig& config = model.config;
  const auto layers = static_cast<size_t>(config.layers);
  if (config.attention.size() != layers || model.source.layers.size() != layers ||
      model.source.encoder_layers.size() != static_cast<size_t>(config.encoder_layers)) {
    std::abort();
  }
  for (const AttentionConfig& attention : config.attention) {
    const bool rotary = config.position == PositionKind::kRotary;
    if (attention.window < 0 || attention.rotary >= static_cast<int>(config.rotary.size()) ||
        rotary != (attention.rotary >= 0)) {
      std::abort();
    }
  }
  for (const int32_t id : config.eos_tokens) {
    if (id < 0 || id >= config.vocab_size) std::abort();
  }
  const auto linear = [](const LinearSource& source, LinearRole /*role*/) {
    for (const auto* parts : {&source.weight, &source.bias}) {
      for (const TensorSource& part : *parts) {
        if (part.rows < 1 || part.row_order == nullptr) continue;
        const auto& order = *part.row_order;
        if (order.size() != static_cast<size_t>(part.rows) ||
            *std::min_element(order.begin(), order.end()) < 0 ||
            *std::max_element(order.begin(), order.end()) >= part.tensor_rows()) {
          std::abort();
        }
      }
    }
    if (source.columns < 1 || source.rows() < 1) std::abort();
    return absl::OkStatus();
  };
  const auto norm = [](const NormSource&) { return absl::OkStatus(); };
  if (!VisitSources(model.source, {linear, norm}).ok()) std::abort();
}

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TESTS_FUZZ_CHECK_DEFINITION_H_
