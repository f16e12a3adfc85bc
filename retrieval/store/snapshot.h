#ifndef FOOTNOTE_RETRIEVAL_STORE_SNAPSHOT_H_
#define FOOTNOTE_RETRIEVAL_STORE_SNAPSHOT_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "retrieval/store/store.h"

namespace footnote::retrieval {

// A snapshot is a folder with RocksDB's checkpoint in "store" and a file
// "footnote-snapshot" that lists every file with its size and hash; FORMAT.md
// gives its lines. It is made under another name and renamed at the end, so that
// a folder of the given name is always whole.
//
// Errors: FailedPrecondition (target_dir exists), ResourceExhausted, DataLoss.
absl::Status WriteSnapshot(const Store& store, uint64_t sequence, const std::string& target_dir);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_STORE_SNAPSHOT_H_
