#include "retrieval/files/segment_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <utility>

#include "absl/strings/str_cat.h"
#include "kernels/base/hash.h"
#include "kernels/base/status_macros.h"

namespace footnote::retrieval {
namespace {

static_assert(std::endian::native == std::endian::little,
              "numbers are written as they lie in memory");

constexpr uint32_t kSegmentMagic = 0x47534E46;  // "FNSG"
constexpr uint32_t kSegmentVersion = 1;
constexpr uint32_t kMaxSections = 64;
// Between two looks at whether to stop.
constexpr size_t kWrittenAtOnce = 4 << 20;

struct TableEntry {
  uint32_t id = 0;
  uint32_t zero = 0;
  uint64_t bytes = 0;
  uint64_t hash = 0;
};
static_assert(sizeof(TableEntry) == 24);

struct Footer {
  uint32_t magic = kSegmentMagic;
  uint32_t version = kSegmentVersion;
  uint32_t kind = 0;
  uint32_t sections = 0;
  uint64_t rows = 0;
  uint64_t sequence = 0;
  uint64_t file_bytes = 0;
  uint64_t table_hash = 0;
  uint64_t zero = 0;
  uint64_t hash = 0;  // of the 56 bytes before
};
static_assert(sizeof(Footer) == 64);

uint64_t HashOfBytes(const void* data, size_t bytes) {
  return kernels::Hash64({static_cast<const char*>(data), bytes});
}

uint64_t HashOfFooter(const Footer& footer) { return HashOfBytes(&footer, offsetof(Footer, hash)); }

absl::Status WritePieces(int fd, const void* data, size_t bytes, const std::string& path,
                         const std::atomic<bool>& stop) {
  const auto* from = static_cast<const char*>(data);
  for (size_t done = 0; done < bytes; done += kWrittenAtOnce) {
    if (stop.load()) return absl::CancelledError(absl::StrCat("stopped while writing ", path));
    FN_RETURN_IF_ERROR(WriteAll(fd, from + done, std::min(kWrittenAtOnce, bytes - done), path));
  }
  return absl::OkStatus();
}

absl::StatusOr<FileStamp> WriteInto(int fd, const std::string& path, const SegmentInfo& info,
                                    absl::Span<const SegmentSection> sections,
                                    const std::atomic<bool>& stop) {
  std::vector<TableEntry> table;
  Footer footer;
  for (const SegmentSection& s : sections) {
    FN_RETURN_IF_ERROR(WritePieces(fd, s.data, s.bytes, path, stop));
    table.push_back({s.id, 0, s.bytes, HashOfBytes(s.data, s.bytes)});
    footer.file_bytes += s.bytes;
  }
  const size_t table_bytes = table.size() * sizeof(TableEntry);
  FN_RETURN_IF_ERROR(WritePieces(fd, table.data(), table_bytes, path, stop));
  footer.kind = static_cast<uint32_t>(info.kind);
  footer.sections = static_cast<uint32_t>(table.size());
  footer.rows = info.rows;
  footer.sequence = info.sequence;
  footer.file_bytes += table_bytes + sizeof(Footer);
  footer.table_hash = HashOfBytes(table.data(), table_bytes);
  footer.hash = HashOfFooter(footer);
  FN_RETURN_IF_ERROR(WritePieces(fd, &footer, sizeof(footer), path, stop));
  return FileStamp{footer.file_bytes, footer.hash};
}

}  // namespace

absl::StatusOr<FileStamp> WriteSegmentFile(const std::string& path, const SegmentInfo& info,
                                           absl::Span<const SegmentSection> sections, bool sync,
                                           const std::atomic<bool>& stop) {
  const File file(path, O_WRONLY | O_CREAT | O_EXCL);
  if (file.fd() < 0) return LastError(absl::StrCat("creating ", path));
  absl::StatusOr<FileStamp> stamp = WriteInto(file.fd(), path, info, sections, stop);
  if (stamp.ok() && sync && fsync(file.fd()) != 0) {
    stamp = LastError(absl::StrCat("syncing ", path));
  }
  if (!stamp.ok()) unlink(path.c_str());
  return stamp;
}

absl::Status SegmentFile::Damaged(const std::string& what) const {
  return absl::DataLossError(absl::StrCat(path_, " is damaged: ", what));
}

absl::StatusOr<SegmentFile> SegmentFile::Open(const std::string& path) {
  File file(path, O_RDONLY);
  if (file.fd() < 0) return LastError(absl::StrCat("opening ", path));
  SegmentFile out(std::move(file), path);
  FN_RETURN_IF_ERROR(out.ReadFooter());
  return out;
}

absl::Status SegmentFile::ReadFooter() {
  struct stat about = {};
  if (fstat(file_.fd(), &about) != 0) return LastError(absl::StrCat("reading ", path_));
  const auto size = static_cast<uint64_t>(about.st_size);
  Footer footer;
  if (!S_ISREG(about.st_mode) || size < sizeof(footer)) return Damaged("it is too short");
  FN_RETURN_IF_ERROR(ReadAt(file_.fd(), size - sizeof(footer), &footer, sizeof(footer), path_));
  if (footer.magic != kSegmentMagic || footer.hash != HashOfFooter(footer)) {
    return Damaged("it has no footer");
  }
  if (footer.version != kSegmentVersion) {
    return absl::FailedPreconditionError(absl::StrCat(path_, " is of version ", footer.version,
                                                      ", which this program doesn't read"));
  }
  const uint64_t before_footer = size - sizeof(footer);
  if (footer.file_bytes != size || footer.sections > kMaxSections ||
      footer.sections * sizeof(TableEntry) > before_footer) {
    return Damaged("its footer is of another file");
  }
  std::vector<TableEntry> table(footer.sections);
  const size_t table_bytes = table.size() * sizeof(TableEntry);
  const uint64_t table_at = before_footer - table_bytes;
  FN_RETURN_IF_ERROR(ReadAt(file_.fd(), table_at, table.data(), table_bytes, path_));
  if (HashOfBytes(table.data(), table_bytes) != footer.table_hash) return Damaged("its table");
  uint64_t offset = 0;
  for (const TableEntry& entry : table) {
    if (entry.bytes > table_at - offset || Find(entry.id) != nullptr) return Damaged("its table");
    sections_.push_back({entry.id, offset, entry.bytes, entry.hash});
    offset += entry.bytes;
  }
  if (offset != table_at) return Damaged("bytes of no section");
  info_ = {static_cast<SegmentKind>(footer.kind), footer.rows, footer.sequence};
  stamp_ = {size, footer.hash};
  return absl::OkStatus();
}

const SegmentFile::Section* SegmentFile::Find(uint32_t section) const {
  for (const Section& s : sections_) {
    if (s.id == section) return &s;
  }
  return nullptr;
}

size_t SegmentFile::Size(uint32_t section) const {
  const Section* found = Find(section);
  return found == nullptr ? 0 : found->bytes;
}

absl::Status SegmentFile::Read(uint32_t section, void* out, size_t bytes) const {
  const Section* found = Find(section);
  if (found == nullptr || found->bytes != bytes) {
    return Damaged(absl::StrCat("section ", section, " has not ", bytes, " bytes"));
  }
  FN_RETURN_IF_ERROR(ReadAt(file_.fd(), found->offset, out, bytes, path_));
  if (HashOfBytes(out, bytes) != found->hash) {
    return Damaged(absl::StrCat("section ", section, " differs from its checksum"));
  }
  return absl::OkStatus();
}

}  // namespace footnote::retrieval
