// What loading takes at its peak, seen by the system.

#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/transformer/executor/model_runs.h"
#include "tests/transformer/golden_model.h"
#include "tests/transformer/process_memory.h"

namespace footnote::transformer {
namespace {

using nlohmann::json;

constexpr int64_t kHidden = 1024, kInner = 2816, kLayers = 5, kVocabulary = 4096;

// A Llama of zeros in bfloat16: a file with a header and then nothing but a hole.
// Returns its size.
uint64_t WriteModel(const TempModel& dir) {
  std::vector<std::pair<std::string, std::vector<int64_t>>> tensors = {
      {"model.embed_tokens.weight", {kVocabulary, kHidden}},
      {"lm_head.weight", {kVocabulary, kHidden}},
      {"model.norm.weight", {kHidden}}};
  for (int64_t i = 0; i < kLayers; ++i) {
    const std::string layer = "model.layers." + std::to_string(i) + ".";
    for (const char* name : {"q_proj", "k_proj", "v_proj", "o_proj"}) {
      tensors.push_back({layer + "self_attn." + name + ".weight", {kHidden, kHidden}});
    }
    tensors.push_back({layer + "mlp.gate_proj.weight", {kInner, kHidden}});
    tensors.push_back({layer + "mlp.up_proj.weight", {kInner, kHidden}});
    tensors.push_back({layer + "mlp.down_proj.weight", {kHidden, kInner}});
    tensors.push_back({layer + "input_layernorm.weight", {kHidden}});
    tensors.push_back({layer + "post_attention_layernorm.weight", {kHidden}});
  }
  json header;
  uint64_t offset = 0;
  for (const auto& [name, shape] : tensors) {
    uint64_t bytes = 2;
    for (int64_t size : shape) bytes *= static_cast<uint64_t>(size);
    header[name] = {
        {"dtype", "BF16"}, {"shape", shape}, {"data_offsets", {offset, offset + bytes}}};
    offset += bytes;
  }
  std::string text = header.dump();
  text.resize((text.size() + 7) / 8 * 8, ' ');
  const uint64_t size = text.size();
  std::string head(reinterpret_cast<const char*>(&size), sizeof(size));
  dir.Write("model.safetensors", head + text);
  const uint64_t all = head.size() + text.size() + offset;
  std::filesystem::resize_file(dir.File("model.safetensors"), all);
  dir.Write("config.json", json{{"model_type", "llama"},
                                {"vocab_size", kVocabulary},
                                {"hidden_size", kHidden},
                                {"intermediate_size", kInner},
                                {"num_hidden_layers", kLayers},
                                {"num_attention_heads", 16}}
                               .dump());
  for (const char* file : {"vocab.txt", "tokenizer_config.json"}) {
    dir.Link(GoldenModels() + "/" + file, file);
  }
  return all;
}

// How much more a process that loads the model held at its peak than before.
uint64_t PeakOfLoading(const std::string& path, WeightPrecision precision) {
  int pipe_ends[2];
  if (pipe(pipe_ends) != 0) return 0;
  const pid_t child = fork();
  if (child == 0) {
    const uint64_t before = ProcessMemory("VmRSS:");
    LanguageModelOptions options;
    options.precision = precision;
    options.threads = 1;
    const auto model = LoadLanguageModel(path, options);
    const uint64_t peak = model.ok() ? ProcessMemory("VmHWM:") - before : 0;
    const bool written = write(pipe_ends[1], &peak, sizeof(peak)) == sizeof(peak);
    _exit(written ? 0 : 1);
  }
  close(pipe_ends[1]);
  uint64_t peak = 0;
  if (read(pipe_ends[0], &peak, sizeof(peak)) != sizeof(peak)) peak = 0;
  close(pipe_ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  return peak;
}

TEST(LoadMemoryTest, PeakIsAtMostTheFileAndATenth) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a sanitizer's own memory would be measured";
#endif
  const TempModel dir;
  const uint64_t file = WriteModel(dir);
  for (WeightPrecision precision :
       {WeightPrecision::kAsStored, WeightPrecision::kInt8, WeightPrecision::kInt4}) {
    const uint64_t peak = PeakOfLoading(dir.path(), precision);
    std::printf("file %.1f MB, peak %.1f MB\n", file / 1e6, peak / 1e6);
    EXPECT_GT(peak, file / 5);  // it did load
    EXPECT_LE(peak, file + file / 10);
  }
}

}  // namespace
}  // namespace footnote::transformer
