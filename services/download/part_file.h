#ifndef FOOTNOTE_SERVICES_DOWNLOAD_PART_FILE_H_
#define FOOTNOTE_SERVICES_DOWNLOAD_PART_FILE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "services/download/digest.h"

namespace footnote::services {

// The beginning of a file that is being downloaded, on disk as PATH.part, and the
// digest of what is there. Locked against other processes while it lives. For one
// thread.
class PartFile {
 public:
  // Opens what is there or begins anew. `size` is that of the whole file; more
  // than it is thrown away. Errors: FailedPrecondition (another process has it),
  // PermissionDenied, ResourceExhausted, Unavailable.
  static absl::StatusOr<std::unique_ptr<PartFile>> Open(const std::string& path, DigestKind kind,
                                                        uint64_t size);
  ~PartFile();
  PartFile(const PartFile&) = delete;
  PartFile& operator=(const PartFile&) = delete;

  uint64_t bytes() const { return bytes_; }
  // Errors: ResourceExhausted (the disk is full), Unavailable.
  absl::Status Append(absl::string_view bytes);
  // Throws away what is there.
  absl::Status Restart();
  // Of what is there; nothing may be appended after it but after Restart().
  std::string Digest() { return digest_->Hex(); }
  // Puts the file under its name.
  absl::Status Finish();
  // Removes it.
  void Remove();

 private:
  PartFile(std::string path, int fd, DigestKind kind, uint64_t size);
  absl::Status ReadWhatIsThere();
  absl::Status Error(absl::string_view what) const;

  const std::string path_;
  const std::string part_;
  const int fd_;
  const DigestKind kind_;
  const uint64_t size_;
  uint64_t bytes_ = 0;
  std::unique_ptr<footnote::services::Digest> digest_;
};

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_DOWNLOAD_PART_FILE_H_
