#ifndef FOOTNOTE_TRANSFORMER_EXECUTOR_LORA_H_
#define FOOTNOTE_TRANSFORMER_EXECUTOR_LORA_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "kernels/matrix.h"
#include "transformer/language_model.h"

namespace footnote::transformer {

// What an adapter adds to some outputs of one linear layer:
// y[row .. row + b.n) += scale * b (a x).
struct LoraPart {
  std::unique_ptr<const kernels::Matrix> a;  // [rank, columns]
  std::unique_ptr<const kernels::Matrix> b;  // [outputs, rank]
  int64_t row = 0;
  float scale = 1.f;
};

// An adapter on the device of its model.
class LoraAdapter : public Adapter {
 public:
  // parts[i] are those of the linear layer with Linear::id i. `owner` is the model
  // that it was loaded for: no other can run it.
  LoraAdapter(std::string content_hash, std::vector<std::vector<LoraPart>> parts, const void* owner)
      : content_hash_(std::move(content_hash)), parts_(std::move(parts)), owner_(owner) {}

  const std::string& content_hash() const override { return content_hash_; }
  const void* owner() const { return owner_; }
  const std::vector<LoraPart>& parts(int linear_id) const { return parts_[linear_id]; }

 private:
  std::string content_hash_;
  std::vector<std::vector<LoraPart>> parts_;
  const void* owner_;
};

// Rows [begin, end) of a step that are an adapter's.
struct AdapterRows {
  const LoraAdapter* adapter = nullptr;
  int64_t begin = 0;
  int64_t end = 0;
};

// The widest rank that an adapter may have: scratch space is kept for it.
inline constexpr int64_t kMaxLoraRank = 512;

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_EXECUTOR_LORA_H_
