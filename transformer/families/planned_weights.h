#ifndef FOOTNOTE_TRANSFORMER_FAMILIES_PLANNED_WEIGHTS_H_
#define FOOTNOTE_TRANSFORMER_FAMILIES_PLANNED_WEIGHTS_H_

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "transformer/families/definition.h"
#include "transformer/weights/gguf.h"
#include "transformer/weights/tensor_table.h"
#include "transformer/weights/weight_file.h"
#include "transformer/weights/weight_writer.h"

namespace footnote::transformer {

// The tensors of a file that isn't written yet: names and shapes, without
// numbers but for the small vectors that families look into. With it a family's
// reading functions say how the file has to look. For one thread while it is
// filled, then immutable.
class PlannedWeights : public WeightFile {
 public:
  explicit PlannedWeights(std::string path) : path_(std::move(path)) {}

  // Every tensor that `source` names. Replaces what has the name.
  void AddSource(const WeightSource& source);
  void AddTensor(const std::string& name, std::vector<int64_t> shape);
  // A vector with its numbers.
  void AddVector(const std::string& name, const std::vector<float>& values);
  // The head of a GGUF file. Errors: DataLoss.
  absl::Status SetGguf(const GgufPairs& pairs);

  const std::vector<std::string>& names() const override { return names_; }
  const TensorView* Find(absl::string_view name) const override;
  const std::string& path() const override { return path_; }
  absl::string_view format() const override { return "planned"; }
  const GgufMetadata* gguf() const override { return gguf_.get(); }
  void Release(const TensorView& /*tensor*/) const override {}
  std::string ContentHash() const override { return ""; }

 private:
  const std::string path_;
  std::vector<std::string> names_;
  TensorTable tensors_;
  std::map<std::string, std::vector<float>> values_;
  std::string pairs_;  // what gguf_ views
  std::unique_ptr<const GgufMetadata> gguf_;
};

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_FAMILIES_PLANNED_WEIGHTS_H_
