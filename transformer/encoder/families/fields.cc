#include <string>

#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/encoder/families/family.h"

namespace footnote::transformer {
namespace {

// Bounds against nonsense and overflow, far above any published encoder.
constexpr int64_t kMaxVocab = 10'000'000;
constexpr int64_t kMaxLayers = 1'000;

absl::StatusOr<Activation> ParseActivation(const std::string& name, absl::string_view path) {
  if (name == "gelu") return Activation::kGelu;
  if (name == "gelu_new" || name == "gelu_pytorch_tanh" || name == "gelu_fast") {
    return Activation::kGeluTanh;
  }
  if (name == "relu") return Activation::kRelu;
  return absl::UnimplementedError(absl::StrCat(path, ": the activation \"", name,
                                               "\" is not supported; gelu, gelu_new and relu are"));
}

absl::StatusOr<int> Size(const JsonFields& fields, const char* key, int64_t high) {
  FN_ASSIGN_OR_RETURN(const int64_t value, fields.Int(key, 0, 1, high));
  return static_cast<int>(value);
}

}  // namespace

absl::StatusOr<BertConfig> ParseBertFields(const JsonFields& fields, absl::string_view path,
                                           double default_eps) {
  BertConfig bert;
  FN_ASSIGN_OR_RETURN(bert.vocab_size, Size(fields, "vocab_size", kMaxVocab));
  FN_ASSIGN_OR_RETURN(bert.hidden_size, Size(fields, "hidden_size", kMaxWidth));
  FN_ASSIGN_OR_RETURN(bert.num_hidden_layers, Size(fields, "num_hidden_layers", kMaxLayers));
  FN_ASSIGN_OR_RETURN(bert.num_attention_heads, Size(fields, "num_attention_heads", kMaxWidth));
  FN_ASSIGN_OR_RETURN(bert.intermediate_size, Size(fields, "intermediate_size", 4 * kMaxWidth));
  FN_ASSIGN_OR_RETURN(bert.max_position_embeddings,
                      Size(fields, "max_position_embeddings", kMaxPositions));
  FN_ASSIGN_OR_RETURN(const int64_t types, fields.Int("type_vocab_size", 2, 1, 1000));
  bert.type_vocab_size = static_cast<int>(types);
  if (bert.hidden_size % bert.num_attention_heads != 0) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": \"hidden_size\" ", bert.hidden_size,
                                                   " is not a multiple of \"num_attention_heads\" ",
                                                   bert.num_attention_heads));
  }
  FN_ASSIGN_OR_RETURN(const double eps, fields.Number("layer_norm_eps", default_eps));
  if (!(eps > 0 && eps < 1)) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": \"layer_norm_eps\" must be above 0 and below 1"));
  }
  bert.layer_norm_eps = static_cast<float>(eps);
  FN_ASSIGN_OR_RETURN(const std::string activation, fields.String("hidden_act", "gelu"));
  FN_ASSIGN_OR_RETURN(bert.activation, ParseActivation(activation, path));
  FN_ASSIGN_OR_RETURN(const std::string positions,
                      fields.String("position_embedding_type", "absolute"));
  if (positions != "absolute") {
    return absl::UnimplementedError(absl::StrCat(path, ": the position embedding \"", positions,
                                                 "\" is not supported; \"absolute\" is"));
  }
  FN_ASSIGN_OR_RETURN(const bool decoder, fields.Bool("is_decoder", false));
  if (decoder) {
    return absl::UnimplementedError(
        absl::StrCat(path, ": an encoder used as a decoder (\"is_decoder\") is not supported"));
  }
  return bert;
}

}  // namespace footnote::transformer
