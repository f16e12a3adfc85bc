#include "transformer/model/model_config.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "nlohmann/json.hpp"
#include "transformer/encoder/families/family.h"
#include "transformer/io/file.h"
#include "transformer/io/json.h"
#include "transformer/model/sentence_modules.h"

namespace footnote::transformer {
namespace {

using nlohmann::json;

absl::Status ParseFamily(const json& config, const std::string& path, ModelConfig* out) {
  const JsonFields fields(config, path);
  FN_ASSIGN_OR_RETURN(out->family, fields.String("model_type", ""));
  const auto family = FindEncoderFamily(out->family);
  if (!family.ok()) {
    return absl::Status(family.status().code(),
                        absl::StrCat(path, ": ", family.status().message()));
  }
  FN_ASSIGN_OR_RETURN(out->bert, (*family)->parse(fields, path));
  return absl::OkStatus();
}

// Whether the folder holds a classifier, and of how many labels: as transformers
// counts them.
absl::Status ParseClassifier(const json& config, const std::string& path, ModelConfig* out) {
  const auto architectures = config.find("architectures");
  if (architectures == config.end() || !architectures->is_array()) return absl::OkStatus();
  const bool classifier =
      std::any_of(architectures->begin(), architectures->end(), [](const json& name) {
        return name.is_string() &&
               absl::EndsWith(name.get_ref<const std::string&>(), "ForSequenceClassification");
      });
  if (!classifier) return absl::OkStatus();
  const JsonFields fields(config, path);
  const auto names = config.find("id2label");
  const int64_t named = names != config.end() && names->is_object() && !names->empty()
                            ? static_cast<int64_t>(names->size())
                            : 2;
  FN_ASSIGN_OR_RETURN(const int64_t labels, fields.Int("num_labels", named, 1, 1'000'000));
  out->labels = static_cast<int>(labels);
  std::string activation;
  if (fields.Has("sentence_transformers")) {
    const json& section = config["sentence_transformers"];
    if (!section.is_object()) {
      return absl::InvalidArgumentError(
          absl::StrCat(path, ": \"sentence_transformers\" must be an object"));
    }
    FN_ASSIGN_OR_RETURN(activation, JsonFields(section, path).String("activation_fn", ""));
  }
  if (activation.empty()) {  // where versions before 4 kept it
    FN_ASSIGN_OR_RETURN(activation, fields.String("sbert_ce_default_activation_function", ""));
  }
  if (activation.empty()) return absl::OkStatus();
  FN_ASSIGN_OR_RETURN(out->sigmoid, IsSigmoid(activation, path));
  return absl::OkStatus();
}

// The longest input: the least of what the files say.
absl::Status ReadMaxSeqLength(const std::string& dir, ModelConfig* out) {
  int64_t length = out->bert.longest_input();
  const std::string st_path = absl::StrCat(dir, "/sentence_bert_config.json");
  const std::string tokenizer_path = absl::StrCat(dir, "/tokenizer_config.json");
  bool said = false;
  if (IsFile(st_path)) {
    FN_ASSIGN_OR_RETURN(const json config, ReadJsonObject(st_path, kMaxConfigBytes));
    const JsonFields fields(config, st_path);
    said = fields.Has("max_seq_length");
    // 3 leaves room for one token between [CLS] and [SEP].
    FN_ASSIGN_OR_RETURN(const int64_t wanted,
                        fields.Int("max_seq_length", length, 3, kMaxPositions));
    length = std::min(length, wanted);
    FN_ASSIGN_OR_RETURN(out->do_lower_case, fields.Bool("do_lower_case", false));
  }
  if (!said && IsFile(tokenizer_path)) {
    FN_ASSIGN_OR_RETURN(const json config, ReadJsonObject(tokenizer_path, kMaxConfigBytes));
    const JsonFields fields(config, tokenizer_path);
    // "No limit" is written as 1e30 there.
    FN_ASSIGN_OR_RETURN(const double wanted,
                        fields.Number("model_max_length", static_cast<double>(length)));
    if (wanted < 3) {
      return absl::InvalidArgumentError(
          absl::StrCat(tokenizer_path, ": \"model_max_length\" must be at least 3"));
    }
    if (wanted < static_cast<double>(length)) length = static_cast<int64_t>(wanted);
  }
  if (length < 3) {
    return absl::InvalidArgumentError(
        absl::StrCat(dir, "/config.json: \"max_position_embeddings\" must be at least 3"));
  }
  out->max_seq_length = static_cast<int>(length);
  return absl::OkStatus();
}

std::string NameIfPresent(const std::string& dir, const char* name) {
  return IsFile(absl::StrCat(dir, "/", name)) ? name : "";
}

}  // namespace

std::vector<EncoderOutput> ModelConfig::outputs() const {
  std::vector<EncoderOutput> out = {EncoderOutput::kDense};
  if (!sparse_head.empty()) out.push_back(EncoderOutput::kSparse);
  if (!colbert_head.empty()) out.push_back(EncoderOutput::kColbert);
  return out;
}

absl::StatusOr<ModelConfig> LoadModelConfig(const std::string& model_dir) {
  if (!IsDirectory(model_dir)) {
    return absl::NotFoundError(absl::StrCat(model_dir, ": no such model folder"));
  }
  ModelConfig out;
  const std::string path = absl::StrCat(model_dir, "/config.json");
  FN_ASSIGN_OR_RETURN(const json config, ReadJsonObject(path, kMaxConfigBytes));
  FN_RETURN_IF_ERROR(ParseFamily(config, path, &out));
  FN_RETURN_IF_ERROR(ParseClassifier(config, path, &out));
  FN_RETURN_IF_ERROR(ReadSentenceModules(model_dir, &out));
  FN_RETURN_IF_ERROR(ReadMaxSeqLength(model_dir, &out));
  // The names that FlagEmbedding gives them.
  out.sparse_head = NameIfPresent(model_dir, "sparse_linear.pt");
  out.colbert_head = NameIfPresent(model_dir, "colbert_linear.pt");
  return out;
}

}  // namespace footnote::transformer
