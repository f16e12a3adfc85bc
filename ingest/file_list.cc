#include "ingest/file_list.h"

#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <memory>
#include <set>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"

namespace footnote::ingest {
namespace {

// Without the name: whoever reports it has that.
absl::Status ErrnoStatus(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return absl::NotFoundError("no such file or folder");
    case EACCES:
    case EPERM:
      return absl::PermissionDeniedError(
          "permission denied; make it readable for the user that runs footnote");
    default:
      return absl::ErrnoToStatus(error, "cannot read it");
  }
}

int64_t MtimeNs(const struct stat& st) {
  return static_cast<int64_t>(st.st_mtim.tv_sec) * 1000000000 + st.st_mtim.tv_nsec;
}

ListedFile Listed(std::string path, std::string root, const Reader* reader, const struct stat& st) {
  return {std::move(path), std::move(root), reader, MtimeNs(st), static_cast<uint64_t>(st.st_size)};
}

// The path without links; empty if it leads nowhere.
std::string RealPath(const std::string& path) {
  const std::unique_ptr<char, decltype(&std::free)> real(::realpath(path.c_str(), nullptr),
                                                         &std::free);
  return real == nullptr ? "" : real.get();
}

std::string Join(absl::string_view folder, absl::string_view name) {
  return folder == "/" ? absl::StrCat("/", name) : absl::StrCat(folder, "/", name);
}

// Lists one root.
class FolderWalk {
 public:
  FolderWalk(const std::string& root, FileList* list) : root_(root), list_(*list) {}

  absl::Status Run() {
    std::vector<std::string> folders = {root_};
    while (!folders.empty()) {
      const std::string folder = std::move(folders.back());
      folders.pop_back();
      absl::Status status = ListFolder(folder, &folders);
      if (status.ok()) continue;
      if (folder == root_) return status;
      list_.unreadable.push_back({folder, std::move(status)});
    }
    for (Link& link : links_) {
      if (!inodes_.insert(link.inode).second) continue;
      list_.files.push_back(std::move(link.file));
    }
    return absl::OkStatus();
  }

 private:
  using Inode = std::pair<dev_t, ino_t>;
  struct Link {
    Inode inode;
    ListedFile file;
  };

  absl::Status ListFolder(const std::string& folder, std::vector<std::string>* folders) {
    DIR* const dir = ::opendir(folder.c_str());
    if (dir == nullptr) return ErrnoStatus(errno);
    const absl::Cleanup close = [dir] { ::closedir(dir); };
    for (;;) {
      errno = 0;
      const dirent* entry = ::readdir(dir);
      if (entry == nullptr) {
        return errno == 0 ? absl::OkStatus() : ErrnoStatus(errno);
      }
      const absl::string_view name = entry->d_name;
      if (name[0] == '.') continue;
      std::string path = Join(folder, name);
      struct stat st;
      if (::lstat(path.c_str(), &st) != 0) {
        // A folder that may be listed but not entered; a file that has just gone.
        if (errno == ENOENT) continue;
        return ErrnoStatus(errno);
      }
      if (S_ISDIR(st.st_mode)) {
        folders->push_back(std::move(path));
        continue;
      }
      const Reader* const reader = FindReaderByPath(name);
      if (reader == nullptr) continue;
      if (S_ISREG(st.st_mode)) {
        inodes_.insert({st.st_dev, st.st_ino});
        list_.files.push_back(Listed(std::move(path), root_, reader, st));
      } else if (S_ISLNK(st.st_mode) && IsInside(RealPath(path), root_) &&
                 ::stat(path.c_str(), &st) == 0 && S_ISREG(st.st_mode)) {
        links_.push_back({{st.st_dev, st.st_ino}, Listed(std::move(path), root_, reader, st)});
      }
    }
  }

