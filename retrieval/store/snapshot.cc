#include "retrieval/store/snapshot.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "kernels/base/hash.h"
#include "kernels/base/status_macros.h"
#include "retrieval/engine.h"
#include "retrieval/store/file_io.h"
#include "retrieval/store/sealed_text.h"

namespace footnote::retrieval {
namespace {

namespace fs = std::filesystem;

constexpr char kManifestName[] = "footnote-snapshot";
constexpr char kStoreName[] = "store";
constexpr absl::string_view kHeader = "footnote-snapshot 1";
constexpr size_t kPieceBytes = 4 << 20;
constexpr uint64_t kMaxManifestBytes = 64 << 20;

struct FileEntry {
  std::string name;  // inside "store"
  uint64_t size = 0;
  std::string hash;
};

// Reads a file piece by piece; gives its size and the hash of its pieces' hashes,
// and copies it to `copy_to` unless that is empty.
absl::StatusOr<FileEntry> ReadThrough(const std::string& path, const std::string& name,
                                      const std::string& copy_to) {
  const File in(path, O_RDONLY);
  if (in.fd() < 0) return LastError(absl::StrCat("opening ", path));
  const File out(copy_to.empty() ? "/dev/null" : copy_to,
                 copy_to.empty() ? O_WRONLY : O_WRONLY | O_CREAT | O_EXCL);
  if (out.fd() < 0) return LastError(absl::StrCat("creating ", copy_to));
  FileEntry entry{name, 0, ""};
  std::string piece(kPieceBytes, '\0'), hashes;
  while (true) {
    size_t filled = 0;
    while (filled < piece.size()) {
      const ssize_t n = read(in.fd(), piece.data() + filled, piece.size() - filled);
      if (n < 0 && errno == EINTR) continue;
      if (n < 0) return LastError(absl::StrCat("reading ", path));
      if (n == 0) break;
      filled += static_cast<size_t>(n);
    }
    if (filled == 0) break;
    entry.size += filled;
    hashes += kernels::HexHash128(absl::string_view(piece).substr(0, filled));
    FN_RETURN_IF_ERROR(WriteAll(out.fd(), piece.data(), filled, copy_to));
  }
  if (!copy_to.empty() && fsync(out.fd()) != 0) return LastError(absl::StrCat("syncing ", copy_to));
  entry.hash = kernels::HexHash128(hashes);
  return entry;
}

std::string EncodeManifest(uint64_t sequence, const std::vector<FileEntry>& files) {
  std::string out = absl::StrCat(kHeader, "\nsequence ", sequence, "\n");
  for (const FileEntry& f : files) {
    absl::StrAppend(&out, "file ", f.size, " ", f.hash, " ", f.name, "\n");
  }
  return Sealed(std::move(out));
}

absl::StatusOr<std::vector<FileEntry>> DecodeManifest(const std::string& text,
                                                      const std::string& path) {
  const absl::Status damaged = absl::DataLossError(
      absl::StrCat(path, " is damaged: take another snapshot, this one can't be trusted"));
  const std::optional<absl::string_view> listed = Unsealed(text);
  if (!listed.has_value()) return damaged;
  const std::vector<std::string> lines = absl::StrSplit(*listed, '\n', absl::SkipEmpty());
  if (lines.empty() || lines[0] != kHeader) {
    return absl::FailedPreconditionError(absl::StrCat(
        path, " isn't a snapshot that this program reads (\"", kHeader, "\"); use a newer one"));
  }
  std::vector<FileEntry> files;
  for (size_t i = 2; i < lines.size(); ++i) {
    const std::vector<std::string> parts = absl::StrSplit(lines[i], absl::MaxSplits(' ', 3));
    FileEntry entry;
    if (parts.size() != 4 || parts[0] != "file" || !absl::SimpleAtoi(parts[1], &entry.size)) {
      return damaged;
    }
    entry.hash = parts[2];
    entry.name = parts[3];
    // A name can't lead out of the folder.
    if (entry.name.empty() || entry.name.find('/') != std::string::npos || entry.name == "." ||
        entry.name == "..") {
      return damaged;
    }
    files.push_back(std::move(entry));
  }
  return files;
}

// A folder that is built under a temporary name, and removed unless kept.
class TemporaryFolder {
 public:
  explicit TemporaryFolder(std::string path) : path_(std::move(path)) {}
  ~TemporaryFolder() {
    std::error_code ignored;
    if (ours_) fs::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::string& path() const { return path_; }

  absl::Status Create() {
    std::error_code error;
    // What a crash left is removed, and nothing else that may have this name.
    if (fs::exists(path_, error) && !IsUnfinishedCopy()) {
      return absl::FailedPreconditionError(
          absl::StrCat(path_, " is in the way and isn't an unfinished copy; move it away"));
    }
    ours_ = true;
    fs::remove_all(path_, error);
    fs::create_directories(path_, error);
    return error ? SystemError(absl::StrCat("creating ", path_), error) : absl::OkStatus();
  }

  absl::Status KeepAs(const std::string& name) {
    FN_RETURN_IF_ERROR(SyncFolder(path_));
    std::error_code error;
    fs::rename(path_, name, error);
    if (error) return SystemError(absl::StrCat("renaming ", path_, " to ", name), error);
    ours_ = false;
    const std::string parent = fs::absolute(name, error).parent_path().string();
    return SyncFolder(parent);
  }

 private:
  bool IsUnfinishedCopy() const {
    std::error_code error;
    fs::directory_iterator it(path_, error), end;
    for (; !error && it != end; it.increment(error)) {
      const std::string name = it->path().filename().string();
      // RocksDB copies into a folder with .tmp at its end.
      if (name != kManifestName && name != kStoreName && name != absl::StrCat(kStoreName, ".tmp")) {
        return false;
      }
    }
    return !error;
  }

  std::string path_;
  bool ours_ = false;  // made here, and not kept
};

std::string WithoutTrailingSlash(std::string path) {
  while (path.size() > 1 && path.back() == '/') path.pop_back();
  return path;
}

}  // namespace

absl::Status WriteSnapshot(
    const std::function<absl::StatusOr<uint64_t>(const std::string&)>& checkpoint,
    const std::string& target_dir) {
  const std::string target = WithoutTrailingSlash(target_dir);
  std::error_code error;
  if (target.empty()) return absl::InvalidArgumentError("the snapshot's folder has no name");
  if (fs::exists(target, error)) {
    return absl::FailedPreconditionError(
        absl::StrCat(target, " exists; name a new folder for the snapshot"));
  }
  TemporaryFolder folder(target + ".partial");
  FN_RETURN_IF_ERROR(folder.Create());
  const std::string files_dir = absl::StrCat(folder.path(), "/", kStoreName);
  FN_ASSIGN_OR_RETURN(const uint64_t sequence, checkpoint(files_dir));
  std::vector<FileEntry> files;
  for (const auto& item : fs::directory_iterator(files_dir, error)) {
    const std::string name = item.path().filename().string();
    FN_ASSIGN_OR_RETURN(FileEntry entry, ReadThrough(item.path().string(), name, ""));
    files.push_back(std::move(entry));
  }
  if (error) return SystemError(absl::StrCat("listing ", files_dir), error);
  std::sort(files.begin(), files.end(),
            [](const FileEntry& a, const FileEntry& b) { return a.name < b.name; });
  const std::string manifest = EncodeManifest(sequence, files);
  const std::string path = absl::StrCat(folder.path(), "/", kManifestName);
  {
    const File out(path, O_WRONLY | O_CREAT | O_EXCL);
    if (out.fd() < 0) return LastError(absl::StrCat("creating ", path));
    FN_RETURN_IF_ERROR(WriteAll(out.fd(), manifest.data(), manifest.size(), path));
    if (fsync(out.fd()) != 0) return LastError(absl::StrCat("syncing ", path));
  }
  return folder.KeepAs(target);
}

absl::Status RestoreSnapshot(const std::string& snapshot_dir, const std::string& data_dir) {
  const std::string target = WithoutTrailingSlash(data_dir);
  std::error_code error;
  if (fs::exists(target, error) && !fs::is_empty(target, error)) {
    return absl::FailedPreconditionError(
        absl::StrCat(target, " isn't empty; restore into a new folder"));
  }
  const std::string manifest_path = absl::StrCat(snapshot_dir, "/", kManifestName);
  const uint64_t manifest_bytes = fs::file_size(manifest_path, error);
  if (error) {
    return absl::NotFoundError(
        absl::StrCat(snapshot_dir, " holds no snapshot (no file ", kManifestName, ")"));
  }
  if (manifest_bytes > kMaxManifestBytes) {
    return absl::DataLossError(absl::StrCat(manifest_path, " is too long for a manifest"));
  }
  std::ifstream in(manifest_path, std::ios::binary);
  const std::string manifest((std::istreambuf_iterator<char>(in)), {});
  FN_ASSIGN_OR_RETURN(const std::vector<FileEntry> files, DecodeManifest(manifest, manifest_path));

  TemporaryFolder folder(target + ".partial");
  FN_RETURN_IF_ERROR(folder.Create());
  const std::string files_dir = absl::StrCat(folder.path(), "/", kStoreName);
  fs::create_directory(files_dir, error);
  if (error) return SystemError(absl::StrCat("creating ", files_dir), error);
  for (const FileEntry& f : files) {
    FN_ASSIGN_OR_RETURN(const FileEntry copied,
                        ReadThrough(absl::StrCat(snapshot_dir, "/", kStoreName, "/", f.name),
                                    f.name, absl::StrCat(files_dir, "/", f.name)));
    if (copied.size != f.size || copied.hash != f.hash) {
      return absl::DataLossError(
          absl::StrCat(snapshot_dir, "/", kStoreName, "/", f.name,
                       " differs from the snapshot's manifest; use another copy of the snapshot"));
    }
  }
  FN_RETURN_IF_ERROR(SyncFolder(files_dir));
  fs::remove(target, error);  // empty
  return folder.KeepAs(target);
}

}  // namespace footnote::retrieval
