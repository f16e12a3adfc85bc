#include "services/download/puller.h"

#include <fnmatch.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <system_error>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "kernels/base/status_macros.h"
#include "services/download/file_fetch.h"
#include "services/download/hub.h"
#include "services/download/hub_client.h"

namespace footnote::services {
namespace {

namespace fs = std::filesystem;

bool MatchesOne(const std::vector<std::string>& patterns, const std::string& name) {
  return patterns.empty() ||
         std::any_of(patterns.begin(), patterns.end(), [&name](const std::string& pattern) {
           return fnmatch(pattern.c_str(), name.c_str(), 0) == 0;
         });
}

// The files to take, and in `result` the others.
absl::StatusOr<std::vector<HubFile>> Choose(const PullOptions& options, const HubListing& listing,
                                            PullResult* result) {
  std::vector<HubFile> chosen;
  bool safe_weights = false;
  for (const HubFile& file : listing.files) {
    if (!MatchesOne(options.only, file.name)) continue;
    safe_weights |= IsSafeWeightFile(file.name);
    switch (UseOfFile(file.name)) {
      case FileUse::kTake:
        chosen.push_back(file);
        break;
      case FileUse::kPickle:
        if (options.allow_pickle) {
          chosen.push_back(file);
        } else {
          result->pickles.push_back(file.name);
        }
        break;
      case FileUse::kOther:
        result->others.push_back(file.name);
        break;
    }
  }
  if (!safe_weights && !result->pickles.empty()) {
    return absl::FailedPreconditionError(absl::StrCat(
        options.id, " has its weights only as pickles, which can hold code: ",
        absl::StrJoin(result->pickles, ", "),
        ". Take a repository with safetensors or GGUF, or say --allow-pickle: Footnote's own "
        "reader runs nothing that is in them"));
  }
  if (chosen.empty()) {
    return absl::NotFoundError(absl::StrCat(options.id, " has no file that ",
                                            options.only.empty() ? "a model needs" : "matches"));
  }
  return chosen;
}

absl::Status MakeFolder(const fs::path& dir) {
  std::error_code error;
  fs::create_directories(dir, error);
  if (!error) return absl::OkStatus();
  return absl::PermissionDeniedError(
      absl::StrCat("can't make the folder ", dir.string(), ": ", error.message()));
}

uint64_t SizeOfFile(const fs::path& path) {
  std::error_code error;
  const uint64_t size = fs::file_size(path, error);
  return error ? 0 : size;
}

// Whether the missing bytes fit on the disk.
absl::Status CheckSpace(const std::vector<HubFile>& files, const fs::path& dir) {
  uint64_t missing = 0;
  for (const HubFile& file : files) {
    const fs::path path = dir / file.name;
    std::error_code ignored;
    if (fs::exists(path, ignored) && SizeOfFile(path) == file.bytes) continue;
    const uint64_t there = SizeOfFile(path.string() + ".part");
    missing += file.bytes - std::min(there, file.bytes);
  }
  std::error_code error;
  const fs::space_info space = fs::space(dir, error);
  if (error || space.available >= missing) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat(missing, " bytes are to be downloaded, and ",
                                                   space.available, " are free in ", dir.string()));
}

// One call of Pull.
class Puller {
 public:
  Puller(const PullOptions& options, const std::function<bool(const PullProgress&)>& progress)
      : options_(options), progress_(progress), start_(std::chrono::steady_clock::now()) {}

  absl::StatusOr<PullResult> Run();

 private:
  absl::Status PullFile(HttpClient& http, const HubFile& file);
  // Whether to stop.
  bool Report() {
    now_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    return progress_ && !progress_(now_);
  }

  const PullOptions& options_;
  const std::function<bool(const PullProgress&)>& progress_;
  const std::chrono::steady_clock::time_point start_;
  PullProgress now_;
  PullResult result_;
};

absl::Status Puller::PullFile(HttpClient& http, const HubFile& file) {
  const fs::path path = fs::path(options_.dir) / file.name;
  now_.file = file.name;
  const uint64_t before = now_.bytes_done;
  FN_RETURN_IF_ERROR(MakeFolder(path.parent_path()));
  PulledFile done{file.name, file.bytes, false};
  std::error_code ignored;
  if (fs::is_regular_file(path, ignored) && SizeOfFile(path) == file.bytes) {
    FN_ASSIGN_OR_RETURN(done.was_there, IsWholeFile(file, path.string()));
  }
  if (!done.was_there) {
    FileFetch fetch;
    fetch.url = FileUrl(options_.http.server, options_.id, result_.commit, file.name);
    fetch.path = path.string();
    fetch.file = file;
    fetch.attempts = options_.attempts;
    fetch.first_wait_seconds = options_.first_wait_seconds;
    fetch.on_progress = [&](uint64_t there, uint64_t fetched) {
      now_.bytes_done = before + there;
      now_.bytes_fetched += fetched;
    };
    fetch.cancelled = [this] { return Report(); };
    FN_RETURN_IF_ERROR(FetchFile(http, fetch));
  }
  now_.bytes_done = before + file.bytes;
  ++now_.files_done;
  result_.files.push_back(std::move(done));
  return Report() ? absl::CancelledError("stopped") : absl::OkStatus();
}

absl::StatusOr<PullResult> Puller::Run() {
  FN_RETURN_IF_ERROR(CheckRepositoryId(options_.id));
  FN_RETURN_IF_ERROR(CheckRevision(options_.revision));
  FN_ASSIGN_OR_RETURN(const auto http, HttpClient::Create(options_.http));
  FN_ASSIGN_OR_RETURN(const HubListing listing,
                      ListRepository(*http, options_.http.server, options_.id, options_.revision,
                                     [this] { return Report(); }));
  result_.dir = options_.dir;
  result_.commit = listing.commit;
  FN_ASSIGN_OR_RETURN(const std::vector<HubFile> files, Choose(options_, listing, &result_));
  FN_RETURN_IF_ERROR(MakeFolder(options_.dir));
  FN_RETURN_IF_ERROR(CheckSpace(files, options_.dir));
  now_.files_total = files.size();
  for (const HubFile& file : files) now_.bytes_total += file.bytes;
  for (const HubFile& file : files) FN_RETURN_IF_ERROR(PullFile(*http, file));
  result_.bytes_fetched = now_.bytes_fetched;
  return std::move(result_);
}

}  // namespace

absl::StatusOr<PullResult> Pull(const PullOptions& options,
                                const std::function<bool(const PullProgress&)>& progress) {
  return Puller(options, progress).Run();
}

}  // namespace footnote::services
