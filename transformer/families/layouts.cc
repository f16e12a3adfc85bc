#include "transformer/families/layouts.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "kernels/base/status_macros.h"
#include "transformer/families/config_writer.h"
#include "transformer/families/gguf_model.h"
#include "transformer/families/planned_weights.h"
#include "transformer/families/registry.h"
#include "transformer/families/same_model.h"
#include "transformer/families/source_visitor.h"

namespace footnote::transformer {
namespace {

const Family* FindFamily(absl::string_view name) {
  for (const Family& family : Families()) {
    if (family.name == name) return &family;
  }
  return nullptr;
}

// Queries, keys and values, and gate and up, are one tensor where they are one in
// `like`; biases are where they are in `like`.
WeightSource PlanGguf(const TransformerConfig& config, const WeightSource& like) {
  const bool fused_qkv = like.layers[0].qkv.weight.size() == 1;
  const bool fused_up = like.layers[0].up.weight.size() == 1;
  std::set<std::string> absent;
  const auto has = [&](const std::string& name) {
    if (absl::EndsWith(name, "attn_qkv.weight")) return fused_qkv;
    if (absl::EndsWith(name, "ffn_gate.weight")) return !fused_up;
    return absent.count(name) == 0;
  };
  // First with every bias; those that `like` lacks are then known by their names.
  const WeightSource full = GgufSource(config, has);
  std::vector<bool> linear_bias, norm_bias;
  const auto note_linear = [&](const LinearSource& linear, LinearRole) {
    linear_bias.push_back(!linear.bias.empty());
    return absl::OkStatus();
  };
  const auto note_norm = [&](const NormSource& norm) {
    norm_bias.push_back(!norm.bias.empty());
    return absl::OkStatus();
  };
  VisitSources(like, {note_linear, note_norm}).IgnoreError();  // neither fails
  size_t linears = 0, norms = 0;
  const auto drop_linear = [&](const LinearSource& linear, LinearRole) {
    const size_t i = linears++;
    if (i >= linear_bias.size() || linear_bias[i]) return absl::OkStatus();
    for (const TensorSource& part : linear.bias) absent.insert(part.name);
    return absl::OkStatus();
  };
  const auto drop_norm = [&](const NormSource& norm) {
    const size_t i = norms++;
    if (i < norm_bias.size() && !norm_bias[i]) absent.insert(norm.bias);
    return absl::OkStatus();
  };
  VisitSources(full, {drop_linear, drop_norm}).IgnoreError();
  return GgufSource(config, has);
}

std::string WithGguf() {
  std::string names;
  for (const Family& family : Families()) {
    if (family.to_gguf != nullptr) {
      absl::StrAppend(&names, names.empty() ? "" : ", ", family.name);
    }
  }
  return names;
}

}  // namespace

absl::StatusOr<FolderLayout> FolderLayoutOf(const ModelDefinition& model) {
  const TransformerConfig& config = model.config;
  const Family* family = FindFamily(config.family);
  if (family == nullptr || family->to_config == nullptr) {
    return absl::UnimplementedError(
        absl::StrCat("no config.json can be written for the family \"", config.family, "\""));
  }
  FolderLayout out;
  out.config["model_type"] = std::string(family->name);
  family->to_config(model, &out.config);
  WriteTokenIds(config, &out.config);
  const std::string layout = absl::StrCat("config.json of the family \"", config.family, "\"");
  PlannedWeights weights(layout);
  // What families look for before they believe that the head isn't tied.
  if (!config.tied_head) {
    weights.AddTensor("lm_head.weight", {config.vocab_size, config.hidden_size});
  }
  const nlohmann::json written = out.config;
  FN_ASSIGN_OR_RETURN(out.definition, DefineFromConfig(ConfigReader(written, layout), weights));
  FN_RETURN_IF_ERROR(CheckSameModel(config, out.definition.config, layout));
  FN_RETURN_IF_ERROR(PairSources(model.source, out.definition.source, layout).status());
  return out;
}

absl::StatusOr<GgufLayout> GgufLayoutOf(const ModelDefinition& model) {
  const TransformerConfig& config = model.config;
  const Family* family = FindFamily(config.family);
  if (family == nullptr || family->to_gguf == nullptr) {
    return absl::UnimplementedError(
        absl::StrCat("GGUF has no architecture for the family \"", config.family,
                     "\"; convert to a folder instead. These families have one: ", WithGguf()));
  }
  const std::string architecture(family->gguf_architecture);
  const std::string layout = absl::StrCat("GGUF's architecture \"", architecture, "\"");
  GgufLayout out{GgufKeys(architecture), {}};
  family->to_gguf(config, &out.keys);
  PlannedWeights weights(layout);
  weights.AddSource(PlanGguf(config, model.source));
  for (const auto& [name, values] : out.keys.vectors()) weights.AddVector(name, values);
  FN_RETURN_IF_ERROR(weights.SetGguf(out.keys.pairs()));
  FN_ASSIGN_OR_RETURN(out.definition, DefineModel(layout, weights));
  FN_RETURN_IF_ERROR(CheckSameModel(config, out.definition.config, layout));
  FN_RETURN_IF_ERROR(PairSources(model.source, out.definition.source, layout).status());
  return out;
}

}  // namespace footnote::transformer
