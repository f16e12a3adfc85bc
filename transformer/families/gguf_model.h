#ifndef FOOTNOTE_TRANSFORMER_FAMILIES_GGUF_MODEL_H_
#define FOOTNOTE_TRANSFORMER_FAMILIES_GGUF_MODEL_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "transformer/families/definition.h"
#include "transformer/weights/gguf.h"
#include "transformer/weights/weight_file.h"

namespace footnote::transformer {

// A GGUF file's metadata, read as one architecture's: keys are "ARCH.NAME".
// Errors are InvalidArgument and name the key.
class GgufReader {
 public:
  GgufReader(const GgufMetadata& metadata, std::string architecture)
      : metadata_(metadata), architecture_(std::move(architecture)) {}

  bool Has(absl::string_view name) const;
  // A size in [1, 2^31): absent is an error, or `value` where one is given.
  absl::StatusOr<int64_t> Size(absl::string_view name) const;
  absl::StatusOr<int64_t> Size(absl::string_view name, int64_t value) const;
  // An integer in [0, 2^31); absent: `value`.
  absl::StatusOr<int32_t> Count(absl::string_view name, int32_t value) const;
  absl::StatusOr<double> Number(absl::string_view name, double value) const;
  absl::StatusOr<std::string> String(absl::string_view name, absl::string_view value) const;
  // A flag; absent: `value`.
  absl::StatusOr<bool> Bool(absl::string_view name, bool value) const;
  // The id of a special token; absent: -1.
  absl::StatusOr<int32_t> Token(absl::string_view name, int64_t vocab_size) const;

  std::string Key(absl::string_view name) const;

 private:
  const GgufMetadata& metadata_;
  std::string architecture_;
};

// Fills what every architecture has: sizes, norms, heads, scale, special tokens,
// and one rotary configuration (partial, scaled, with the frequency factors that
// the file may hold as tensors). The head is tied if there is no output.weight.
absl::Status ReadGgufConfig(const GgufReader& reader, const WeightFile& weights,
                            TransformerConfig* out);

// The tensors by GGUF's uniform names; which there are (fused or not, biases,
// norms) is seen from the file, or is what `has` says of a name.
WeightSource GgufSource(const TransformerConfig& config, const WeightFile& weights);
WeightSource GgufSource(const TransformerConfig& config,
                        const std::function<bool(const std::string& name)>& has);

// Undoes the order in which llama.cpp's converter stores Llama's queries and
// keys: neighbouring pairs, where the family has halves.
void UndoPairedRows(const TransformerConfig& config, WeightSource* source);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_FAMILIES_GGUF_MODEL_H_
