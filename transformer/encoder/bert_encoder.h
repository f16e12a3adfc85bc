#ifndef FOOTNOTE_TRANSFORMER_ENCODER_BERT_ENCODER_H_
#define FOOTNOTE_TRANSFORMER_ENCODER_BERT_ENCODER_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "kernels/base/cpu.h"
#include "transformer/encoder/bert_layer.h"
#include "transformer/encoder/bert_weights.h"
#include "transformer/model/model_config.h"
#include "transformer/text_encoder.h"

namespace footnote::transformer {

// Token sequences one after another, without padding.
struct TokenBatch {
  std::vector<int32_t> ids;
  std::vector<int64_t> lengths;  // each at least 1; their sum is ids.size()
  // Where the second of a pair of texts begins in each sequence, for models that
  // tell them apart; empty: nowhere.
  std::vector<int64_t> second_begins;
};

// The forward pass of a BERT-type encoder (Devlin et al. 2018,
// https://arxiv.org/abs/1810.04805): post-norm layers over packed sequences, at
// one precision and CPU level. Immutable and thread-safe; each call runs on the
// calling thread.
class BertEncoder {
 public:
  // Reads the weights layer by layer, so that no more than one layer is held
  // twice. `calibration`, for int8 alone, is run through in f32 on the way to see
  // what each layer's inputs look like; null: weights are quantised without.
  // Errors: those of TensorReader.
  static absl::StatusOr<std::unique_ptr<const BertEncoder>> Load(const BertConfig& config,
                                                                 const TensorReader& reader,
                                                                 Precision precision,
                                                                 kernels::CpuLevel level,
                                                                 const TokenBatch* calibration);

  // Hidden states of the last layer: row-major [ids, hidden_size] f32, valid
  // until `scratch` is used again. Preconditions: ids are in the vocabulary, no
  // length exceeds config().longest_input().
  const float* Forward(const TokenBatch& batch, BertScratch* scratch) const;

  const BertConfig& config() const { return config_; }

 private:
  BertEncoder(const BertConfig& config, kernels::CpuLevel level) : config_(config), level_(level) {}

  // The first layer's inputs, into scratch->x.
  void Embed(const TokenBatch& batch, BertScratch* scratch) const;

  const BertConfig config_;
  const kernels::CpuLevel level_;
  BertEmbeddings embeddings_;
  std::vector<BertLayer> layers_;
};

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_ENCODER_BERT_ENCODER_H_
