// GPT-Neo (Black et al. 2021): every other layer looks back 256 tokens only, and scores aren't
// scaled.

#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/families/check_config.h"
#include "transformer/families/families.h"
#include "transformer/families/source_builder.h"

namespace footnote::transformer {
namespace {

// "attention_types" is [[["global", "local"], 12]]: patterns with how often each
// is repeated. Older files have the result, "attention_layers", too.
absl::StatusOr<std::vector<std::string>> AttentionLayers(const ConfigReader& config) {
  constexpr char kKey[] = "attention_types";
  if (config.Has("attention_layers")) return config.Strings("attention_layers");
  const nlohmann::json* types = config.Find(kKey);
  std::vector<std::string> layers;
  const absl::Status wrong = config.Wrong(kKey, "must be like [[[\"global\", \"local\"], 12]]");
  if (types == nullptr || !types->is_array()) return wrong;
  for (const nlohmann::json& item : *types) {
    // An empty pattern could be repeated without end.
    if (!item.is_array() || item.size() != 2 || !item[0].is_array() || item[0].empty() ||
        !item[1].is_number_integer()) {
      return wrong;
    }
    const auto count = item[1].get<int64_t>();
    for (int64_t i = 0; i < count && layers.size() < 10'000; ++i) {
      for (const nlohmann::json& name : item[0]) {
        if (!name.is_string()) return wrong;
        layers.push_back(name.get<std::string>());
      }
    }
  }
  return layers;
}

}  // namespace

absl::StatusOr<ModelDefinition> GptNeoFromConfig(const ConfigReader& config,
                                                 const WeightFile& weights) {
  ModelDefinition model;
  TransformerConfig& out = model.config;
  FN_ASSIGN_OR_RETURN(out.vocab_size, config.Size("vocab_size"));
  FN_ASSIGN_OR_RETURN(out.hidden_size, config.Size("hidden_size"));
  FN_ASSIGN_OR_RETURN(out.layers, config.Size("num_layers"));
  FN_ASSIGN_OR_RETURN(out.heads, config.Size("num_heads"));
  FN_ASSIGN_OR_RETURN(out.context_length, config.Size("max_position_embeddings", 2048));
  FN_ASSIGN_OR_RETURN(out.intermediate_size, config.Size("intermediate_size", 4 * out.hidden_size));
  FN_ASSIGN_OR_RETURN(out.activation, config.Activation("activation_function", "gelu_new"));
  FN_ASSIGN_OR_RETURN(const double eps, config.Number("layer_norm_epsilon", 1e-5));
  out.norm = kernels::NormKind::kLayer;
  out.norm_eps = static_cast<float>(eps);
  FN_RETURN_IF_ERROR(SetEqualHeads(config, &out));
  out.attention_scale = 1;
  out.position = PositionKind::kLearned;
  out.position_rows = out.context_length;
  FN_ASSIGN_OR_RETURN(out.tied_head, config.Bool("tie_word_embeddings", true));
  FN_ASSIGN_OR_RETURN(const int64_t window, config.Size("window_size", 256));
  FN_ASSIGN_OR_RETURN(const std::vector<std::string> kinds, AttentionLayers(config));
  if (static_cast<int64_t>(kinds.size()) != out.layers) {
    return config.Wrong("attention_types",
                        absl::StrCat("describes ", kinds.size(), " layers of ", out.layers));
  }
  FN_RETURN_IF_ERROR(SetAttention(config.path(), AttentionConfig(), &out));
  for (int64_t i = 0; i < out.layers; ++i) {
    if (kinds[i] != "global" && kinds[i] != "local") {
      return config.Unsupported("attention_types", absl::StrCat("has \"", kinds[i], "\""));
    }
    if (kinds[i] == "local") out.attention[i].window = window;
  }

  const std::string prefix = PrefixOf(weights, "transformer.", "wte.weight");
  const int64_t hidden = out.hidden_size, inner = out.intermediate_size;
  WeightSource& source = model.source;
  source.ignored = {".attn.attention.bias", ".attn.attention.masked_bias"};
  source.embedding = Linear(absl::StrCat(prefix, "wte"), out.vocab_size, hidden, false);
  source.positions = Linear(absl::StrCat(prefix, "wpe"), out.position_rows, hidden, false);
  source.final_norm = Norm(absl::StrCat(prefix, "ln_f"), hidden, true);
  if (out.tied_head) {
    source.ignored.push_back("lm_head.weight");
  } else {
    source.head = Linear("lm_head", out.vocab_size, hidden, false);
  }
  for (int64_t i = 0; i < out.layers; ++i) {
    const std::string layer = absl::StrCat(prefix, "h.", i, ".");
    const std::string attention = absl::StrCat(layer, "attn.attention.");
    LayerSource to;
    to.attention_norm = Norm(absl::StrCat(layer, "ln_1"), hidden, true);
    to.qkv = Stack({Linear(absl::StrCat(attention, "q_proj"), hidden, hidden, false),
                    Linear(absl::StrCat(attention, "k_proj"), hidden, hidden, false),
                    Linear(absl::StrCat(attention, "v_proj"), hidden, hidden, false)});
    to.attention_out = Linear(absl::StrCat(attention, "out_proj"), hidden, hidden, true);
    to.mlp_norm = Norm(absl::StrCat(layer, "ln_2"), hidden, true);
    to.up = Linear(absl::StrCat(layer, "mlp.c_fc"), inner, hidden, true);
    to.down = Linear(absl::StrCat(layer, "mlp.c_proj"), hidden, inner, true);
    source.layers.push_back(std::move(to));
  }
  return model;
}

}  // namespace footnote::transformer
