#ifndef FOOTNOTE_SERVICES_CLI_TEMP_DIR_H_
#define FOOTNOTE_SERVICES_CLI_TEMP_DIR_H_

#include <string>

#include "absl/status/statusor.h"

namespace footnote::services::cli {

// A new folder in $TMPDIR (or /tmp) for this user only, removed with all that is
// in it when the object ends.
class TempDir {
 public:
  // Errors: the operating system's, with the path.
  static absl::StatusOr<TempDir> Make();
  TempDir(TempDir&& other) noexcept;
  TempDir& operator=(TempDir&&) = delete;
  ~TempDir();

  const std::string& path() const { return path_; }

 private:
  explicit TempDir(std::string path);
  std::string path_;  // empty: moved from
};

}  // namespace footnote::services::cli

#endif  // FOOTNOTE_SERVICES_CLI_TEMP_DIR_H_
