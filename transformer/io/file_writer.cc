#include "transformer/io/file_writer.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/io/file.h"

namespace footnote::transformer {
namespace {

constexpr size_t kBufferBytes = size_t{1} << 20;

}  // namespace

FileWriter::FileWriter(std::string path, int fd)
    : path_(std::move(path)), partial_(absl::StrCat(path_, ".tmp")), fd_(fd) {}

FileWriter::~FileWriter() {
  if (fd_ < 0) return;
  close(fd_);
  unlink(partial_.c_str());
}

absl::StatusOr<std::unique_ptr<FileWriter>> FileWriter::Create(const std::string& path) {
  const std::string partial = absl::StrCat(path, ".tmp");
  const int fd = open(partial.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return FileError(partial, "cannot create", errno);
  return absl::WrapUnique(new FileWriter(path, fd));
}

absl::Status FileWriter::Error(absl::string_view what) const {
  return FileError(partial_, what, errno);
}

absl::Status FileWriter::Flush() {
  absl::string_view left = buffer_;
  while (!left.empty()) {
    const ssize_t n = write(fd_, left.data(), left.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return Error("cannot write");
    left.remove_prefix(static_cast<size_t>(n));
  }
  buffer_.clear();
  return absl::OkStatus();
}

absl::Status FileWriter::Append(absl::string_view bytes) {
  bytes_ += bytes.size();
  buffer_.append(bytes.data(), bytes.size());
  return buffer_.size() < kBufferBytes ? absl::OkStatus() : Flush();
}

absl::Status FileWriter::Commit() {
  FN_RETURN_IF_ERROR(Flush());
  if (fsync(fd_) != 0) return Error("cannot sync");
  if (rename(partial_.c_str(), path_.c_str()) != 0) return Error("cannot rename");
  close(fd_);
  fd_ = -1;
  return absl::OkStatus();
}

absl::Status WriteFile(const std::string& path, absl::string_view bytes) {
  FN_ASSIGN_OR_RETURN(const auto file, FileWriter::Create(path));
  FN_RETURN_IF_ERROR(file->Append(bytes));
  return file->Commit();
}

}  // namespace footnote::transformer
