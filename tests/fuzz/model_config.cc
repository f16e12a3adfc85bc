// Any bytes as each configuration file of a model folder.
#include <stdlib.h>

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "tests/fuzz/temp_folder.h"
#include "transformer/model/model_config.h"

namespace {

constexpr absl::string_view kGood =
    R"({"model_type":"bert","vocab_size":9,"hidden_size":8,"num_hidden_layers":1,)"
    R"("num_attention_heads":2,"intermediate_size":9,"max_position_embeddings":8})";

constexpr absl::string_view kDenseModules =
    R"([{"type":"a.Pooling","path":"1_Pooling"},{"type":"a.Dense","path":"2_Dense"}])";

}  // namespace

// The first byte chooses the file.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const footnote::transformer::TempFolder folder;
  static const bool made = [] {
    folder.MakeFolder("1_Pooling");
    folder.MakeFolder("2_Dense");
    return true;
  }();
  if (!made) abort();
  static const char* const kFiles[] = {"config.json",           "sentence_bert_config.json",
                                       "modules.json",          "1_Pooling/config.json",
                                       "tokenizer_config.json", "config_sentence_transformers.json",
                                       "2_Dense/config.json"};
  if (size == 0) return 0;
  const std::string file = kFiles[data[0] % 7];
  folder.Write("config.json", kGood);
  if (file == "2_Dense/config.json") folder.Write("modules.json", kDenseModules);
  folder.Write(file, absl::string_view(reinterpret_cast<const char*>(data) + 1, size - 1));
  const auto config = footnote::transformer::LoadModelConfig(folder.dir());
  if (config.ok()) {
    const auto& bert = config->bert;
    if (bert.hidden_size % bert.num_attention_heads != 0 || config->max_seq_length < 3 ||
        config->max_seq_length > bert.longest_input() || config->embedding_size() < 1 ||
        !(bert.layer_norm_eps >= 0)) {
      abort();
    }
  }
  if (file == "2_Dense/config.json") folder.Remove("modules.json");
  if (file != "config.json") folder.Remove(file);
  return 0;
}
