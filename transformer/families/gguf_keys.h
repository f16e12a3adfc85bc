#ifndef FOOTNOTE_TRANSFORMER_FAMILIES_GGUF_KEYS_H_
#define FOOTNOTE_TRANSFORMER_FAMILIES_GGUF_KEYS_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "transformer/model/transformer_config.h"
#include "transformer/weights/weight_writer.h"

namespace footnote::transformer {

// The counterpart of GgufReader: collects what a GGUF file says of one
// architecture, keys as "ARCH.NAME", and the small tensors that belong to it.
class GgufKeys {
 public:
  explicit GgufKeys(std::string architecture);

  void Size(absl::string_view name, int64_t value);
  void Number(absl::string_view name, double value);
  void Bool(absl::string_view name, bool value);
  void String(absl::string_view name, absl::string_view value);
  // The id of a special token: "tokenizer.ggml.NAME"; none below 0.
  void Token(absl::string_view name, int32_t id);
  void Vector(const std::string& name, std::vector<float> values);

  const GgufPairs& pairs() const { return pairs_; }
  const std::map<std::string, std::vector<float>>& vectors() const { return vectors_; }

 private:
  std::string Key(absl::string_view name) const;

  const std::string architecture_;
  GgufPairs pairs_;
  std::map<std::string, std::vector<float>> vectors_;
};

// Writes what ReadGgufConfig reads.
void WriteGgufConfig(const TransformerConfig& config, GgufKeys* keys);

// The greatest window of any layer; 0: none.
int64_t LargestWindow(const TransformerConfig& config);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_FAMILIES_GGUF_KEYS_H_