  const std::string root_;
  FileList& list_;
  std::set<Inode> inodes_;
  std::vector<Link> links_;
};

absl::Status AddPath(const std::string& path, FileList* list) {
  struct stat st;
  if (path.empty()) return absl::InvalidArgumentError("a path to ingest is empty");
  if (::stat(path.c_str(), &st) != 0) return ErrnoStatus(errno);
  const std::string real = RealPath(path);
  if (real.empty()) return ErrnoStatus(errno);
  if (S_ISDIR(st.st_mode)) {
    list->roots.push_back(real);
    return FolderWalk(real, list).Run();
  }
  if (!S_ISREG(st.st_mode)) {
    return absl::InvalidArgumentError("neither a file nor a folder");
  }
  // The name that was given counts, not the one that a link leads to.
  const Reader* const reader = FindReaderByPath(path);
  if (reader == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("unknown file type; known are ", KnownExtensions()));
  }
  if (::access(real.c_str(), R_OK) != 0) return ErrnoStatus(errno);
  list->files.push_back(Listed(real, "", reader, st));
  return absl::OkStatus();
}

}  // namespace

bool IsInside(absl::string_view path, absl::string_view root) {
  return root == "/" ||
         (absl::StartsWith(path, root) && path.size() > root.size() && path[root.size()] == '/');
}

absl::StatusOr<FileList> ListFiles(absl::Span<const std::string> paths) {
  if (paths.empty()) return absl::InvalidArgumentError("no file or folder to ingest was named");
  FileList list;
  for (const std::string& path : paths) {
    const absl::Status status = AddPath(path, &list);
    if (!status.ok()) {
      return absl::Status(status.code(), absl::StrCat(path, ": ", status.message()));
    }
  }
  // A file that was reached in several ways belongs to its outermost folder.
  std::sort(list.files.begin(), list.files.end(), [](const ListedFile& a, const ListedFile& b) {
    if (a.path != b.path) return a.path < b.path;
    if (a.root.empty() != b.root.empty()) return b.root.empty();
    return a.root.size() < b.root.size();
  });
  const auto same = [](const ListedFile& a, const ListedFile& b) { return a.path == b.path; };
  list.files.erase(std::unique(list.files.begin(), list.files.end(), same), list.files.end());
  return list;
}

bool FileStandsAt(const std::string& path) {
  struct stat st;
  return ::lstat(path.c_str(), &st) == 0 && S_ISREG(st.st_mode) && RealPath(path) == path;
}

absl::StatusOr<std::string> ReadFile(const std::string& path, uint64_t max_bytes,
                                     int64_t* mtime_ns) {
  // Not to wait for a writer if the file has become a pipe since it was listed.
  const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (fd < 0) return ErrnoStatus(errno);
  const absl::Cleanup close = [fd] { ::close(fd); };
  struct stat st;
  if (::fstat(fd, &st) != 0) return ErrnoStatus(errno);
  if (!S_ISREG(st.st_mode)) {
    return absl::InvalidArgumentError("it isn't a file any more");
  }
  *mtime_ns = MtimeNs(st);
  const auto too_large = [&](uint64_t bytes) {
    return absl::InvalidArgumentError(
        absl::StrCat(bytes, " bytes are more than the limit of ", max_bytes,
                     " bytes a document; split it or raise the limit"));
  };
  uint64_t size = static_cast<uint64_t>(st.st_size);
  if (size > max_bytes) return too_large(size);
  // A byte more than it should have tells that it has grown meanwhile.
  std::string bytes;
  uint64_t used = 0;
  for (;;) {
    bytes.resize(std::max<uint64_t>(size + 1, used + 4096));
    const ssize_t n = ::read(fd, bytes.data() + used, bytes.size() - used);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return ErrnoStatus(errno);
    used += static_cast<uint64_t>(n);
    if (used > max_bytes) return too_large(used);
    if (n == 0) break;
    size = std::max(size, used);
  }
  bytes.resize(used);
  return bytes;
}

}  // namespace footnote::ingest
