#ifndef FOOTNOTE_RETRIEVAL_STORE_STATUS_H_
#define FOOTNOTE_RETRIEVAL_STORE_STATUS_H_

#include <string>

#include "absl/status/status.h"
#include "rocksdb/status.h"

namespace footnote::retrieval {

// RocksDB's status as ours, with what to do about it. `dir` is the data folder,
// `what` the attempted thing ("writing to"). Disk full is ResourceExhausted,
// damage and failing disks are DataLoss, a foreign lock FailedPrecondition.
absl::Status FromRocks(const rocksdb::Status& status, const std::string& what,
                       const std::string& dir);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_STORE_STATUS_H_
