#include "transformer/executor/weight_loader.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "kernels/base/hash.h"
#include "kernels/base/status_macros.h"
#include "transformer/executor/relative_bias.h"
#include "transformer/weights/tensor_values.h"

namespace footnote::transformer {
namespace {

using kernels::MatrixPart;
using kernels::WeightFormat;

absl::Status Named(const absl::Status& status, const WeightFile& file, const std::string& name) {
  return absl::Status(status.code(), absl::StrCat(file.path(), ": ", name, ": ", status.message()));
}

}  // namespace

void WeightLoader::Done(const std::string& name) {
  const TensorView& tensor = *file_->Find(name);
  if (hashes_.count(name) == 0) {
    hashes_[name] =
        absl::StrCat(DTypeName(tensor.dtype), "[", absl::StrJoin(tensor.shape, ","), "]",
                     kernels::HexHash128(absl::string_view(tensor.data, tensor.bytes)));
  }
  file_->Release(tensor);
}

std::string WeightLoader::ContentHash() const {
  return kernels::HexHash128(absl::StrJoin(hashes_, "\n", absl::PairFormatter("=")));
}

absl::StatusOr<DeviceVector> WeightLoader::Upload(const std::vector<float>& values) {
  FN_ASSIGN_OR_RETURN(kernels::Ops::Memory memory, ops_->Allocate(values.size() * sizeof(float)));
  ops_->CopyIn(values.data(), values.size() * sizeof(float), memory.get());
  return DeviceVector(std::move(memory));
}

absl::StatusOr<DeviceVector> WeightLoader::LoadVector(const std::vector<TensorSource>& parts) {
  std::vector<float> all;
  for (const TensorSource& part : parts) {
    const auto values = ReadTensorValues(*file_->Find(part.name));
    if (!values.ok()) return Named(values.status(), *file_, part.name);
    if (part.row_order == nullptr) {
      all.insert(all.end(), values->begin(), values->end());
    } else {
      for (int32_t row : *part.row_order) all.push_back((*values)[row]);
    }
    Done(part.name);
  }
  return Upload(all);
}

absl::StatusOr<Norm> WeightLoader::LoadNorm(const NormSource& source, float offset) {
  Norm norm;
  norm.dim = source.dim;
  if (source.dim == 0) return norm;
  if (!source.weight.empty()) {
    auto values = ReadTensorValues(*file_->Find(source.weight));
    if (!values.ok()) return Named(values.status(), *file_, source.weight);
    for (float& value : *values) value += offset;
    FN_ASSIGN_OR_RETURN(norm.weight, Upload(*values));
    Done(source.weight);
  }
  if (!source.bias.empty()) {
    const auto values = ReadTensorValues(*file_->Find(source.bias));
    if (!values.ok()) return Named(values.status(), *file_, source.bias);
    FN_ASSIGN_OR_RETURN(norm.bias, Upload(*values));
    Done(source.bias);
  }
  return norm;
}

absl::StatusOr<Linear> WeightLoader::LoadLinear(const LinearSource& source, LinearRole role) {
  Linear linear;
  if (!source.present()) return linear;
  linear.id = next_id_++;
  linear.columns = source.columns;
  std::vector<MatrixPart> parts;
  for (size_t i = 0; i < source.weight.size(); ++i) {
    const TensorSource& from = source.weight[i];
    const TensorView& tensor = *file_->Find(from.name);
    MatrixPart part;
    FN_ASSIGN_OR_RETURN(part.format, StoredFormat(tensor.dtype));
    part.data = tensor.data;
    part.rows = from.rows;
    part.cols = source.columns;
    part.transposed = from.transposed;
    part.stored_rows = from.stored_rows;
    if (from.row_order != nullptr) part.row_order = from.row_order->data();
    parts.push_back(part);
    // Parts of one format make one matrix.
    const WeightFormat held = HeldFormat(part.format, role, precision_);
    const bool more =
        i + 1 < source.weight.size() &&
        HeldFormat(StoredFormat(file_->Find(source.weight[i + 1].name)->dtype).value(), role,
                   precision_) == held;
    if (more) continue;
    auto matrix = ops_->Pack(parts, held);
    if (!matrix.ok()) return Named(matrix.status(), *file_, from.name);
    linear.pieces.push_back({std::move(*matrix), linear.rows});
    for (const MatrixPart& packed : parts) linear.rows += packed.rows;
    parts.clear();
  }
  for (const TensorSource& from : source.weight) Done(from.name);
  if (!source.bias.empty()) {
    FN_ASSIGN_OR_RETURN(linear.bias, LoadVector(source.bias));
  }
  return linear;
}

absl::StatusOr<DistanceBias> WeightLoader::LoadRelativeBias(const LinearSource& source,
                                                            const TransformerConfig& config,
                                                            bool bidirectional) {
  DistanceBias bias;
  if (!source.present()) return bias;
  const std::string& name = source.weight[0].name;
  const auto table = ReadTensorValues(*file_->Find(name));
  if (!table.ok()) return Named(table.status(), *file_, name);
  const RelativeBuckets buckets = {config.relative_buckets, config.relative_max_distance,
                                   bidirectional};
  FN_ASSIGN_OR_RETURN(bias.values, Upload(RelativeBias(buckets, *table, config.heads)));
  bias.ld = 2 * config.relative_max_distance + 1;
  bias.origin = config.relative_max_distance;
  Done(name);
  return bias;
}

absl::StatusOr<LayerWeights> LoadLayer(const LayerSource& source, float norm_offset,
                                       WeightLoader* loader) {
  LayerWeights layer;
  const std::pair<const NormSource*, Norm*> norms[] = {
      {&source.attention_norm, &layer.attention_norm},
      {&source.q_norm, &layer.q_norm},
      {&source.k_norm, &layer.k_norm},
      {&source.attention_post_norm, &layer.attention_post_norm},
      {&source.mlp_norm, &layer.mlp_norm},
      {&source.mlp_post_norm, &layer.mlp_post_norm},
      {&source.cross_norm, &layer.cross_norm}};
  for (const auto& [from, to] : norms) {
    FN_ASSIGN_OR_RETURN(*to, loader->LoadNorm(*from, norm_offset));
  }
  const std::pair<const LinearSource*, Linear*> linears[] = {
      {&source.qkv, &layer.qkv},
      {&source.attention_out, &layer.attention_out},
      {&source.up, &layer.up},
      {&source.down, &layer.down},
      {&source.cross_q, &layer.cross_q},
      {&source.cross_kv, &layer.cross_kv},
      {&source.cross_out, &layer.cross_out}};
  for (const auto& [from, to] : linears) {
    FN_ASSIGN_OR_RETURN(*to, loader->LoadLinear(*from, LinearRole::kProduct));
  }
  return layer;
}

absl::StatusOr<DecoderWeights> LoadDecoderWeights(const ModelDefinition& model,
                                                  WeightLoader* loader) {
  const WeightSource& source = model.source;
  const float offset = model.config.norm_offset;
  DecoderWeights weights;
  FN_ASSIGN_OR_RETURN(weights.embedding,
                      loader->LoadLinear(source.embedding, LinearRole::kEmbedding));
  FN_ASSIGN_OR_RETURN(weights.head, loader->LoadLinear(source.head, LinearRole::kEmbedding));
  FN_ASSIGN_OR_RETURN(weights.positions, loader->LoadLinear(source.positions, LinearRole::kTable));
  FN_ASSIGN_OR_RETURN(weights.embedding_norm, loader->LoadNorm(source.embedding_norm, offset));
  FN_ASSIGN_OR_RETURN(weights.project_in,
                      loader->LoadLinear(source.project_in, LinearRole::kProduct));
  FN_ASSIGN_OR_RETURN(weights.project_out,
                      loader->LoadLinear(source.project_out, LinearRole::kProduct));
  for (const LayerSource& layer : source.layers) {
    FN_ASSIGN_OR_RETURN(LayerWeights loaded, LoadLayer(layer, offset, loader));
    weights.layers.push_back(std::move(loaded));
  }
  FN_ASSIGN_OR_RETURN(weights.final_norm, loader->LoadNorm(source.final_norm, offset));
  FN_ASSIGN_OR_RETURN(weights.relative_bias,
                      loader->LoadRelativeBias(source.relative_bias, model.config, false));
  return weights;
}

absl::StatusOr<EncoderWeights> LoadEncoderWeights(const ModelDefinition& model,
                                                  WeightLoader* loader) {
  const WeightSource& source = model.source;
  const float offset = model.config.norm_offset;
  EncoderWeights weights;
  for (const LayerSource& layer : source.encoder_layers) {
    FN_ASSIGN_OR_RETURN(LayerWeights loaded, LoadLayer(layer, offset, loader));
    weights.layers.push_back(std::move(loaded));
  }
  FN_ASSIGN_OR_RETURN(weights.final_norm, loader->LoadNorm(source.encoder_norm, offset));
  FN_ASSIGN_OR_RETURN(weights.relative_bias,
                      loader->LoadRelativeBias(source.encoder_relative_bias, model.config, true));
  return weights;
}

}  // namespace footnote::transformer
