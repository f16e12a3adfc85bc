#include "transformer/encoder/bert_weights.h"

#include <cmath>
#include <cstring>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "kernels/base/status_macros.h"

namespace footnote::transformer {
namespace {

float HalfToFloat(uint16_t h) {
  const uint32_t sign = static_cast<uint32_t>(h & 0x8000) << 16;
  const uint32_t exponent = (h >> 10) & 0x1F;
  const uint32_t fraction = h & 0x3FF;
  if (exponent == 0) {  // zero or subnormal: fraction * 2^-24
    const float magnitude = std::ldexp(static_cast<float>(fraction), -24);
    return sign != 0 ? -magnitude : magnitude;
  }
  const uint32_t bits = sign | ((exponent == 31 ? 0xFFu : exponent + 112) << 23) | (fraction << 13);
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

float BfloatToFloat(uint16_t b) {
  const uint32_t bits = static_cast<uint32_t>(b) << 16;
  float value;
  std::memcpy(&value, &bits, sizeof(value));
  return value;
}

// Reads tensors by name and checks what it reads.
class Reader {
 public:
  explicit Reader(const WeightFile& file) : file_(file) {
    if (file.Find("bert.embeddings.word_embeddings.weight") != nullptr) prefix_ = "bert.";
  }

  absl::StatusOr<std::vector<float>> Read(absl::string_view name,
                                          const std::vector<int64_t>& shape) const {
    const std::string full = absl::StrCat(prefix_, name);
    const TensorView* tensor = file_.Find(full);
    if (tensor == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat(file_.path(), ": no tensor ", full, "; it isn't a BERT-type encoder"));
    }
    if (tensor->shape != shape) {
      return absl::InvalidArgumentError(
          absl::StrCat(file_.path(), ": ", full, " has shape [", absl::StrJoin(tensor->shape, ", "),
                       "], but config.json asks for [", absl::StrJoin(shape, ", "), "]"));
    }
    std::vector<float> values(tensor->elements());
    switch (tensor->dtype) {
      case DType::kF32:
        std::memcpy(values.data(), tensor->data, values.size() * sizeof(float));
        break;
      case DType::kF16:
        Convert(*tensor, HalfToFloat, &values);
        break;
      case DType::kBF16:
        Convert(*tensor, BfloatToFloat, &values);
        break;
      default:
        return absl::UnimplementedError(absl::StrCat(file_.path(), ": ", full, " holds ",
                                                     DTypeName(tensor->dtype),
                                                     "; F32, F16 and BF16 can be read"));
    }
    for (float v : values) {
      if (!std::isfinite(v)) {
        return absl::DataLossError(
            absl::StrCat(file_.path(), ": ", full, " holds a value that isn't a finite number"));
      }
    }
    return values;
  }

  absl::StatusOr<LinearWeights> Linear(absl::string_view name, int64_t outputs,
                                       int64_t inputs) const {
    LinearWeights linear{outputs, inputs, {}, {}};
    FN_ASSIGN_OR_RETURN(linear.w, Read(absl::StrCat(name, ".weight"), {outputs, inputs}));
    FN_ASSIGN_OR_RETURN(linear.b, Read(absl::StrCat(name, ".bias"), {outputs}));
    return linear;
  }

  absl::StatusOr<LayerNormWeights> Norm(absl::string_view name, int64_t dim) const {
    LayerNormWeights norm;
    FN_ASSIGN_OR_RETURN(norm.gain, Read(absl::StrCat(name, ".weight"), {dim}));
    FN_ASSIGN_OR_RETURN(norm.bias, Read(absl::StrCat(name, ".bias"), {dim}));
    return norm;
  }

 private:
  static void Convert(const TensorView& tensor, float (*to_float)(uint16_t),
                      std::vector<float>* values) {
    for (size_t i = 0; i < values->size(); ++i) {
      uint16_t bits;
      std::memcpy(&bits, tensor.data + i * sizeof(bits), sizeof(bits));
      (*values)[i] = to_float(bits);
    }
  }

  const WeightFile& file_;
  std::string prefix_;
};

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

absl::StatusOr<BertLayerWeights> ReadLayer(const BertConfig& config, const Reader& reader,
                                           int64_t head_dim, int layer) {
  const int64_t hidden = config.hidden_size;
  const int64_t heads = config.num_attention_heads;
  const int64_t head_size = hidden / heads;
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

}  // namespace

absl::StatusOr<BertWeights> ReadBertWeights(const BertConfig& config, const WeightFile& file) {
  const Reader reader(file);
  const int64_t hidden = config.hidden_size;
  BertWeights weights;
  weights.head_dim = (hidden / config.num_attention_heads + 31) / 32 * 32;
  weights.attention_width = config.num_attention_heads * weights.head_dim;
  FN_ASSIGN_OR_RETURN(
      weights.words, reader.Read("embeddings.word_embeddings.weight", {config.vocab_size, hidden}));
  FN_ASSIGN_OR_RETURN(weights.positions, reader.Read("embeddings.position_embeddings.weight",
                                                     {config.max_position_embeddings, hidden}));
  FN_ASSIGN_OR_RETURN(
      const std::vector<float> types,
      reader.Read("embeddings.token_type_embeddings.weight", {config.type_vocab_size, hidden}));
  for (size_t i = 0; i < weights.positions.size(); ++i) weights.positions[i] += types[i % hidden];
  FN_ASSIGN_OR_RETURN(weights.embedding_norm, reader.Norm("embeddings.LayerNorm", hidden));
  for (int layer = 0; layer < config.num_hidden_layers; ++layer) {
    FN_ASSIGN_OR_RETURN(BertLayerWeights read, ReadLayer(config, reader, weights.head_dim, layer));
    weights.layers.push_back(std::move(read));
  }
  return weights;
}

}  // namespace footnote::transformer
