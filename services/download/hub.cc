#include "services/download/hub.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "kernels/base/status_macros.h"
#include "nlohmann/json.hpp"
#include "transformer/io/json.h"

namespace footnote::services {
namespace {

using nlohmann::json;

constexpr size_t kMaxFiles = 10'000;
constexpr size_t kMaxDepth = 8;
constexpr size_t kMaxNameBytes = 200;
// Far above any file; sums of kMaxFiles of them don't wrap.
constexpr uint64_t kMaxFileBytes = uint64_t{1} << 50;

// Formats whose readers elsewhere run what is in the file.
constexpr absl::string_view kPickles[] = {".bin", ".pt", ".pth", ".ckpt", ".pkl", ".pickle"};
constexpr absl::string_view kSafeWeights[] = {".safetensors", ".gguf"};
// What belongs to other programs, or is no part of a model.
constexpr absl::string_view kOthers[] = {
    ".h5",    ".msgpack", ".onnx", ".onnx_data", ".ot",    ".tflite", ".mlmodel", ".mlpackage",
    ".npz",   ".npy",     ".pb",   ".xml",       ".png",   ".jpg",    ".jpeg",    ".gif",
    ".svg",   ".webp",    ".pdf",  ".mp4",       ".zip",   ".tar",    ".gz",      ".py",
    ".ipynb", ".sh",      ".nemo", ".parquet",   ".arrow", ".data"};

template <size_t n>
bool EndsWithOneOf(absl::string_view name, const absl::string_view (&suffixes)[n]) {
  return std::any_of(std::begin(suffixes), std::end(suffixes), [name](absl::string_view suffix) {
    return absl::EndsWithIgnoreCase(name, suffix);
  });
}

bool IsWordCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_' || c == '.';
}

bool IsPlainPart(absl::string_view part) {
  return !part.empty() && part.size() <= kMaxNameBytes && part != "." && part != ".." &&
         std::none_of(part.begin(), part.end(), [](char c) {
           return c == '/' || c == '\\' || absl::ascii_iscntrl(static_cast<unsigned char>(c));
         });
}

bool IsHex(absl::string_view text, size_t length) {
  return text.size() == length && std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isdigit(static_cast<unsigned char>(c)) || (c >= 'a' && c <= 'f');
         });
}

absl::Status Unexpected(absl::string_view what) {
  return absl::DataLossError(absl::StrCat("the server's list of files is not understood: ", what));
}

// A string of an object; empty if absent or of another type.
std::string Text(const json& object, const char* key) {
  const auto it = object.find(key);
  return it != object.end() && it->is_string() ? it->get<std::string>() : "";
}

absl::StatusOr<HubFile> ParseEntry(const json& entry) {
  HubFile file;
  file.name = Text(entry, "path");
  FN_RETURN_IF_ERROR(CheckFileName(file.name));
  const auto lfs = entry.find("lfs");
  const bool large = lfs != entry.end() && lfs->is_object();
  const json& sized = large ? *lfs : entry;
  const auto size = sized.find("size");
  if (size == sized.end() || !size->is_number_unsigned() || size->get<uint64_t>() > kMaxFileBytes) {
    return Unexpected(absl::StrCat("\"", file.name, "\" has no size that can be"));
  }
  file.bytes = size->get<uint64_t>();
  const std::string digest = Text(sized, "oid");
  if (!IsHex(digest, large ? 64 : 40)) {
    return Unexpected(absl::StrCat("\"", file.name, "\" has no digest"));
  }
  (large ? file.sha256 : file.git_blob) = digest;
  return file;
}

}  // namespace

absl::Status CheckRepositoryId(absl::string_view id) {
  const std::vector<absl::string_view> parts = absl::StrSplit(id, '/');
  bool good = parts.size() <= 2;
  for (const absl::string_view part : parts) {
    good = good && IsPlainPart(part) && part[0] != '.' &&
           std::all_of(part.begin(), part.end(), IsWordCharacter);
  }
  if (good) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("\"", absl::CHexEscape(id), "\" is not a repository's name: ORG/NAME"));
}

absl::Status CheckRevision(absl::string_view revision) {
  bool good = revision.size() <= kMaxNameBytes;
  for (const absl::string_view part : absl::StrSplit(revision, '/')) {
    good = good && IsPlainPart(part) && std::all_of(part.begin(), part.end(), IsWordCharacter);
  }
  if (good) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("\"", absl::CHexEscape(revision), "\" is not a branch, tag or commit"));
}

absl::Status CheckFileName(absl::string_view name) {
  const std::vector<absl::string_view> parts = absl::StrSplit(name, '/');
  if (parts.size() <= kMaxDepth && std::all_of(parts.begin(), parts.end(), IsPlainPart)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat("the server lists the file \"",
                                                 absl::CHexEscape(name.substr(0, kMaxNameBytes)),
                                                 "\", which is not a path inside its repository"));
}

absl::StatusOr<HubRevision> ParseRevision(absl::string_view text) {
  FN_ASSIGN_OR_RETURN(const json object, transformer::ParseJsonObject(text, "the server's answer"));
  HubRevision out;
  const std::string commit = Text(object, "sha");
  if (IsHex(commit, 40)) out.commit = commit;
  const auto siblings = object.find("siblings");
  if (siblings == object.end() || !siblings->is_array() || siblings->size() > kMaxFiles) {
    return Unexpected("no \"siblings\", or too many");
  }
  for (const json& sibling : *siblings) {
    if (!sibling.is_object()) return Unexpected("a sibling is no object");
    std::string name = Text(sibling, "rfilename");
    FN_RETURN_IF_ERROR(CheckFileName(name));
    out.files.push_back(std::move(name));
  }
  return out;
}

absl::StatusOr<std::vector<HubFile>> ParseTree(absl::string_view text) {
  FN_ASSIGN_OR_RETURN(const json tree, transformer::ParseJson(text, "the server's answer"));
  if (!tree.is_array() || tree.size() > kMaxFiles) return Unexpected("no list, or too long");
  std::vector<HubFile> files;
  for (const json& entry : tree) {
    if (!entry.is_object()) return Unexpected("an entry is no object");
    if (Text(entry, "type") != "file") continue;
    FN_ASSIGN_OR_RETURN(HubFile file, ParseEntry(entry));
    files.push_back(std::move(file));
  }
  return files;
}

std::string NextPage(absl::string_view link_header) {
  for (const absl::string_view link : absl::StrSplit(link_header, ',')) {
    const size_t open = link.find('<'), close = link.find('>');
    if (open == absl::string_view::npos || close == absl::string_view::npos || close < open) {
      continue;
    }
    if (absl::StrContains(link.substr(close), "rel=\"next\"")) {
      return std::string(link.substr(open + 1, close - open - 1));
    }
  }
  return "";
}

FileUse UseOfFile(absl::string_view name) {
  for (const absl::string_view part : absl::StrSplit(name, '/')) {
    if (absl::StartsWith(part, ".")) return FileUse::kOther;
  }
  // The same weights again, for another program.
  const absl::string_view base = name.substr(name.rfind('/') + 1);
  if (absl::StartsWith(base, "consolidated")) return FileUse::kOther;
  if (EndsWithOneOf(name, kPickles)) return FileUse::kPickle;
  return EndsWithOneOf(name, kOthers) ? FileUse::kOther : FileUse::kTake;
}

bool IsSafeWeightFile(absl::string_view name) { return EndsWithOneOf(name, kSafeWeights); }

}  // namespace footnote::services
