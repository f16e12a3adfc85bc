#include "transformer/encoder/bert_weights.h"

#include <cstring>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"

namespace footnote::transformer {
namespace {

constexpr absl::string_view kWords = "embeddings.word_embeddings.weight";

// Heads padded from head_size to head_dim rows, one part (Q, K or V) at `part`.
void PlaceHeads(const LinearWeights& from, int64_t heads, int64_t head_size, int64_t head_dim,
                int64_t part, LinearWeights* to) {
  for (int64_t h = 0; h < heads; ++h) {
    for (int64_t i = 0; i < head_size; ++i) {
      const int64_t source = h * head_size + i;
      const int64_t target = (part * heads + h) * head_dim + i;
      std::memcpy(&to->w[target * from.inputs], &from.w[source * from.inputs],
                  from.inputs * sizeof(float));
      to->b[target] = from.b[source];
    }
  }
}

LinearWeights PadInputs(const LinearWeights& from, int64_t heads, int64_t head_size,
                        int64_t head_dim) {
  LinearWeights to{from.outputs, heads * head_dim, {}, from.b};
  to.w.resize(to.outputs * to.inputs);
  for (int64_t j = 0; j < from.outputs; ++j) {
    for (int64_t h = 0; h < heads; ++h) {
      std::memcpy(&to.w[j * to.inputs + h * head_dim], &from.w[j * from.inputs + h * head_size],
                  head_size * sizeof(float));
    }
  }
  return to;
}

}  // namespace

int64_t PaddedHeadDim(const BertConfig& config) {
  return (config.hidden_size / config.num_attention_heads + 31) / 32 * 32;
}

TensorReader EncoderTensors(const EncoderFamily& family, const WeightFile& file) {
  const TensorReader with_head(file, family.prefix);
  return with_head.Has(kWords) ? with_head : TensorReader(file, "");
}

absl::StatusOr<BertEmbeddings> ReadBertEmbeddings(const BertConfig& config,
                                                  const TensorReader& reader) {
  const int64_t hidden = config.hidden_size;
  BertEmbeddings out;
  FN_ASSIGN_OR_RETURN(out.words, reader.Read(kWords, {config.vocab_size, hidden}));
  FN_ASSIGN_OR_RETURN(out.positions, reader.Read("embeddings.position_embeddings.weight",
                                                 {config.max_position_embeddings, hidden}));
  FN_ASSIGN_OR_RETURN(
      const std::vector<float> types,
      reader.Read("embeddings.token_type_embeddings.weight", {config.type_vocab_size, hidden}));
  for (size_t i = 0; i < out.positions.size(); ++i) out.positions[i] += types[i % hidden];
  if (config.type_vocab_size > 1) {
    for (int64_t i = 0; i < hidden; ++i) out.second_type.push_back(types[hidden + i] - types[i]);
  }
  FN_ASSIGN_OR_RETURN(out.norm, reader.Norm("embeddings.LayerNorm", hidden));
  return out;
}

absl::StatusOr<BertLayerWeights> ReadBertLayer(const BertConfig& config, const TensorReader& reader,
                                               int layer) {
  const int64_t hidden = config.hidden_size;
  const int64_t heads = config.num_attention_heads;
  const int64_t head_size = hidden / heads;
  const int64_t head_dim = PaddedHeadDim(config);
  const std::string prefix = absl::StrCat("encoder.layer.", layer, ".");
  const std::string self = absl::StrCat(prefix, "attention.self.");
  BertLayerWeights out;
  // Read before there is a place for them: the sizes are config.json's word.
  std::vector<LinearWeights> parts;
  for (const char* name : {"query", "key", "value"}) {
    FN_ASSIGN_OR_RETURN(LinearWeights linear,
                        reader.Linear(absl::StrCat(self, name), hidden, hidden));
    parts.push_back(std::move(linear));
  }
  out.qkv = {3 * heads * head_dim, hidden, {}, {}};
  out.qkv.w.resize(out.qkv.outputs * hidden);
  out.qkv.b.resize(out.qkv.outputs);
  for (size_t i = 0; i < parts.size(); ++i) {
    PlaceHeads(parts[i], heads, head_size, head_dim, static_cast<int64_t>(i), &out.qkv);
  }
  FN_ASSIGN_OR_RETURN(
      const LinearWeights attention_out,
      reader.Linear(absl::StrCat(prefix, "attention.output.dense"), hidden, hidden));
  out.attention_out = PadInputs(attention_out, heads, head_size, head_dim);
  FN_ASSIGN_OR_RETURN(out.attention_norm,
                      reader.Norm(absl::StrCat(prefix, "attention.output.LayerNorm"), hidden));
  FN_ASSIGN_OR_RETURN(out.up, reader.Linear(absl::StrCat(prefix, "intermediate.dense"),
                                            config.intermediate_size, hidden));
  FN_ASSIGN_OR_RETURN(out.down, reader.Linear(absl::StrCat(prefix, "output.dense"), hidden,
                                              config.intermediate_size));
  FN_ASSIGN_OR_RETURN(out.output_norm,
                      reader.Norm(absl::StrCat(prefix, "output.LayerNorm"), hidden));
  return out;
}

}  // namespace footnote::transformer
