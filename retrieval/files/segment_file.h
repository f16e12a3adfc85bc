#ifndef FOOTNOTE_RETRIEVAL_FILES_SEGMENT_FILE_H_
#define FOOTNOTE_RETRIEVAL_FILES_SEGMENT_FILE_H_

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "retrieval/store/file_io.h"

// The file of one segment: sections of bytes, a table of their sizes and hashes, and a
// footer; FORMAT.md draws it. Integers are little-endian.
namespace footnote::retrieval {

// What a segment is of. Persistent: never reuse or change one.
enum class SegmentKind : uint32_t { kVectors = 1 };

// The footer's part that says what the file holds.
struct SegmentInfo {
  SegmentKind kind = SegmentKind::kVectors;
  uint64_t rows = 0;
  uint64_t sequence = 0;  // of the store when the segment was written
};

struct SegmentSection {
  uint32_t id = 0;  // of the kind; persistent
  const void* data = nullptr;
  size_t bytes = 0;
};

// Tells a file from every other: what a manifest keeps of it.
struct FileStamp {
  uint64_t bytes = 0;
  uint64_t hash = 0;  // of its footer, which has the table's, which has the sections'
  friend bool operator==(const FileStamp&, const FileStamp&) = default;
};

// Writes a new file; `sync`: and waits for the disk. Where it fails, what it wrote is
// removed. Errors: Cancelled (`stop` became true), ResourceExhausted (disk full), those of
// the system.
absl::StatusOr<FileStamp> WriteSegmentFile(const std::string& path, const SegmentInfo& info,
                                           absl::Span<const SegmentSection> sections, bool sync,
                                           const std::atomic<bool>& stop);

// A segment's file that is open to be read, with its footer and table checked. Sizes that
// it gives add up to the file's, so what is as large as a section may be believed.
class SegmentFile {
 public:
  // Errors: NotFound, DataLoss (not such a file, or a damaged one), FailedPrecondition
  // (of a newer version).
  static absl::StatusOr<SegmentFile> Open(const std::string& path);

  const SegmentInfo& info() const { return info_; }
  const FileStamp& stamp() const { return stamp_; }
  const std::string& path() const { return path_; }
  size_t Size(uint32_t section) const;  // 0: there is none

  // Reads a section of exactly so many bytes. Errors: DataLoss (it has another size or
  // other bytes than its hash is of).
  absl::Status Read(uint32_t section, void* out, size_t bytes) const;
  // The whole section as an array. T has no padding.
  template <typename T>
  absl::StatusOr<std::vector<T>> ReadArray(uint32_t section) const {
    std::vector<T> out(Size(section) / sizeof(T));
    if (const absl::Status status = Read(section, out.data(), out.size() * sizeof(T));
        !status.ok()) {
      return status;
    }
    return out;
  }
  // DataLoss that names the file.
  absl::Status Damaged(const std::string& what) const;

 private:
  struct Section {
    uint32_t id = 0;
    uint64_t offset = 0;
    uint64_t bytes = 0;
    uint64_t hash = 0;
  };
  SegmentFile(File file, std::string path) : file_(std::move(file)), path_(std::move(path)) {}
  absl::Status ReadFooter();
  const Section* Find(uint32_t section) const;

  File file_;
  std::string path_;
  SegmentInfo info_;
  FileStamp stamp_;
  std::vector<Section> sections_;
};

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_FILES_SEGMENT_FILE_H_
