#include "transformer/families/source_visitor.h"

#include "kernels/base/status_macros.h"

namespace footnote::transformer {
namespace {

absl::Status VisitNorm(const NormSource& norm, const SourceVisitor& visitor) {
  return norm.dim > 0 ? visitor.norm(norm) : absl::OkStatus();
}

absl::Status VisitLinear(const LinearSource& linear, LinearRole role,
                         const SourceVisitor& visitor) {
  return linear.present() ? visitor.linear(linear, role) : absl::OkStatus();
}

absl::Status VisitLayer(const LayerSource& layer, const SourceVisitor& visitor) {
  for (const NormSource* norm :
       {&layer.attention_norm, &layer.q_norm, &layer.k_norm, &layer.attention_post_norm,
        &layer.mlp_norm, &layer.mlp_post_norm, &layer.cross_norm}) {
    FN_RETURN_IF_ERROR(VisitNorm(*norm, visitor));
  }
  for (const LinearSource* linear : {&layer.qkv, &layer.attention_out, &layer.up, &layer.down,
                                     &layer.cross_q, &layer.cross_kv, &layer.cross_out}) {
    FN_RETURN_IF_ERROR(VisitLinear(*linear, LinearRole::kProduct, visitor));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status VisitSources(const WeightSource& source, const SourceVisitor& visitor) {
  // The largest first: while a matrix is packed it is there twice.
  FN_RETURN_IF_ERROR(VisitLinear(source.embedding, LinearRole::kEmbedding, visitor));
  FN_RETURN_IF_ERROR(VisitLinear(source.head, LinearRole::kEmbedding, visitor));
  FN_RETURN_IF_ERROR(VisitLinear(source.positions, LinearRole::kTable, visitor));
  FN_RETURN_IF_ERROR(VisitNorm(source.embedding_norm, visitor));
  FN_RETURN_IF_ERROR(VisitLinear(source.project_in, LinearRole::kProduct, visitor));
  FN_RETURN_IF_ERROR(VisitLinear(source.project_out, LinearRole::kProduct, visitor));
  for (const LayerSource& layer : source.layers) FN_RETURN_IF_ERROR(VisitLayer(layer, visitor));
  FN_RETURN_IF_ERROR(VisitNorm(source.final_norm, visitor));
  for (const LayerSource& layer : source.encoder_layers) {
    FN_RETURN_IF_ERROR(VisitLayer(layer, visitor));
  }
  FN_RETURN_IF_ERROR(VisitNorm(source.encoder_norm, visitor));
  FN_RETURN_IF_ERROR(VisitLinear(source.relative_bias, LinearRole::kTable, visitor));
  return VisitLinear(source.encoder_relative_bias, LinearRole::kTable, visitor);
}

}  // namespace footnote::transformer
