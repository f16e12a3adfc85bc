#include "retrieval/files/index_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <new>
#include <system_error>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "retrieval/files/vector_segment_file.h"

namespace footnote::retrieval {
namespace {

constexpr char kManifestFile[] = "/manifest";
constexpr char kNewManifestFile[] = "/manifest.new";
constexpr uint64_t kMaxManifestFileBytes = 1 << 20;
// Of what may go wrong again and again.
constexpr size_t kMaxNotes = 20;

bool Same(const std::weak_ptr<const VectorSegment>& weak,
          const std::shared_ptr<const VectorSegment>& segment) {
  return weak.lock() == segment;
}

absl::Status OfOtherDocuments(const SegmentFile& file) {
  return absl::FailedPreconditionError(
      absl::StrCat(file.path(), " is of other documents than those of the store"));
}

// Without the memory for a segment its rows are compared by their vectors.
absl::StatusOr<std::shared_ptr<const VectorSegment>> ReadIfRoom(const SegmentFile& file, int dim,
                                                                size_t first,
                                                                const HnswOptions& graph) {
  try {
    return ReadVectorSegment(file, dim, first, graph);
  } catch (const std::bad_alloc&) {
    return absl::ResourceExhaustedError(absl::StrCat("no memory for ", file.path()));
  }
}

bool HoldsSegments(const std::string& folder) {
  std::error_code error;
  std::filesystem::directory_iterator it(folder, error), end;
  for (; !error && it != end; it.increment(error)) {
    if (SegmentFileNumber(it->path().filename().string()) > 0) return true;
  }
  return false;
}

}  // namespace

RowLayout OpenedSegments::Layout() const {
  std::vector<CoveredDocument> all;
  for (const Segment& s : vectors) all.insert(all.end(), s.documents.begin(), s.documents.end());
  return RowLayout(std::move(all));
}

std::string IndexFiles::Folder(uint32_t collection) const {
  return absl::StrCat(dir_, "/", collection);
}

void IndexFiles::Note(uint32_t collection, const absl::Status& status) {
  std::lock_guard<std::mutex> lock(mu_);
  std::vector<std::string>& notes = collections_[collection].notes;
  if (notes.size() < kMaxNotes) notes.emplace_back(status.message());
}

absl::StatusOr<std::vector<ManifestEntry>> IndexFiles::ReadManifest(
    const std::string& folder) const {
  const std::string path = folder + kManifestFile;
  std::error_code error;
  const uint64_t bytes = std::filesystem::file_size(path, error);
  if (error) {
    // A folder gets its manifest before its first segment.
    if (!HoldsSegments(folder)) return std::vector<ManifestEntry>();
    return SystemError(absl::StrCat("reading ", path), error);
  }
  if (bytes > kMaxManifestFileBytes) {
    return absl::DataLossError(absl::StrCat(path, " is too long for a manifest"));
  }
  std::ifstream in(path, std::ios::binary);
  const std::string text((std::istreambuf_iterator<char>(in)), {});
  auto entries = DecodeIndexManifest(text);
  if (entries.ok()) return entries;
  return absl::Status(entries.status().code(),
                      absl::StrCat(path, ": ", entries.status().message()));
}

OpenedSegments IndexFiles::Open(const CollectionRecord& record, uint64_t sequence,
                                uint64_t next_document) {
  OpenedSegments out;
  const std::string folder = Folder(record.number);
  const auto entries = ReadManifest(folder);
  if (!entries.ok()) {
    Note(record.number, entries.status());
    unlink((folder + kManifestFile).c_str());  // and with it, in Attach, what it named
    return out;
  }
  {
    std::lock_guard<std::mutex> lock(mu_);
    for (const ManifestEntry& e : *entries) {
      collections_[record.number].files.push_back({{}, e});
    }
  }
  uint64_t previous = 0;
  for (const ManifestEntry& entry : *entries) {
    const auto open = [&]() -> absl::Status {
      FN_ASSIGN_OR_RETURN(SegmentFile file,
                          SegmentFile::Open(absl::StrCat(folder, "/", entry.name)));
      if (!(file.stamp() == entry.stamp)) return file.Damaged("the manifest names another one");
      FN_ASSIGN_OR_RETURN(auto documents, ReadCoveredDocuments(file, static_cast<int>(record.dim)));
      if (file.info().sequence > sequence || documents.front().number <= previous ||
          documents.back().number >= next_document) {
        return OfOtherDocuments(file);
      }
      previous = documents.back().number;
      out.vectors.push_back({entry, std::move(file), std::move(documents)});
      return absl::OkStatus();
    };
    if (const absl::Status status = open(); !status.ok()) {
      Note(record.number, status);
      break;
    }
  }
  return out;
}

void IndexFiles::Attach(const OpenedSegments& opened, const RowLayout& layout,
                        CollectionState* state) {
  const uint32_t collection = state->record().number;
  std::vector<Written> attached;
  size_t first = 0;
  for (const OpenedSegments::Segment& s : opened.vectors) {
    absl::StatusOr<std::shared_ptr<const VectorSegment>> segment =
        first + s.file.info().rows > layout.proven_rows()
            ? OfOtherDocuments(s.file)
            : ReadIfRoom(s.file, static_cast<int>(state->record().dim), first, options_.graph);
    if (!segment.ok()) {
      Note(collection, segment.status());
      break;
    }
    first = (*segment)->end();
    attached.push_back({*segment, s.entry});
    state->SetSegment(*std::move(segment));
  }
  std::lock_guard<std::mutex> lock(mu_);
  OfCollection& of = collections_[collection];
  std::copy(attached.begin(), attached.end(), of.files.begin());
  of.next_file = RemoveOthers(Folder(collection), EntriesOf(of.files));
}

std::vector<ManifestEntry> IndexFiles::EntriesOf(const std::vector<Written>& files) {
  std::vector<ManifestEntry> out;
  out.reserve(files.size());
  for (const Written& w : files) out.push_back(w.entry);
  return out;
}

uint64_t IndexFiles::RemoveOthers(const std::string& folder,
                                  const std::vector<ManifestEntry>& kept) const {
  uint64_t next = 1;
  std::error_code error;
  std::vector<std::string> removed;
  std::filesystem::directory_iterator it(folder, error), end;
  for (; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    const uint64_t number = SegmentFileNumber(name);
    next = std::max(next, number + 1);
    const bool is_kept = std::any_of(kept.begin(), kept.end(),
                                     [&name](const ManifestEntry& e) { return e.name == name; });
    // What isn't ours stays.
    if (!is_kept && (number > 0 || "/" + name == kNewManifestFile)) {
      removed.push_back(it->path().string());
    }
  }
  for (const std::string& path : removed) unlink(path.c_str());
  return next;
}

bool IndexFiles::IsCurrent(const CollectionState& state) const {
  const auto& segments = state.segments();
  std::lock_guard<std::mutex> lock(mu_);
  const auto it = collections_.find(state.record().number);
  if (it == collections_.end()) return segments.empty();
  const OfCollection& of = it->second;
  const bool in_files =
      std::equal(of.files.begin(), of.files.end(), segments.begin(), segments.end(),
                 [](const Written& w, const auto& s) { return Same(w.segment, s); });
  return in_files || (of.failed.has_value() && std::equal(of.failed->begin(), of.failed->end(),
                                                          segments.begin(), segments.end(), Same));
}

absl::StatusOr<std::vector<IndexFiles::Written>> IndexFiles::WriteSegments(
    const CollectionState& state, uint64_t sequence, const OfCollection& old,
    const std::atomic<bool>& stop) const {
  const std::string folder = Folder(state.record().number);
  FN_RETURN_IF_ERROR(MakeFolder(folder));
  uint64_t next_file = std::max(old.next_file, RemoveOthers(folder, EntriesOf(old.files)));
  std::vector<Written> out;
  for (const auto& segment : state.segments()) {
    const auto known = std::find_if(old.files.begin(), old.files.end(),
                                    [&](const Written& w) { return Same(w.segment, segment); });
    if (known != old.files.end()) {
      out.push_back(*known);
    } else {
      const std::string name = SegmentFileName(next_file++);
      FN_ASSIGN_OR_RETURN(
          const FileStamp stamp,
          WriteVectorSegment(absl::StrCat(folder, "/", name), *segment, options_.graph,
                             CoveredDocuments(state, segment->first, segment->end()), sequence,
                             sync_, stop));
      out.push_back({segment, {SegmentKind::kVectors, name, stamp}});
    }
  }
  FN_RETURN_IF_ERROR(WriteManifest(folder, EntriesOf(out)));
  return out;
}

absl::Status IndexFiles::MakeFolder(const std::string& folder) const {
  std::error_code error;
  if (std::filesystem::exists(folder + kManifestFile, error)) return absl::OkStatus();
  std::filesystem::create_directories(folder, error);
  if (error) return SystemError(absl::StrCat("creating ", folder), error);
  FN_RETURN_IF_ERROR(WriteManifest(folder, {}));
  if (!sync_) return absl::OkStatus();
  FN_RETURN_IF_ERROR(SyncFolder(dir_));
  return SyncFolder(std::filesystem::path(dir_).parent_path().string());
}

absl::Status IndexFiles::WriteManifest(const std::string& folder,
                                       const std::vector<ManifestEntry>& entries) const {
  const std::string path = folder + kManifestFile, aside = folder + kNewManifestFile;
  const std::string text = EncodeIndexManifest(entries);
  {
    const File out(aside, O_WRONLY | O_CREAT | O_TRUNC);
    if (out.fd() < 0) return LastError(absl::StrCat("creating ", aside));
    FN_RETURN_IF_ERROR(WriteAll(out.fd(), text.data(), text.size(), aside));
    if (sync_ && fsync(out.fd()) != 0) return LastError(absl::StrCat("syncing ", aside));
  }
  // The segments' names must be on the disk before the one that names them.
  if (sync_) FN_RETURN_IF_ERROR(SyncFolder(folder));
  if (rename(aside.c_str(), path.c_str()) != 0) {
    return LastError(absl::StrCat("renaming ", aside));
  }
  // Were the rename to be lost, the old manifest's files would be noted as missing.
  if (sync_) SyncFolder(folder).IgnoreError();
  return absl::OkStatus();
}

void IndexFiles::Write(const CollectionState& state, uint64_t sequence,
                       const std::atomic<bool>& stop) {
  std::lock_guard<std::mutex> files_lock(files_mu_);
  if (IsCurrent(state)) return;
  const uint32_t collection = state.record().number;
  const std::string folder = Folder(collection);
  OfCollection old;
  {
    std::lock_guard<std::mutex> lock(mu_);
    old = collections_[collection];
  }
  absl::StatusOr<std::vector<Written>> written = WriteSegments(state, sequence, old, stop);
  const uint64_t next_file = RemoveOthers(folder, EntriesOf(written.ok() ? *written : old.files));
  if (!written.ok() && !absl::IsCancelled(written.status())) Note(collection, written.status());
  std::lock_guard<std::mutex> lock(mu_);
  OfCollection& of = collections_[collection];
  of.next_file = std::max(of.next_file, next_file);
  of.failed.reset();
  if (written.ok()) {
    of.files = *std::move(written);
  } else {
    of.failed.emplace(state.segments().begin(), state.segments().end());
  }
}

void IndexFiles::Remove(uint32_t collection) {
  std::lock_guard<std::mutex> files_lock(files_mu_);
  const std::string folder = Folder(collection);
  {
    std::lock_guard<std::mutex> lock(mu_);
    const auto it = collections_.find(collection);
    if (it == collections_.end() || it->second.files.empty()) return;
    it->second.files.clear();
  }
  // What names them first. Where it fails they are noted as missing, and built again.
  if (const absl::Status status = WriteManifest(folder, {}); !status.ok()) Note(collection, status);
  RemoveOthers(folder, {});
}

void IndexFiles::RemoveUnknown() const {
  std::error_code error;
  std::vector<std::string> unknown;
  std::filesystem::directory_iterator it(dir_, error), end;
  for (; !error && it != end; it.increment(error)) {
    const std::string name = it->path().filename().string();
    uint32_t number = 0;
    std::lock_guard<std::mutex> lock(mu_);
    if (absl::SimpleAtoi(name, &number) && name == absl::StrCat(number) &&
        collections_.count(number) == 0) {
      unknown.push_back(it->path().string());
    }
  }
  for (const std::string& folder : unknown) {
    unlink((folder + kManifestFile).c_str());
    RemoveOthers(folder, {});
    rmdir(folder.c_str());
  }
}

uint64_t IndexFiles::BytesOf(uint32_t collection, const VectorSegment& segment) const {
  std::lock_guard<std::mutex> lock(mu_);
  const auto it = collections_.find(collection);
  if (it == collections_.end()) return 0;
  for (const Written& w : it->second.files) {
    if (w.segment.lock().get() == &segment) return w.entry.stamp.bytes;
  }
  return 0;
}

uint64_t IndexFiles::DiskBytes() const {
  std::lock_guard<std::mutex> lock(mu_);
  uint64_t bytes = 0;
  for (const auto& [number, of] : collections_) {
    for (const Written& w : of.files) bytes += w.entry.stamp.bytes;
  }
  return bytes;
}

std::vector<std::string> IndexFiles::Notes(uint32_t collection) const {
  std::lock_guard<std::mutex> lock(mu_);
  const auto it = collections_.find(collection);
  return it == collections_.end() ? std::vector<std::string>() : it->second.notes;
}

}  // namespace footnote::retrieval
