#include "retrieval/store/status.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace footnote::retrieval {

absl::Status FromRocks(const rocksdb::Status& status, const std::string& what,
                       const std::string& dir) {
  if (status.ok()) return absl::OkStatus();
  const std::string detail = status.ToString();
  if (status.IsNoSpace() || status.subcode() == rocksdb::Status::SubCode::kSpaceLimit ||
      absl::StrContains(detail, "No space left on device") ||
      absl::StrContains(detail, "Disk quota exceeded")) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "disk full while ", what, " ", dir,
        "; nothing of this change was kept. Free space there and try again. (", detail, ")"));
  }
  if (absl::StrContains(detail, "LOCK: ") || absl::StrContains(detail, "lock hold by")) {
    return absl::FailedPreconditionError(absl::StrCat(
        dir,
        " is in use by another Footnote process; stop it (or ask it over its API), or use "
        "another data folder"));
  }
  if (absl::StrContains(detail, "Permission denied") ||
      absl::StrContains(detail, "Read-only file system")) {
    return absl::PermissionDeniedError(
        absl::StrCat("no permission while ", what, " ", dir,
                     "; give this user read and write access to the folder. (", detail, ")"));
  }
  if (status.IsCorruption()) {
    return absl::DataLossError(absl::StrCat("the store in ", dir, " is damaged, found while ", what,
                                            " it: ", detail,
                                            ". Restore a snapshot, or remove the folder and ingest "
                                            "again"));
  }
  if (status.IsIOError()) {
    return absl::DataLossError(absl::StrCat(
        "the disk failed while ", what, " ", dir, ": ", detail,
        ". Nothing of this change was acknowledged. Check the disk (dmesg, smartctl), then open "
        "the folder again"));
  }
  return absl::InternalError(absl::StrCat(what, " ", dir, ": ", detail));
}

}  // namespace footnote::retrieval
