#ifndef FOOTNOTE_TESTS_TRANSFORMER_GOLDEN_MODEL_H_
#define FOOTNOTE_TESTS_TRANSFORMER_GOLDEN_MODEL_H_

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace footnote::transformer {

// A folder that lives as long as this.
class TempModel {
 public:
  TempModel() {
    std::string name = ::testing::TempDir() + "/footnote_model_XXXXXX";
    if (mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~TempModel() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TempModel(const TempModel&) = delete;
  TempModel& operator=(const TempModel&) = delete;

  const std::string& path() const { return path_; }
  std::string File(const std::string& name) const { return path_ + "/" + name; }
  void Write(const std::string& name, const std::string& text) const {
    std::filesystem::remove(File(name));  // it may be a link to a golden file
    std::ofstream(File(name), std::ios::binary) << text;
  }
  void Link(const std::string& from, const std::string& name) const {
    std::filesystem::create_symlink(from, File(name));
  }

 private:
  std::string path_;
};

inline std::string GoldenModels() { return std::string(FOOTNOTE_TESTDATA) + "/golden/models"; }

// Makes `model` the golden model NAME with the tokenizer that all of them share.
inline void LinkGolden(const std::string& name, const TempModel& model) {
  for (const auto& entry : std::filesystem::directory_iterator(GoldenModels() + "/" + name)) {
    model.Link(entry.path(), entry.path().filename());
  }
  for (const char* file : {"vocab.txt", "tokenizer_config.json"}) {
    model.Link(GoldenModels() + "/" + file, file);
  }
}

// A file of little-endian f32.
inline std::vector<float> ReadFloats(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  const std::string bytes((std::istreambuf_iterator<char>(file)), {});
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), values.size() * sizeof(float));
  return values;
}

// What transformers computed (tests/golden/models.py).
struct Golden {
  std::vector<int32_t> prompt;
  std::vector<float> logits;  // [prompt, vocabulary]
  int64_t greedy_prompt = 0;
  std::vector<int32_t> greedy;  // follows the first greedy_prompt tokens
};

inline Golden ReadGoldenFiles(const std::string& json_path, const std::string& logits_path) {
  std::ifstream file(json_path);
  const nlohmann::json json = nlohmann::json::parse(file);
  Golden golden;
  golden.prompt = json.at("prompt").get<std::vector<int32_t>>();
  golden.greedy_prompt = json.at("greedy_prompt").get<int64_t>();
  golden.greedy = json.at("greedy").get<std::vector<int32_t>>();
  golden.logits = ReadFloats(logits_path);
  return golden;
}

inline Golden ReadGolden(const std::string& name) {
  const std::string folder = GoldenModels() + "/" + name;
  return ReadGoldenFiles(folder + "/golden.json", folder + "/logits.f32");
}

// The names of all golden models.
inline std::vector<std::string> GoldenNames() {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator(GoldenModels())) {
    if (entry.is_directory()) names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TESTS_TRANSFORMER_GOLDEN_MODEL_H_
