#ifndef FOOTNOTE_RETRIEVAL_FILES_INDEX_FILES_H_
#define FOOTNOTE_RETRIEVAL_FILES_INDEX_FILES_H_

#include <atomic>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "retrieval/codec/records.h"
#include "retrieval/files/index_manifest.h"
#include "retrieval/files/row_layout.h"
#include "retrieval/files/segment_file.h"
#include "retrieval/index/collection_state.h"
#include "retrieval/index/vector_index_options.h"
#include "retrieval/index/vector_segment.h"

namespace footnote::retrieval {

// The files of a collection that are open to be read, the first of them whose rows
// follow upon each other from row 0.
struct OpenedSegments {
  struct Segment {
    ManifestEntry entry;
    SegmentFile file;
    std::vector<CoveredDocument> documents;
  };
  std::vector<Segment> vectors;

  RowLayout Layout() const;
};

// The segments of a data folder's collections as files, in its folder index/NUMBER, so
// that opening it need not build them. They are derived: one that is missing, damaged or
// of another store is noted and left out, and what needs it is built again.
//
// A collection's manifest names its files and is replaced in one step, so that after a
// crash at any moment the old ones or the new ones are there, and what neither names is
// removed at the next opening. One IndexFiles of a folder at a time. Thread-safe.
class IndexFiles {
 public:
  // `sync`: writes wait for the disk.
  IndexFiles(const std::string& data_dir, const VectorIndexOptions& options, bool sync)
      : dir_(data_dir + "/index"), options_(options), sync_(sync) {}

  // The two halves of opening a collection, and between them its rows are laid out as
  // OpenedSegments::Layout says. A file is left out that was written after `sequence`,
  // or covers a document from number `next_document` on: it is of a later state.
  OpenedSegments Open(const CollectionRecord& record, uint64_t sequence, uint64_t next_document);
  // Gives the state the segments whose rows are all proven, and removes the files that
  // the manifest doesn't name. Where there isn't the memory for a segment it is noted.
  void Attach(const OpenedSegments& opened, const RowLayout& layout, CollectionState* state);
  // Removes the files of collections that weren't opened: the store hasn't got them.
  void RemoveUnknown() const;

  // Whether there is nothing to be done for a state: its segments are in files, or
  // writing them has failed.
  bool IsCurrent(const CollectionState& state) const;
  // Makes the files of a collection those of the state's segments. `sequence`: of the
  // store, at or after the state. Where it fails (the disk is full, `stop` became true)
  // the files are those from before. Throws std::bad_alloc.
  void Write(const CollectionState& state, uint64_t sequence, const std::atomic<bool>& stop);
  // Removes the files of a collection whose rows have been numbered anew.
  void Remove(uint32_t collection);

  // 0: it is in no file.
  uint64_t BytesOf(uint32_t collection, const VectorSegment& segment) const;
  uint64_t DiskBytes() const;
  // What was wrong with a collection's files since they were opened, a line each.
  std::vector<std::string> Notes(uint32_t collection) const;

 private:
  struct Written {
    std::weak_ptr<const VectorSegment> segment;
    ManifestEntry entry;
  };
  struct OfCollection {
    std::vector<Written> files;  // as the manifest names them
    // The segments that couldn't be written; nullopt: all could.
    std::optional<std::vector<std::weak_ptr<const VectorSegment>>> failed;
    std::vector<std::string> notes;
    uint64_t next_file = 1;
  };

  std::string Folder(uint32_t collection) const;
  absl::StatusOr<std::vector<ManifestEntry>> ReadManifest(const std::string& folder) const;
  absl::Status WriteManifest(const std::string& folder,
                             const std::vector<ManifestEntry>& entries) const;
  absl::StatusOr<std::vector<Written>> WriteSegments(const CollectionState& state,
                                                     uint64_t sequence, const OfCollection& old,
                                                     const std::atomic<bool>& stop) const;
  // Makes a collection's folder with an empty manifest, unless it is there.
  absl::Status MakeFolder(const std::string& folder) const;
  static std::vector<ManifestEntry> EntriesOf(const std::vector<Written>& files);
  // Removes the segment files that aren't among `kept`; returns a number above all.
  uint64_t RemoveOthers(const std::string& folder, const std::vector<ManifestEntry>& kept) const;
  void Note(uint32_t collection, const absl::Status& status);

  const std::string dir_;
  const VectorIndexOptions options_;
  const bool sync_;
  std::mutex files_mu_;  // held while files are written or removed
  mutable std::mutex mu_;
  std::map<uint32_t, OfCollection> collections_;  // under mu_
};

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_FILES_INDEX_FILES_H_
