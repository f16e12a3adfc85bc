#include "transformer/model/sentence_modules.h"

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "kernels/base/status_macros.h"
#include "nlohmann/json.hpp"
#include "transformer/io/file.h"
#include "transformer/io/json.h"

namespace footnote::transformer {
namespace {

using nlohmann::json;

// Far above any published prompt.
constexpr size_t kMaxPromptBytes = 16'384;

// "torch.nn.modules.activation.Tanh" gives "Tanh".
std::string LastName(absl::string_view path) {
  return std::vector<std::string>(absl::StrSplit(path, '.')).back();
}

// sentence-transformers' pooling: booleans up to version 5, one name since.
absl::StatusOr<Pooling> ParsePooling(const JsonFields& fields, const std::string& path) {
  std::vector<std::string> modes;
  if (fields.Has("pooling_mode")) {
    FN_ASSIGN_OR_RETURN(const std::string mode, fields.String("pooling_mode", ""));
    modes.push_back(mode);
  } else {
    constexpr std::pair<const char*, const char*> kModes[] = {
        {"pooling_mode_cls_token", "cls"},
        {"pooling_mode_mean_tokens", "mean"},
        {"pooling_mode_max_tokens", "max"},
        {"pooling_mode_mean_sqrt_len_tokens", "mean_sqrt_len_tokens"},
        {"pooling_mode_weightedmean_tokens", "weightedmean"},
        {"pooling_mode_lasttoken", "lasttoken"}};
    for (const auto& [key, name] : kModes) {
      FN_ASSIGN_OR_RETURN(const bool on, fields.Bool(key, false));
      if (on) modes.push_back(name);
    }
  }
  if (modes.empty() || (modes.size() == 1 && modes[0] == "mean")) return Pooling::kMean;
  if (modes.size() == 1 && modes[0] == "cls") return Pooling::kCls;
  return absl::UnimplementedError(absl::StrCat(path, ": the pooling \"", absl::StrJoin(modes, "+"),
                                               "\" is not supported; mean and cls are"));
}

absl::StatusOr<DenseConfig> ParseDense(const std::string& model_dir, const std::string& dir,
                                       int inputs) {
  const std::string path = absl::StrCat(model_dir, "/", dir, "/config.json");
  FN_ASSIGN_OR_RETURN(const json config, ReadJsonObject(path, kMaxConfigBytes));
  const JsonFields fields(config, path);
  DenseConfig out;
  out.dir = dir;
  FN_ASSIGN_OR_RETURN(const int64_t in, fields.Int("in_features", 0, 1, kMaxWidth));
  FN_ASSIGN_OR_RETURN(const int64_t outputs, fields.Int("out_features", 0, 1, kMaxWidth));
  out.inputs = static_cast<int>(in);
  out.outputs = static_cast<int>(outputs);
  if (out.inputs != inputs) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": \"in_features\" ", out.inputs,
                                                   ", but what is before it gives ", inputs));
  }
  FN_ASSIGN_OR_RETURN(out.bias, fields.Bool("bias", true));
  FN_ASSIGN_OR_RETURN(const std::string activation,
                      fields.String("activation_function", "torch.nn.modules.activation.Tanh"));
  const std::string kind = LastName(activation);
  if (kind != "Tanh" && kind != "Identity") {
    return absl::UnimplementedError(absl::StrCat(path, ": the activation \"", activation,
                                                 "\" is not supported; Tanh and Identity are"));
  }
  out.tanh = kind == "Tanh";
  FN_ASSIGN_OR_RETURN(const bool residual, fields.Bool("use_residual", false));
  FN_ASSIGN_OR_RETURN(const std::string input,
                      fields.String("module_input_name", "sentence_embedding"));
  if (residual || input != "sentence_embedding") {
    return absl::UnimplementedError(absl::StrCat(
        path,
        ": a dense module with a residual or on other inputs than the sentence's embedding "
        "is not supported"));
  }
  return out;
}

