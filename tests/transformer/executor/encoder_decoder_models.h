#ifndef FOOTNOTE_TESTS_TRANSFORMER_EXECUTOR_ENCODER_DECODER_MODELS_H_
#define FOOTNOTE_TESTS_TRANSFORMER_EXECUTOR_ENCODER_DECODER_MODELS_H_

#include <cstdlib>
#include <fstream>
#include <string>

#include "nlohmann/json.hpp"
#include "tests/transformer/golden_model.h"
#include "tests/transformer/made_weights.h"

// The models of tests/golden/encoder_decoders.json.
namespace footnote::transformer {

inline const nlohmann::json& AllGolden() {
  static const nlohmann::json* const golden = [] {
    std::ifstream file(std::string(FOOTNOTE_TESTDATA) + "/golden/encoder_decoders.json");
    return new nlohmann::json(nlohmann::json::parse(file));
  }();
  return *golden;
}

// One of its cases.
inline const nlohmann::json& CaseNamed(const std::string& name) {
  for (const nlohmann::json& c : AllGolden()["cases"]) {
    if (c["name"] == name) return c;
  }
  std::abort();
}

// The model of a case as a folder.
inline void WriteModel(const nlohmann::json& golden, const TempModel& dir) {
  dir.Write("config.json", golden["config"].dump());
  dir.Write("model.safetensors", made_weights::Safetensors(golden["tensors"]));
  for (const char* file : {"vocab.txt", "tokenizer_config.json"}) {
    dir.Link(GoldenModels() + "/" + file, file);
  }
}

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TESTS_TRANSFORMER_EXECUTOR_ENCODER_DECODER_MODELS_H_
