#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/io/json.h"
#include "transformer/weights/peft.h"

namespace footnote::transformer {
namespace {

using nlohmann::json;
using nlohmann::ordered_json;

constexpr int64_t kMaxRank = 65536;
constexpr size_t kMaxPatterns = 100'000;

// Keys that say how the adapter was made or where it belongs, not what it
// computes: the tensors say which modules there are.
constexpr absl::string_view kWithoutEffect[] = {
    "task_type",       "auto_mapping",        "peft_version",   "revision",
    "inference_mode",  "target_modules",      "lora_dropout",   "fan_in_fan_out",
    "exclude_modules", "layers_to_transform", "layers_pattern", "megatron_core",
    "eva_config",      "qalora_group_size",   "loftq_config",   "ensure_weight_tying"};

constexpr absl::string_view kRead[] = {"peft_type",
                                       "r",
                                       "lora_alpha",
                                       "use_rslora",
                                       "rank_pattern",
                                       "alpha_pattern",
                                       "bias",
                                       "init_lora_weights",
                                       "base_model_name_or_path"};

// Ways to begin a training that leave the base model's weights as they are; the
// others belong to a base model that was changed.
constexpr absl::string_view kPlainInits[] = {"gaussian", "eva", "orthogonal"};

template <size_t n>
bool IsOneOf(absl::string_view key, const absl::string_view (&keys)[n]) {
  return std::find(std::begin(keys), std::end(keys), key) != std::end(keys);
}

// An option that is switched off, whatever it does.
bool IsOff(const json& value) {
  return value.is_null() || value == false || (value.is_structured() && value.empty());
}

absl::Status Unsupported(absl::string_view name, absl::string_view what) {
  return absl::UnimplementedError(
      absl::StrCat(name, " has ", what, ", which is not supported; plain LoRA is"));
}

// One character of a pattern.
struct PatternUnit {
  char c = 0;
  bool any = false;
};
struct Pattern {
  bool whole = false;  // of the path, not only its end
  std::vector<PatternUnit> units;
};

// PEFT takes patterns for regular expressions. What is in use are names, dots and
// "^"; false for any other.
bool ParsePattern(absl::string_view text, Pattern* out) {
  if (!text.empty() && text[0] == '^') {
    out->whole = true;
    text.remove_prefix(1);
  }
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\\' && i + 1 < text.size() && text[i + 1] == '.') {
      out->units.push_back({'.', false});
      ++i;
    } else if (c == '.') {
      out->units.push_back({c, true});
    } else if (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-') {
      out->units.push_back({c, false});
    } else {
      return false;
    }
  }
  return !out->units.empty();
}

// re.match(rf"(.*\.)?({pattern})$", module)
bool Matches(absl::string_view text, absl::string_view module) {
  Pattern pattern;
  if (!ParsePattern(text, &pattern) || module.size() < pattern.units.size()) return false;
  const size_t start = module.size() - pattern.units.size();
  if (start > 0 && (pattern.whole || module[start - 1] != '.')) return false;
  for (size_t i = 0; i < pattern.units.size(); ++i) {
    if (!pattern.units[i].any && pattern.units[i].c != module[start + i]) return false;
  }
  return true;
}

template <typename T>
T ValueOf(const std::vector<std::pair<std::string, T>>& patterns, absl::string_view module,
          T otherwise) {
  for (const auto& [pattern, value] : patterns) {
    if (Matches(pattern, module)) return value;
  }
  return otherwise;
}

bool IsRank(double value) {
  return value >= 1 && value <= static_cast<double>(kMaxRank) && value == std::floor(value);
}
bool IsAlpha(double value) { return std::isfinite(value) && std::fabs(value) < 1e9; }

