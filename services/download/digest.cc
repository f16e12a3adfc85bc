#include "services/download/digest.h"

#include <openssl/evp.h>
#include <sys/stat.h>

#include <cerrno>
#include <fstream>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace footnote::services {

struct Digest::State {
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { EVP_MD_CTX_free(context); }
};

Digest::Digest(DigestKind kind, uint64_t size) : state_(std::make_unique<State>()) {
  EVP_DigestInit_ex(state_->context, kind == DigestKind::kSha256 ? EVP_sha256() : EVP_sha1(),
                    nullptr);
  if (kind == DigestKind::kGitBlob) {
    const std::string head = absl::StrCat("blob ", size);
    Add(absl::string_view(head.c_str(), head.size() + 1));  // with its NUL
  }
}

Digest::~Digest() = default;

void Digest::Add(absl::string_view bytes) {
  EVP_DigestUpdate(state_->context, bytes.data(), bytes.size());
}

std::string Digest::Hex() {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  EVP_DigestFinal_ex(state_->context, digest, &size);
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(digest), static_cast<size_t>(size)));
}

absl::StatusOr<std::string> FileDigest(DigestKind kind, const std::string& path) {
  struct stat info;
  std::ifstream in(path, std::ios::binary);
  if (!in || stat(path.c_str(), &info) != 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("can't read ", path));
  }
  Digest digest(kind, static_cast<uint64_t>(info.st_size));
  std::vector<char> buffer(size_t{1} << 20);
  while (in.read(buffer.data(), static_cast<std::streamsize>(buffer.size())) || in.gcount() > 0) {
    digest.Add(absl::string_view(buffer.data(), static_cast<size_t>(in.gcount())));
  }
  if (in.bad()) return absl::UnavailableError(absl::StrCat("reading ", path, " failed"));
  return digest.Hex();
}

}  // namespace footnote::services
