#ifndef FOOTNOTE_TESTS_FUZZ_MEMORY_WEIGHTS_H_
#define FOOTNOTE_TESTS_FUZZ_MEMORY_WEIGHTS_H_

#include <string>
#include <utility>
#include <vector>

#include "transformer/weights/gguf.h"
#include "transformer/weights/tensor_table.h"
#include "transformer/weights/weight_file.h"

namespace footnote::transformer {

// A weight file over a table in memory. `gguf` may be null; it and what the
// tensors view must outlive the file.
class MemoryWeights : public WeightFile {
 public:
  MemoryWeights(TensorTable tensors, const GgufMetadata* gguf)
      : tensors_(std::move(tensors)), gguf_(gguf) {
    for (const auto& [name, view] : tensors_) names_.push_back(name);
  }

  const std::vector<std::string>& names() const override { return names_; }
  const TensorView* Find(absl::string_view name) const override {
    const auto it = tensors_.find(name);
    return it == tensors_.end() ? nullptr : &it->second;
  }
  const std::string& path() const override { return path_; }
  absl::string_view format() const override { return gguf_ == nullptr ? "safetensors" : "gguf"; }
  const GgufMetadata* gguf() const override { return gguf_; }
  void Release(const TensorView& /*tensor*/) const override {}
  std::string ContentHash() const override { return "fuzz"; }

 private:
  const std::string path_ = "fuzz";
  const TensorTable tensors_;
  const GgufMetadata* gguf_;
  std::vector<std::string> names_;
};

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TESTS_FUZZ_MEMORY_WEIGHTS_H_
