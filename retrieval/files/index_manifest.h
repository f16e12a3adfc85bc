#ifndef FOOTNOTE_RETRIEVAL_FILES_INDEX_MANIFEST_H_
#define FOOTNOTE_RETRIEVAL_FILES_INDEX_MANIFEST_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "retrieval/files/segment_file.h"

namespace footnote::retrieval {

// A segment's file as the manifest of its collection names it.
struct ManifestEntry {
  SegmentKind kind = SegmentKind::kVectors;
  std::string name;  // in the manifest's folder
  FileStamp stamp;
  friend bool operator==(const ManifestEntry&, const ManifestEntry&) = default;
};

// The text of a manifest; FORMAT.md gives its lines.
std::string EncodeIndexManifest(const std::vector<ManifestEntry>& entries);
// Errors: DataLoss (damaged), FailedPrecondition (of a newer version).
absl::StatusOr<std::vector<ManifestEntry>> DecodeIndexManifest(absl::string_view text);

// The name of the segment file number `n`, and back: 0 if it is no such name.
std::string SegmentFileName(uint64_t n);
uint64_t SegmentFileNumber(absl::string_view name);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_FILES_INDEX_MANIFEST_H_
