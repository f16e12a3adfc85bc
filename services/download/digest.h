#ifndef FOOTNOTE_SERVICES_DOWNLOAD_DIGEST_H_
#define FOOTNOTE_SERVICES_DOWNLOAD_DIGEST_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace footnote::services {

enum class DigestKind {
  kSha256,
  kGitBlob,  // SHA-1 over "blob SIZE\0" and the contents: git's name of a file
};

// A cryptographic digest of bytes that come piece by piece. For one thread.
class Digest {
 public:
  // `size` is how many bytes will come; only kGitBlob needs it.
  Digest(DigestKind kind, uint64_t size);
  ~Digest();
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;

  void Add(absl::string_view bytes);
  // Lower-case hex. Nothing may be added after it.
  std::string Hex();

 private:
  struct State;
  const std::unique_ptr<State> state_;
};

// Of a file's contents. Errors: NotFound, PermissionDenied, Unavailable.
absl::StatusOr<std::string> FileDigest(DigestKind kind, const std::string& path);

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_DOWNLOAD_DIGEST_H_
