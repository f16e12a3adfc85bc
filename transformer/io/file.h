#ifndef FOOTNOTE_TRANSFORMER_IO_FILE_H_
#define FOOTNOTE_TRANSFORMER_IO_FILE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace footnote::transformer {

// "path: what: reason", of the kind that `error`, an errno, is: NotFound,
// PermissionDenied, ResourceExhausted (no space), Unavailable.
absl::Status FileError(absl::string_view path, absl::string_view what, int error);

// Whether `path` is a regular file (or a link to one).
bool IsFile(const std::string& path);
bool IsDirectory(const std::string& path);

// The contents of a regular file. Errors: NotFound, PermissionDenied,
// ResourceExhausted (more than `max_bytes`), Unavailable (a read failed).
absl::StatusOr<std::string> ReadFile(const std::string& path, uint64_t max_bytes);

// A whole file mapped for reading. Immutable and thread-safe. The file must not
// shrink while it is mapped.
class MappedFile {
 public:
  // Errors: NotFound, PermissionDenied, InvalidArgument (not a regular file),
  // Unavailable.
  static absl::StatusOr<std::unique_ptr<const MappedFile>> Open(const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  absl::string_view bytes() const { return absl::string_view(data_, size_); }
  const std::string& path() const { return path_; }
  // Lets go of the memory behind whole pages of [data, data + bytes), a part of
  // bytes(); they are read from the disk again when touched.
  void Release(const char* data, size_t bytes) const;

 private:
  MappedFile(std::string path, const char* data, size_t size);

  const std::string path_;
  const char* const data_;
  const size_t size_;
};

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_IO_FILE_H_
