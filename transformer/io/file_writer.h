#ifndef FOOTNOTE_TRANSFORMER_IO_FILE_WRITER_H_
#define FOOTNOTE_TRANSFORMER_IO_FILE_WRITER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace footnote::transformer {

// Writes a file that appears under its name whole or not at all: beside it as
// NAME.tmp first, then synced and renamed. For one thread.
class FileWriter {
 public:
  // Replaces `path` if it is there, when committed. Errors: NotFound (no such
  // folder), PermissionDenied, ResourceExhausted (the disk is full), Unavailable.
  static absl::StatusOr<std::unique_ptr<FileWriter>> Create(const std::string& path);
  // Removes what was written unless it was committed.
  ~FileWriter();
  FileWriter(const FileWriter&) = delete;
  FileWriter& operator=(const FileWriter&) = delete;

  // Errors: ResourceExhausted (the disk is full), Unavailable.
  absl::Status Append(absl::string_view bytes);
  // Nothing may be appended after it.
  absl::Status Commit();

  uint64_t bytes() const { return bytes_; }

 private:
  FileWriter(std::string path, int fd);
  absl::Status Flush();
  absl::Status Error(absl::string_view what) const;

  const std::string path_;
  const std::string partial_;
  int fd_;
  uint64_t bytes_ = 0;
  std::string buffer_;
};

// The whole of a small file, as FileWriter writes it.
absl::Status WriteFile(const std::string& path, absl::string_view bytes);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_IO_FILE_WRITER_H_
