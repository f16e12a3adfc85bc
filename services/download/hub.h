#ifndef FOOTNOTE_SERVICES_DOWNLOAD_HUB_H_
#define FOOTNOTE_SERVICES_DOWNLOAD_HUB_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace footnote::services {

// What a model hub in Hugging Face's layout says of a repository. Everything
// here came from outside: names are checked before anything is done with them.

// "ORG/NAME" or "NAME". Errors: InvalidArgument.
absl::Status CheckRepositoryId(absl::string_view id);
// A branch, tag or commit. Errors: InvalidArgument.
absl::Status CheckRevision(absl::string_view revision);
// A path below the repository's folder: plain names joined by "/". Errors:
// InvalidArgument.
absl::Status CheckFileName(absl::string_view name);

// A file of a repository.
struct HubFile {
  std::string name;
  uint64_t bytes = 0;
  std::string sha256;    // of large files; lower-case hex; empty: not said
  std::string git_blob;  // SHA-1 of the others, as git counts it; empty: not said
};

// GET {mirror}/api/models/{id}/revision/{revision}: the commit and the names.
struct HubRevision {
  std::string commit;  // empty if the server doesn't say
  std::vector<std::string> files;
};
// Errors: DataLoss (not such an answer), InvalidArgument (a name that could
// lead elsewhere).
absl::StatusOr<HubRevision> ParseRevision(absl::string_view json);

// GET {mirror}/api/models/{id}/tree/{revision}?recursive=true: sizes and
// digests; one page of it. Errors: as above.
absl::StatusOr<std::vector<HubFile>> ParseTree(absl::string_view json);

// The URL of rel="next" in a Link header; empty if there is none.
std::string NextPage(absl::string_view link_header);

// What a file is good for here.
enum class FileUse {
  kTake,    // configuration, tokenizer, weights as safetensors or GGUF, texts
  kPickle,  // weights in a format that can hold code
  kOther,   // weights of other programs, pictures, hidden files
};
FileUse UseOfFile(absl::string_view name);

// Whether `name` is a weight file that can't hold code.
bool IsSafeWeightFile(absl::string_view name);

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_DOWNLOAD_HUB_H_
