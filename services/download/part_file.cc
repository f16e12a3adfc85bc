#include "services/download/part_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"

namespace footnote::services {

PartFile::PartFile(std::string path, int fd, DigestKind kind, uint64_t size)
    : path_(std::move(path)),
      part_(absl::StrCat(path_, ".part")),
      fd_(fd),
      kind_(kind),
      size_(size),
      digest_(std::make_unique<footnote::services::Digest>(kind, size)) {}

PartFile::~PartFile() { close(fd_); }

absl::Status PartFile::Error(absl::string_view what) const {
  const int error = errno;
  const std::string message = absl::StrCat(part_, ": ", what, ": ", std::strerror(error));
  if (error == ENOSPC || error == EDQUOT || error == EFBIG) {
    return absl::ResourceExhaustedError(
        absl::StrCat(message, ". What is there stays; make room and run it again to go on"));
  }
  return absl::UnavailableError(message);
}

absl::StatusOr<std::unique_ptr<PartFile>> PartFile::Open(const std::string& path, DigestKind kind,
                                                         uint64_t size) {
  const std::string part = absl::StrCat(path, ".part");
  const int fd = open(part.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644);
  if (fd < 0) {
    const int error = errno;
    const std::string message = absl::StrCat(part, ": cannot open: ", std::strerror(error));
    return error == EACCES || error == EPERM || error == EROFS
               ? absl::PermissionDeniedError(message)
               : absl::UnavailableError(message);
  }
  auto file = absl::WrapUnique(new PartFile(path, fd, kind, size));
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat("another process is downloading ", path, "; wait for it or end it"));
  }
  FN_RETURN_IF_ERROR(file->ReadWhatIsThere());
  return file;
}

absl::Status PartFile::ReadWhatIsThere() {
  struct stat info;
  if (fstat(fd_, &info) != 0) return Error("cannot stat");
  if (static_cast<uint64_t>(info.st_size) > size_) return Restart();
  std::vector<char> buffer(size_t{1} << 20);
  for (;;) {
    const ssize_t n = read(fd_, buffer.data(), buffer.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Error("cannot read");
    if (n == 0) return absl::OkStatus();
    digest_->Add(absl::string_view(buffer.data(), static_cast<size_t>(n)));
    bytes_ += static_cast<uint64_t>(n);
  }
}

absl::Status PartFile::Append(absl::string_view bytes) {
  digest_->Add(bytes);
  while (!bytes.empty()) {
    const ssize_t n = write(fd_, bytes.data(), bytes.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Error("cannot write");
    bytes.remove_prefix(static_cast<size_t>(n));
    bytes_ += static_cast<uint64_t>(n);
  }
  return absl::OkStatus();
}

absl::Status PartFile::Restart() {
  if (ftruncate(fd_, 0) != 0) return Error("cannot truncate");
  if (lseek(fd_, 0, SEEK_SET) != 0) return Error("cannot seek");
  bytes_ = 0;
  digest_ = std::make_unique<footnote::services::Digest>(kind_, size_);
  return absl::OkStatus();
}

absl::Status PartFile::Finish() {
  if (fsync(fd_) != 0) return Error("cannot sync");
  if (rename(part_.c_str(), path_.c_str()) != 0) return Error("cannot rename");
  return absl::OkStatus();
}

void PartFile::Remove() { unlink(part_.c_str()); }

}  // namespace footnote::services
