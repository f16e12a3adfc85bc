#ifndef FOOTNOTE_RETRIEVAL_STORE_FILE_IO_H_
#define FOOTNOTE_RETRIEVAL_STORE_FILE_IO_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <system_error>

#include "absl/status/status.h"

// Plain files beside RocksDB's.
namespace footnote::retrieval {

// The system's error as ours, with what was attempted before it: ResourceExhausted
// (disk full), PermissionDenied, NotFound, else FailedPrecondition.
absl::Status SystemError(const std::string& what, const std::error_code& error);
// The same of errno.
absl::Status LastError(const std::string& what);

// A descriptor, closed at the end.
class File {
 public:
  // `flags`: of open(2). A file that it creates is its owner's to write and
  // everybody's to read.
  File(const std::string& path, int flags);
  ~File();
  File(File&& other) noexcept;
  File& operator=(File&&) = delete;
  int fd() const { return fd_; }  // negative: it couldn't be opened, errno says why

 private:
  int fd_;
};

// `path` is for messages.
absl::Status WriteAll(int fd, const char* data, size_t size, const std::string& path);
// Reads exactly `size` bytes from `offset` on. Errors: DataLoss (the file ends before).
absl::Status ReadAt(int fd, uint64_t offset, void* out, size_t size, const std::string& path);
// Waits until the names in a folder are on the disk.
absl::Status SyncFolder(const std::string& path);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_STORE_FILE_IO_H_
