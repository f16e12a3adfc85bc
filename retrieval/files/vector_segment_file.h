#ifndef FOOTNOTE_RETRIEVAL_FILES_VECTOR_SEGMENT_FILE_H_
#define FOOTNOTE_RETRIEVAL_FILES_VECTOR_SEGMENT_FILE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "retrieval/files/row_layout.h"
#include "retrieval/files/segment_file.h"
#include "retrieval/index/vector_index_options.h"
#include "retrieval/index/vector_segment.h"

// A segment of vectors as a file: its codes and, where it has one, its graph. FORMAT.md
// lists the sections.
namespace footnote::retrieval {

// As WriteSegmentFile. `graph`: the options that the segment's graph was built with;
// `documents`: whose rows the segment's are, in their order.
absl::StatusOr<FileStamp> WriteVectorSegment(const std::string& path, const VectorSegment& segment,
                                             const HnswOptions& graph,
                                             absl::Span<const CoveredDocument> documents,
                                             uint64_t sequence, bool sync,
                                             const std::atomic<bool>& stop);

// The documents that the file of a segment of `dim` dimensions covers: all that must be
// known before its rows are laid out, and read without the rest. Errors: DataLoss.
absl::StatusOr<std::vector<CoveredDocument>> ReadCoveredDocuments(const SegmentFile& file, int dim);

// The segment, as one of rows from `first` on. A graph that was built with other options
// is left out. Everything is checked, so that nothing that searches the segment need check
// anything. Throws std::bad_alloc. Precondition: ReadCoveredDocuments succeeded.
// Errors: DataLoss.
absl::StatusOr<std::shared_ptr<const VectorSegment>> ReadVectorSegment(const SegmentFile& file,
                                                                       int dim, size_t first,
                                                                       const HnswOptions& graph);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_FILES_VECTOR_SEGMENT_FILE_H_