// The list of steps. Where a folder has none, mean pooling follows the encoder,
// as 1_Pooling says if it is there.
absl::Status ReadModules(const std::string& dir, ModelConfig* out, std::string* pooling) {
  *pooling = "1_Pooling";
  const std::string path = absl::StrCat(dir, "/modules.json");
  if (!IsFile(path)) return absl::OkStatus();
  FN_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxConfigBytes));
  FN_ASSIGN_OR_RETURN(const json modules, ParseJson(text, path));
  if (!modules.is_array()) {
    return absl::InvalidArgumentError(absl::StrCat(path, " is not a list of modules"));
  }
  for (const json& module : modules) {
    if (!module.is_object()) {
      return absl::InvalidArgumentError(absl::StrCat(path, ": a module is not an object"));
    }
    const JsonFields fields(module, path);
    FN_ASSIGN_OR_RETURN(const std::string type, fields.String("type", ""));
    FN_ASSIGN_OR_RETURN(const std::string folder, fields.String("path", ""));
    // A path out of the folder would read somebody else's file.
    if (folder.find('/') != std::string::npos || folder == "..") {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": the module path \"", folder, "\" is not a folder of this model"));
    }
    const std::string kind = LastName(type);
    if (kind == "Pooling") {
      if (!folder.empty()) *pooling = folder;
    } else if (kind == "Dense") {
      FN_ASSIGN_OR_RETURN(DenseConfig dense, ParseDense(dir, folder, out->embedding_size()));
      out->dense.push_back(std::move(dense));
    } else if (kind != "Transformer" && kind != "Normalize") {
      return absl::UnimplementedError(
          absl::StrCat(path, ": the module \"", type,
                       "\" is not supported; Transformer, Pooling, Dense and Normalize are"));
    }
  }
  return absl::OkStatus();
}

// The first of `names` that has a prompt, or else the model's default prompt.
absl::StatusOr<std::string> FindPrompt(const json& prompts, const std::string& default_name,
                                       std::initializer_list<const char*> names,
                                       const std::string& path) {
  const JsonFields fields(prompts, path);
  std::string prompt;
  for (const char* name : names) {
    if (!prompt.empty()) break;
    FN_ASSIGN_OR_RETURN(prompt, fields.String(name, ""));
  }
  if (prompt.empty() && !default_name.empty()) {
    FN_ASSIGN_OR_RETURN(prompt, fields.String(default_name.c_str(), ""));
  }
  if (prompt.size() > kMaxPromptBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": a prompt of ", prompt.size(), " bytes; at most ", kMaxPromptBytes));
  }
  return prompt;
}

absl::Status ReadSettings(const std::string& dir, bool pools_prompt, ModelConfig* out) {
  const std::string path = absl::StrCat(dir, "/config_sentence_transformers.json");
  if (!IsFile(path)) return absl::OkStatus();
  FN_ASSIGN_OR_RETURN(const json config, ReadJsonObject(path, kMaxConfigBytes));
  const JsonFields fields(config, path);
  if (fields.Has("activation_fn")) {
    FN_ASSIGN_OR_RETURN(const std::string activation, fields.String("activation_fn", ""));
    FN_ASSIGN_OR_RETURN(out->sigmoid, IsSigmoid(activation, path));
  }
  if (!fields.Has("prompts")) return absl::OkStatus();
  const json& prompts = config["prompts"];
  if (!prompts.is_object()) {
    return absl::InvalidArgumentError(absl::StrCat(path, ": \"prompts\" must be an object"));
  }
  FN_ASSIGN_OR_RETURN(const std::string name, fields.String("default_prompt_name", ""));
  FN_ASSIGN_OR_RETURN(out->prompts.query, FindPrompt(prompts, name, {"query"}, path));
  FN_ASSIGN_OR_RETURN(out->prompts.passage,
                      FindPrompt(prompts, name, {"document", "passage", "corpus"}, path));
  if (!pools_prompt && !(out->prompts.query.empty() && out->prompts.passage.empty())) {
    return absl::UnimplementedError(
        absl::StrCat(path,
                     ": prompts that the pooling leaves out (\"include_prompt\": false) are "
                     "not supported"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<bool> IsSigmoid(const std::string& activation, absl::string_view path) {
  const std::string kind = LastName(activation);
  if (kind == "Sigmoid") return true;
  if (kind == "Identity") return false;
  return absl::UnimplementedError(absl::StrCat(path, ": the activation \"", activation,
                                               "\" is not supported; Sigmoid and Identity are"));
}

absl::Status ReadSentenceModules(const std::string& model_dir, ModelConfig* out) {
  std::string pooling_dir;
  FN_RETURN_IF_ERROR(ReadModules(model_dir, out, &pooling_dir));
  const std::string path = absl::StrCat(model_dir, "/", pooling_dir, "/config.json");
  bool pools_prompt = true;
  if (IsFile(path)) {
    FN_ASSIGN_OR_RETURN(const json config, ReadJsonObject(path, kMaxConfigBytes));
    const JsonFields fields(config, path);
    FN_ASSIGN_OR_RETURN(out->pooling, ParsePooling(fields, path));
    FN_ASSIGN_OR_RETURN(pools_prompt, fields.Bool("include_prompt", true));
  }
  return ReadSettings(model_dir, pools_prompt, out);
}

}  // namespace footnote::transformer
