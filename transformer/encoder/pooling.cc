#include "transformer/encoder/pooling.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/weights/weight_file.h"

namespace footnote::transformer {

std::vector<float> DenseLayer::Apply(const float* x) const {
  std::vector<float> y(weights_.outputs);
  for (int64_t j = 0; j < weights_.outputs; ++j) {
    const float* w = &weights_.w[j * weights_.inputs];
    double sum = weights_.b.empty() ? 0 : weights_.b[j];
    for (int64_t i = 0; i < weights_.inputs; ++i) sum += static_cast<double>(w[i]) * x[i];
    y[j] = static_cast<float>(tanh_ ? std::tanh(sum) : sum);
  }
  return y;
}

void ToUnitLength(absl::Span<float> x) {
  double squares = 0;
  for (const float v : x) squares += static_cast<double>(v) * v;
  const float inverse = static_cast<float>(1 / std::max(std::sqrt(squares), 1e-12));
  for (float& v : x) v *= inverse;
}

absl::StatusOr<SentencePooling> SentencePooling::Load(const std::string& model_dir,
                                                      const ModelConfig& config) {
  SentencePooling out(config.pooling, config.bert.hidden_size);
  for (const DenseConfig& dense : config.dense) {
    FN_ASSIGN_OR_RETURN(const std::unique_ptr<const WeightFile> file,
                        OpenWeights(absl::StrCat(model_dir, "/", dense.dir)));
    const TensorReader reader(*file, "linear.");
    LinearWeights weights{dense.outputs, dense.inputs, {}, {}};
    FN_ASSIGN_OR_RETURN(weights.w, reader.Read("weight", {dense.outputs, dense.inputs}));
    if (dense.bias) {
      FN_ASSIGN_OR_RETURN(weights.b, reader.Read("bias", {dense.outputs}));
    }
    absl::StrAppend(&out.dense_fingerprint_, "/dense.", file->ContentHash(), ".",
                    dense.tanh ? "tanh" : "identity");
    out.dense_.emplace_back(std::move(weights), dense.tanh);
  }
  return out;
}

void SentencePooling::Apply(const float* states, int64_t tokens, float* out) const {
  const int64_t used = pooling_ == Pooling::kCls ? 1 : tokens;
  std::vector<float> x(dim_);
  for (int64_t t = 0; t < used; ++t) {
    for (int64_t i = 0; i < dim_; ++i) x[i] += states[t * dim_ + i];
  }
  for (float& v : x) v /= static_cast<float>(used);
  for (const DenseLayer& dense : dense_) x = dense.Apply(x.data());
  ToUnitLength(absl::MakeSpan(x));
  std::copy(x.begin(), x.end(), out);
}

}  // namespace footnote::transformer
