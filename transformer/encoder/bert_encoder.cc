#include "transformer/encoder/bert_encoder.h"

#include <cassert>
#include <optional>

#include "absl/memory/memory.h"
#include "kernels/base/status_macros.h"
#include "kernels/layer_norm.h"
#include "transformer/encoder/calibration.h"

namespace footnote::transformer {

absl::StatusOr<std::unique_ptr<const BertEncoder>> BertEncoder::Load(
    const BertConfig& config, const TensorReader& reader, Precision precision,
    kernels::CpuLevel level, const TokenBatch* calibration) {
  auto encoder = absl::WrapUnique(new BertEncoder(config, level));
  FN_ASSIGN_OR_RETURN(encoder->embeddings_, ReadBertEmbeddings(config, reader));
  BertScratch scratch;
  if (calibration != nullptr) encoder->Embed(*calibration, &scratch);
  for (int i = 0; i < config.num_hidden_layers; ++i) {
    FN_ASSIGN_OR_RETURN(const BertLayerWeights weights, ReadBertLayer(config, reader, i));
    std::optional<BertLayerStatistics> statistics;
    if (calibration != nullptr) {
      const BertLayer exact(config, weights, Precision::kFloat32, level, nullptr);
      exact.Reserve(calibration->lengths, &scratch);
      InputObserver observer;
      exact.Run(calibration->lengths, &scratch, observer.AsFunction());
      statistics = observer.Statistics();
    }
    encoder->layers_.emplace_back(config, weights, precision, level,
                                  statistics.has_value() ? &*statistics : nullptr);
  }
  return encoder;
}

void BertEncoder::Embed(const TokenBatch& batch, BertScratch* scratch) const {
  const int64_t dim = config_.hidden_size;
  const int64_t rows = static_cast<int64_t>(batch.ids.size());
  if (static_cast<int64_t>(scratch->x.size()) < rows * dim) {
    scratch->x = kernels::Buffer<float>(rows * dim);
  }
  float* x = scratch->x.data();
  int64_t row = 0;
  for (size_t s = 0; s < batch.lengths.size(); ++s) {
    assert(batch.lengths[s] >= 1 && batch.lengths[s] <= config_.longest_input());
    const int64_t second = batch.second_begins.empty() || embeddings_.second_type.empty()
                               ? batch.lengths[s]
                               : batch.second_begins[s];
    int64_t place = config_.position_offset;
    for (int64_t t = 0; t < batch.lengths[s]; ++t, ++row) {
      const int32_t id = batch.ids[row];
      assert(id >= 0 && id < config_.vocab_size);
      const float* word = &embeddings_.words[id * dim];
      const int64_t at = id == config_.unplaced_token ? config_.position_offset - 1 : place++;
      const float* position = &embeddings_.positions[at * dim];
      float* out = x + row * dim;
      for (int64_t i = 0; i < dim; ++i) out[i] = word[i] + position[i];
      if (t < second) continue;
      for (int64_t i = 0; i < dim; ++i) out[i] += embeddings_.second_type[i];
    }
  }
  kernels::AddLayerNorm(level_, x, nullptr, embeddings_.norm.gain.data(),
                        embeddings_.norm.bias.data(), config_.layer_norm_eps, rows, dim);
}

const float* BertEncoder::Forward(const TokenBatch& batch, BertScratch* scratch) const {
  if (batch.ids.empty()) return scratch->x.data();
  Embed(batch, scratch);
  layers_[0].Reserve(batch.lengths, scratch);  // all layers are of one size
  for (const BertLayer& layer : layers_) layer.Run(batch.lengths, scratch, nullptr);
  return scratch->x.data();
}

}  // namespace footnote::transformer
