#include "transformer/families/config_reader.h"

#include <cmath>
#include <limits>

#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/families/config_writer.h"

namespace footnote::transformer {
namespace {

using nlohmann::json;

struct NamedActivation {
  absl::string_view name;
  kernels::Unary kind;
};
// transformers' names (ACT2FN).
constexpr NamedActivation kActivations[] = {
    {"gelu", kernels::Unary::kGelu},
    {"gelu_new", kernels::Unary::kGeluTanh},
    {"gelu_fast", kernels::Unary::kGeluTanh},
    {"gelu_pytorch_tanh", kernels::Unary::kGeluTanh},
    {"quick_gelu", kernels::Unary::kGeluQuick},
    {"relu", kernels::Unary::kRelu},
    {"silu", kernels::Unary::kSilu},
    {"swish", kernels::Unary::kSilu},
};

}  // namespace

const json* ConfigReader::Find(absl::string_view key) const {
  const auto it = object_.find(std::string(key));
  return it == object_.end() || it->is_null() ? nullptr : &*it;
}

bool ConfigReader::IsNull(absl::string_view key) const {
  const auto it = object_.find(std::string(key));
  return it != object_.end() && it->is_null();
}

ConfigReader ConfigReader::Child(absl::string_view key) const {
  return ConfigReader(*Find(key), absl::StrCat(path_, ": \"", key, "\""));
}

absl::Status ConfigReader::Wrong(absl::string_view key, absl::string_view what) const {
  return absl::InvalidArgumentError(absl::StrCat(path_, ": \"", key, "\" ", what));
}

absl::Status ConfigReader::Unsupported(absl::string_view key, absl::string_view what) const {
  return absl::UnimplementedError(absl::StrCat(path_, ": \"", key, "\" ", what));
}

absl::StatusOr<int64_t> ConfigReader::Integer(absl::string_view key, const int64_t* value,
                                              int64_t low) const {
  const json* field = Find(key);
  if (field == nullptr) {
    if (value == nullptr) return Wrong(key, "is missing");
    return *value;
  }
  // The library keeps what fits only unsigned apart: a plain conversion would wrap.
  const bool fits =
      field->is_number_integer() &&
      (!field->is_number_unsigned() || field->get<uint64_t>() <= static_cast<uint64_t>(kMaxSize));
  if (!fits || field->get<int64_t>() < low || field->get<int64_t>() > kMaxSize) {
    return Wrong(key, absl::StrCat("must be an integer from ", low, " to ", kMaxSize));
  }
  return field->get<int64_t>();
}

absl::StatusOr<int64_t> ConfigReader::Size(absl::string_view key) const {
  return Integer(key, nullptr, 1);
}

absl::StatusOr<int64_t> ConfigReader::Size(absl::string_view key, int64_t value) const {
  return Integer(key, &value, 1);
}

absl::StatusOr<int64_t> ConfigReader::Count(absl::string_view key, int64_t value) const {
  return Integer(key, &value, 0);
}

absl::StatusOr<double> ConfigReader::Number(absl::string_view key, double value) const {
  const json* field = Find(key);
  if (field == nullptr) return value;
  if (!field->is_number() || !std::isfinite(field->get<double>())) {
    return Wrong(key, "must be a finite number");
  }
  return field->get<double>();
}

absl::StatusOr<bool> ConfigReader::Bool(absl::string_view key, bool value) const {
  const json* field = Find(key);
  if (field == nullptr) return value;
  if (!field->is_boolean()) return Wrong(key, "must be true or false");
  return field->get<bool>();
}

absl::StatusOr<std::string> ConfigReader::String(absl::string_view key,
                                                 absl::string_view value) const {
  const json* field = Find(key);
  if (field == nullptr) return std::string(value);
  if (!field->is_string()) return Wrong(key, "must be a string");
  return field->get<std::string>();
}

absl::StatusOr<std::vector<double>> ConfigReader::Numbers(absl::string_view key) const {
  const json* field = Find(key);
  if (field == nullptr || !field->is_array()) return Wrong(key, "must be a list of numbers");
  std::vector<double> values;
  for (const json& value : *field) {
    if (!value.is_number() || !std::isfinite(value.get<double>())) {
      return Wrong(key, "must be a list of finite numbers");
    }
    values.push_back(value.get<double>());
  }
  return values;
}

absl::StatusOr<std::vector<std::string>> ConfigReader::Strings(absl::string_view key) const {
  const json* field = Find(key);
  if (field == nullptr || !field->is_array()) return Wrong(key, "must be a list of strings");
  std::vector<std::string> values;
  for (const json& value : *field) {
    if (!value.is_string()) return Wrong(key, "must be a list of strings");
    values.push_back(value.get<std::string>());
  }
  return values;
}

absl::StatusOr<kernels::Unary> ConfigReader::Activation(absl::string_view key,
                                                        absl::string_view value) const {
  FN_ASSIGN_OR_RETURN(const std::string name, String(key, value));
  std::string known;
  for (const NamedActivation& activation : kActivations) {
    if (activation.name == name) return activation.kind;
    absl::StrAppend(&known, known.empty() ? "" : ", ", activation.name);
  }
  return Unsupported(key, absl::StrCat("is \"", name, "\"; supported: ", known));
}

std::string ActivationName(kernels::Unary activation) {
  for (const NamedActivation& named : kActivations) {
    if (named.kind == activation) return std::string(named.name);
  }
  return "";
}

absl::Status ReadLayerWindows(const ConfigReader& config, int64_t window,
                              const std::function<bool(int64_t layer)>& sliding,
                              TransformerConfig* out) {
  std::vector<std::string> types;
  if (config.Has("layer_types")) {
    FN_ASSIGN_OR_RETURN(types, config.Strings("layer_types"));
    if (static_cast<int64_t>(types.size()) != out->layers) {
      return config.Wrong("layer_types", absl::StrCat("has ", types.size(), " entries for ",
                                                      out->layers, " layers"));
    }
  }
  for (int64_t i = 0; i < out->layers; ++i) {
    bool windowed = types.empty() && sliding(i);
    if (!types.empty()) {
      if (types[i] != "sliding_attention" && types[i] != "full_attention") {
        return config.Unsupported(
            "layer_types",
            absl::StrCat("has \"", types[i], "\"; supported: sliding_attention, full_attention"));
      }
      windowed = types[i] == "sliding_attention";
    }
    out->attention[i].window = windowed ? window : 0;
  }
  return absl::OkStatus();
}

}  // namespace footnote::transformer
