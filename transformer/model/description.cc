#include <algorithm>
#include <filesystem>
#include <map>
#include <system_error>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "kernels/base/status_macros.h"
#include "transformer/io/file.h"
#include "transformer/io/json.h"
#include "transformer/model/model_config.h"
#include "transformer/model/registry.h"
#include "transformer/tokenizer/tokenizer.h"
#include "transformer/weights/weight_file.h"

namespace footnote::transformer {
namespace {

constexpr uint64_t kMaxReadmeBytes = uint64_t{1} << 20;

// `license:` of the README's front matter, where model hubs keep it.
std::string LicenceOfReadme(const std::string& dir) {
  const auto text = ReadFile(absl::StrCat(dir, "/README.md"), kMaxReadmeBytes);
  if (!text.ok() || !absl::StartsWith(*text, "---")) return "unknown";
  const std::vector<absl::string_view> lines = absl::StrSplit(*text, '\n');
  for (size_t i = 1; i < lines.size() && !absl::StartsWith(lines[i], "---"); ++i) {
    absl::string_view line = lines[i];
    if (!absl::ConsumePrefix(&line, "license:")) continue;
    line = absl::StripAsciiWhitespace(line);
    return line.empty() ? "unknown" : std::string(line);
  }
  return "unknown";
}

bool IsFloat(DType dtype) {
  return dtype == DType::kF32 || dtype == DType::kF16 || dtype == DType::kBF16 ||
         dtype == DType::kF64;
}

// Counts parameters, and bytes as the encoder keeps them: the matrices of its
// layers at the chosen precision (int8 with one f32 scale per output), embedding
// tables, biases and norms in f32.
void CountWeights(const WeightFile& weights, ModelDescription* out) {
  std::map<absl::string_view, uint64_t> dtypes;
  for (const std::string& name : weights.names()) {
    const TensorView& tensor = *weights.Find(name);
    if (!IsFloat(tensor.dtype)) continue;  // such as position ids
    const uint64_t n = static_cast<uint64_t>(tensor.elements());
    const bool matrix = tensor.shape.size() == 2 && !absl::StrContains(name, "embeddings.");
    out->parameters += n;
    out->bytes_float32 += 4 * n;
    out->bytes_bfloat16 += (matrix ? 2 : 4) * n;
    out->bytes_int8 += matrix ? n + 4 * static_cast<uint64_t>(tensor.shape[0]) : 4 * n;
    dtypes[DTypeName(tensor.dtype)] += n;
  }
  const auto commonest =
      std::max_element(dtypes.begin(), dtypes.end(),
                       [](const auto& a, const auto& b) { return a.second < b.second; });
  if (commonest != dtypes.end()) out->weights_dtype = std::string(commonest->first);
}

std::string LicenceOfConfig(const std::string& dir) {
  const auto config = ReadJsonObject(absl::StrCat(dir, "/config.json"), kMaxConfigBytes);
  if (!config.ok()) return "unknown";
  return JsonFields(*config, dir).String("license", "unknown").value_or("unknown");
}

std::vector<ModelDescription::File> ListFiles(const std::string& dir) {
  std::vector<ModelDescription::File> files;
  std::error_code error;
  std::filesystem::recursive_directory_iterator it(dir, error), end;
  for (; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    if (!it->is_regular_file(ignored)) continue;
    const uint64_t bytes = it->file_size(ignored);
    if (ignored) continue;  // it vanished meanwhile
    files.push_back({it->path().lexically_relative(dir).string(), bytes});
  }
  std::sort(files.begin(), files.end(),
            [](const auto& a, const auto& b) { return a.name < b.name; });
  return files;
}

}  // namespace

std::string LicenceOfFolder(const std::string& dir) {
  std::string licence = LicenceOfReadme(dir);
  return licence == "unknown" ? LicenceOfConfig(dir) : licence;
}

absl::StatusOr<ModelDescription> DescribeModel(const std::string& dir) {
  FN_ASSIGN_OR_RETURN(const ModelConfig config, LoadModelConfig(dir));
  FN_ASSIGN_OR_RETURN(const auto tokenizer, LoadTokenizer(dir));
  FN_ASSIGN_OR_RETURN(const auto weights, OpenWeights(dir));

  ModelDescription out;
  const std::filesystem::path path(std::string(absl::StripSuffix(dir, "/")));
  out.name = path.filename().string();
  out.dir = dir;
  out.family = config.family;
  out.tokenizer = absl::StrCat(tokenizer->kind(), ", ", tokenizer->vocab_size(), " tokens");
  const KnownModel* known = FindKnownModel(out.name);
  out.licence = known != nullptr ? std::string(known->licence) : LicenceOfFolder(dir);
  out.weights_format = std::string(weights->format());
  out.layers = config.bert.num_hidden_layers;
  out.dim = config.bert.hidden_size;
  out.max_tokens = config.max_seq_length;
  if (config.labels == 1) {
    out.outputs = {"score"};
  } else {
    for (const EncoderOutput output : config.outputs()) {
      out.outputs.emplace_back(EncoderOutputName(output));
    }
  }
  CountWeights(*weights, &out);
  out.files = ListFiles(dir);
  return out;
}

}  // namespace footnote::transformer