// The entries of rank_pattern or alpha_pattern.
template <typename T>
absl::Status ReadPatterns(const ordered_json& object, const char* key, absl::string_view name,
                          bool (*valid)(double), std::vector<std::pair<std::string, T>>* out) {
  const auto it = object.find(key);
  if (it == object.end() || it->is_null()) return absl::OkStatus();
  if (!it->is_object() || it->size() > kMaxPatterns) {
    return absl::InvalidArgumentError(absl::StrCat(name, ": \"", key, "\" must be an object"));
  }
  for (const auto& [text, number] : it->items()) {
    const double value = number.is_number() ? number.template get<double>() : -1e300;
    Pattern pattern;
    if (!ParsePattern(text, &pattern)) {
      return Unsupported(name, absl::StrCat("the pattern \"", text, "\" in \"", key, "\""));
    }
    if (!valid(value)) {
      return absl::InvalidArgumentError(
          absl::StrCat(name, ": \"", key, "\" has a wrong number for \"", text, "\""));
    }
    out->emplace_back(text, static_cast<T>(value));
  }
  return absl::OkStatus();
}

absl::Status CheckOptions(const json& object, absl::string_view name) {
  for (const auto& [key, value] : object.items()) {
    if (IsOneOf(key, kWithoutEffect) || IsOneOf(key, kRead) || IsOff(value)) continue;
    return Unsupported(name, absl::StrCat("the option \"", key, "\""));
  }
  const auto init = object.find("init_lora_weights");
  if (init != object.end() && init->is_string() &&
      !IsOneOf(init->get_ref<const std::string&>(), kPlainInits)) {
    return Unsupported(
        name, absl::StrCat("\"init_lora_weights\": \"", init->get_ref<const std::string&>(),
                           "\" and so belongs to a changed base model"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<PeftConfig> ParsePeftConfig(absl::string_view text, absl::string_view name) {
  FN_ASSIGN_OR_RETURN(const json object, ParseJsonObject(text, name));
  const JsonFields fields(object, name);
  FN_ASSIGN_OR_RETURN(const std::string type, fields.String("peft_type", ""));
  if (type != "LORA") return Unsupported(name, absl::StrCat("\"peft_type\": \"", type, "\""));
  FN_ASSIGN_OR_RETURN(const std::string bias, fields.String("bias", "none"));
  if (bias != "none") return Unsupported(name, absl::StrCat("\"bias\": \"", bias, "\""));
  FN_RETURN_IF_ERROR(CheckOptions(object, name));

  PeftConfig config;
  FN_ASSIGN_OR_RETURN(config.rank, fields.Int("r", 0, 1, kMaxRank));
  FN_ASSIGN_OR_RETURN(config.alpha,
                      fields.Number("lora_alpha", std::numeric_limits<double>::quiet_NaN()));
  if (!IsAlpha(config.alpha)) {
    return absl::InvalidArgumentError(absl::StrCat(name, ": \"lora_alpha\" must be a number"));
  }
  FN_ASSIGN_OR_RETURN(config.rank_stabilised, fields.Bool("use_rslora", false));
  FN_ASSIGN_OR_RETURN(config.base_model, fields.String("base_model_name_or_path", ""));
  // Again, in the order of the file; it is known to be valid now.
  const ordered_json ordered = ordered_json::parse(text.begin(), text.end(), nullptr, false);
  FN_RETURN_IF_ERROR(ReadPatterns(ordered, "rank_pattern", name, IsRank, &config.rank_pattern));
  FN_RETURN_IF_ERROR(ReadPatterns(ordered, "alpha_pattern", name, IsAlpha, &config.alpha_pattern));
  return config;
}

absl::StatusOr<float> PeftScaling(const PeftConfig& config, absl::string_view module,
                                  int64_t rank) {
  const int64_t expected = ValueOf(config.rank_pattern, module, config.rank);
  if (rank != expected) {
    return absl::InvalidArgumentError(absl::StrCat("the adapter's module ", module, " has rank ",
                                                   rank, "; its configuration says ", expected));
  }
  const double alpha = ValueOf(config.alpha_pattern, module, config.alpha);
  const auto r = static_cast<double>(rank);
  return static_cast<float>(config.rank_stabilised ? alpha / std::sqrt(r) : alpha / r);
}

}  // namespace footnote::transformer
