#ifndef FOOTNOTE_RETRIEVAL_STORE_SNAPSHOT_H_
#define FOOTNOTE_RETRIEVAL_STORE_SNAPSHOT_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace footnote::retrieval {

// A snapshot is a folder with RocksDB's checkpoint in "store" and a file
// "footnote-snapshot" that lists every file with its size and hash; FORMAT.md
// gives its lines. It is made under another name and renamed at the end, so that
// a folder of the given name is always whole.
//
// `checkpoint` makes RocksDB's checkpoint in the folder that it is given, which
// doesn't exist, and returns the sequence that it covers. Only that need keep
// writers away: the files that it leaves don't change.
// Errors: FailedPrecondition (target_dir exists), ResourceExhausted, DataLoss.
absl::Status WriteSnapshot(
    const std::function<absl::StatusOr<uint64_t>(const std::string&)>& checkpoint,
    const std::string& target_dir);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_STORE_SNAPSHOT_H_
