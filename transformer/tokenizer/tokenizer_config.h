#ifndef FOOTNOTE_TRANSFORMER_TOKENIZER_TOKENIZER_CONFIG_H_
#define FOOTNOTE_TRANSFORMER_TOKENIZER_TOKENIZER_CONFIG_H_

#include <cstdint>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "transformer/tokenizer/tokenizer.h"

namespace footnote::transformer {

// Of tokenizer.json, tokenizer.model and vocab.txt; the largest that are
// published have about 20 MB.
inline constexpr uint64_t kMaxTokenizerBytes = uint64_t{256} << 20;
// Of tokenizer_config.json and its like, which may list every added token.
inline constexpr uint64_t kMaxTokenizerConfigBytes = uint64_t{64} << 20;

// What tokenizer_config.json and special_tokens_map.json say. A text is empty
// where they say nothing.
struct TokenizerConfig {
  std::string bos, eos, unk, pad, cls, sep, mask;
  std::optional<bool> add_bos, add_eos, legacy, add_prefix_space;
  std::string tokenizer_class;
  int64_t extra_ids = -1;  // -1: not said
  std::string content;     // of both files, for hashing
};

// Reads the two files of a model folder, where they are. Errors: as ReadFile;
// DataLoss and InvalidArgument (damaged).
absl::StatusOr<TokenizerConfig> ReadTokenizerConfig(const std::string& model_dir);

// One file's text. `name` is for messages. Errors: DataLoss, InvalidArgument.
absl::StatusOr<TokenizerConfig> ParseTokenizerConfig(absl::string_view config_json,
                                                     absl::string_view name);

// Ids for the texts of `config`, and where it says nothing for the texts that
// are in general use, such as "<pad>". `find(text)` is -1 for an unknown text.
template <typename Find>
SpecialTokens FindSpecialTokens(const TokenizerConfig& config, Find find) {
  const auto first = [&find](const std::string& said, std::initializer_list<const char*> usual) {
    if (!said.empty()) return find(said);
    for (const char* text : usual) {
      const int32_t id = find(text);
      if (id >= 0) return id;
    }
    return int32_t{-1};
  };
  SpecialTokens out;
  out.cls = first(config.cls, {"[CLS]"});
  out.sep = first(config.sep, {"[SEP]"});
  out.pad = first(config.pad, {"[PAD]", "<pad>"});
  out.unk = first(config.unk, {"[UNK]", "<unk>"});
  out.mask = first(config.mask, {"[MASK]", "<mask>"});
  out.bos = first(config.bos, {"<s>", "<bos>", "<|begin_of_text|>"});
  out.eos = first(config.eos, {"</s>", "<eos>", "<|endoftext|>", "<|end_of_text|>"});
  return out;
}

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TOKENIZER_TOKENIZER_CONFIG_H_
