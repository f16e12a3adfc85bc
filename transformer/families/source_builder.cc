#include "transformer/families/source_builder.h"

#include <cmath>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"

namespace footnote::transformer {
namespace {

TensorSource Tensor(std::string name, int64_t rows) {
  TensorSource source;
  source.name = std::move(name);
  source.rows = rows;
  return source;
}

}  // namespace

LinearSource Linear(const std::string& name, int64_t rows, int64_t columns, bool bias) {
  LinearSource linear;
  linear.columns = columns;
  linear.weight.push_back(Tensor(absl::StrCat(name, ".weight"), rows));
  if (bias) linear.bias.push_back(Tensor(absl::StrCat(name, ".bias"), rows));
  return linear;
}

LinearSource TransposedLinear(const std::string& name, int64_t rows, int64_t columns, bool bias) {
  LinearSource linear = Linear(name, rows, columns, bias);
  linear.weight[0].transposed = true;
  return linear;
}

LinearSource Stack(const std::vector<LinearSource>& parts) {
  LinearSource all;
  for (const LinearSource& part : parts) {
    all.columns = part.columns;
    all.weight.insert(all.weight.end(), part.weight.begin(), part.weight.end());
    all.bias.insert(all.bias.end(), part.bias.begin(), part.bias.end());
  }
  return all;
}

NormSource Norm(const std::string& name, int64_t dim, bool bias) {
  NormSource norm;
  norm.weight = absl::StrCat(name, ".weight");
  if (bias) norm.bias = absl::StrCat(name, ".bias");
  norm.dim = dim;
  return norm;
}

absl::Status SetEqualHeads(const ConfigReader& config, TransformerConfig* out) {
  if (out->hidden_size % out->heads != 0) {
    return absl::InvalidArgumentError(absl::StrCat(config.path(), ": the hidden size ",
                                                   out->hidden_size, " is not a multiple of ",
                                                   out->heads, " heads"));
  }
  out->head_dim = out->hidden_size / out->heads;
  out->kv_heads = out->heads;
  out->attention_scale = 1.f / std::sqrt(static_cast<float>(out->head_dim));
  return absl::OkStatus();
}

void Reorder(const RowOrder& order, LinearSource* linear) {
  for (TensorSource& tensor : linear->weight) tensor.row_order = order;
  for (TensorSource& tensor : linear->bias) tensor.row_order = order;
}

RowOrder PerHeadQkvOrder(int64_t heads, int64_t head_dim) {
  std::vector<int32_t> order;
  order.reserve(3 * heads * head_dim);
  for (int64_t part = 0; part < 3; ++part) {
    for (int64_t head = 0; head < heads; ++head) {
      for (int64_t i = 0; i < head_dim; ++i) {
        order.push_back(static_cast<int32_t>((head * 3 + part) * head_dim + i));
      }
    }
  }
  return std::make_shared<const std::vector<int32_t>>(std::move(order));
}

std::string PrefixOf(const WeightFile& weights, absl::string_view prefix, absl::string_view name) {
  const bool wrapped = weights.Find(absl::StrCat(prefix, name)) != nullptr;
  return wrapped || weights.Find(name) == nullptr ? std::string(prefix) : std::string();
}

}  // namespace footnote::transformer
