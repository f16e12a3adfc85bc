#include "transformer/weights/stored_zip.h"

#include <algorithm>
#include <cstdint>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"

namespace footnote::transformer {
namespace {

constexpr uint64_t kMaxEntries = 200'000;

constexpr uint32_t kLocalSignature = 0x04034b50;
constexpr uint32_t kCentralSignature = 0x02014b50;
constexpr uint32_t kEndSignature = 0x06054b50;
constexpr uint32_t kEnd64Signature = 0x06064b50;
constexpr uint32_t kLocator64Signature = 0x07064b50;
constexpr size_t kLocalBytes = 30;
constexpr size_t kCentralBytes = 46;
constexpr size_t kEndBytes = 22;
constexpr size_t kEnd64Bytes = 56;
constexpr size_t kLocator64Bytes = 20;
constexpr size_t kMaxComment = 65'535;
constexpr uint16_t kZip64Field = 1;
constexpr uint16_t kEncrypted = 1;
constexpr uint32_t kIn64 = 0xFFFFFFFF;  // the value is in a zip64 field
constexpr uint16_t kIn64Short = 0xFFFF;

// Little-endian integers of a record. Precondition: they are within it.
uint64_t Read(absl::string_view bytes, size_t at, size_t width) {
  uint64_t value = 0;
  for (size_t i = 0; i < width; ++i) {
    value |= uint64_t{static_cast<unsigned char>(bytes[at + i])} << (8 * i);
  }
  return value;
}
uint16_t Read16(absl::string_view bytes, size_t at) {
  return static_cast<uint16_t>(Read(bytes, at, 2));
}
uint32_t Read32(absl::string_view bytes, size_t at) {
  return static_cast<uint32_t>(Read(bytes, at, 4));
}

// [at, at + size) of the file; empty optional-like status if it is not inside.
absl::StatusOr<absl::string_view> Slice(absl::string_view file, uint64_t at, uint64_t size,
                                        absl::string_view what) {
  if (at > file.size() || size > file.size() - at) {
    return absl::DataLossError(absl::StrCat(what, " at byte ", at, " with ", size,
                                            " bytes is beyond the file's ", file.size(), " bytes"));
  }
  return file.substr(at, size);
}

struct Directory {
  uint64_t entries = 0;
  uint64_t offset = 0;
  uint64_t size = 0;
};

absl::StatusOr<size_t> FindEnd(absl::string_view file) {
  if (file.size() < kEndBytes) {
    return absl::DataLossError(
        absl::StrCat("has only ", file.size(), " bytes, too few for a zip archive"));
  }
  const size_t last = file.size() - kEndBytes;
  const size_t first = last > kMaxComment ? last - kMaxComment : 0;
  for (size_t at = last + 1; at-- > first;) {
    // The comment must end where the file does, so that nothing else can pass
    // for the end of the archive.
    if (Read32(file, at) == kEndSignature &&
        at + kEndBytes + Read16(file, at + 20) == file.size()) {
      return at;
    }
  }
  return absl::DataLossError("has no end of a zip archive; it may be cut off");
}

absl::StatusOr<Directory> FindDirectory(absl::string_view file) {
  FN_ASSIGN_OR_RETURN(const size_t end, FindEnd(file));
  if (Read16(file, end + 4) != 0 || Read16(file, end + 6) != 0 ||
      Read16(file, end + 8) != Read16(file, end + 10)) {
    return absl::UnimplementedError("is one part of a zip archive in several parts");
  }
  Directory out = {Read16(file, end + 10), Read32(file, end + 16), Read32(file, end + 12)};
  uint64_t directory_end = end;
  if (end >= kLocator64Bytes && Read32(file, end - kLocator64Bytes) == kLocator64Signature) {
    const size_t locator = end - kLocator64Bytes;
    const uint64_t at = Read(file, locator + 8, 8);
    FN_ASSIGN_OR_RETURN(const absl::string_view end64,
                        Slice(file, at, kEnd64Bytes, "the zip64 end record"));
    if (Read32(end64, 0) != kEnd64Signature)
      return absl::DataLossError("has a wrong zip64 end record");
    const Directory wide = {Read(end64, 32, 8), Read(end64, 48, 8), Read(end64, 40, 8)};
    if ((out.entries != kIn64Short && out.entries != wide.entries) ||
        (out.offset != kIn64 && out.offset != wide.offset) ||
        (out.size != kIn64 && out.size != wide.size)) {
      return absl::DataLossError("has two end records that contradict each other");
    }
    out = wide;
    directory_end = at;
  }
  if (out.entries > kMaxEntries) {
    return absl::DataLossError(absl::StrCat("says that it has ", out.entries, " entries; at most ",
                                            kMaxEntries, " are read"));
  }
  if (out.offset > directory_end || out.size != directory_end - out.offset) {
    return absl::DataLossError(
        "has a central directory that does not end where its end record begins");
  }
  return out;
}

struct Entry {
  std::string name;
  uint64_t size = 0;
  uint64_t header_at = 0;
};

// Sizes and offsets that did not fit into their 32 bits, in the order of the
// zip64 extra field.
absl::Status ReadZip64(absl::string_view extra, uint32_t size32, uint32_t stored32,
                       uint32_t header32, uint64_t* stored, Entry* entry) {
  while (extra.size() >= 4) {
    const uint16_t id = Read16(extra, 0);
    const size_t length = Read16(extra, 2);
    if (length > extra.size() - 4) break;
    absl::string_view field = extra.substr(4, length);
    extra.remove_prefix(4 + length);
    if (id != kZip64Field) continue;
    const auto take = [&](uint32_t narrow, uint64_t* value) {
      if (narrow != kIn64) return true;
      if (field.size() < 8) return false;
      *value = Read(field, 0, 8);
      field.remove_prefix(8);
      return true;
    };
    if (!take(size32, &entry->size) || !take(stored32, stored) ||
        !take(header32, &entry->header_at)) {
      break;
    }
    return absl::OkStatus();
  }
  return absl::DataLossError(absl::StrCat("entry \"", entry->name, "\" lacks its zip64 sizes"));
}

// The entry at the head of `directory`, which is moved past it.
absl::StatusOr<Entry> ReadCentral(absl::string_view* directory) {
  if (directory->size() < kCentralBytes || Read32(*directory, 0) != kCentralSignature) {
    return absl::DataLossError("has a damaged central directory");
  }
  const absl::string_view head = directory->substr(0, kCentralBytes);
  const uint16_t flags = Read16(head, 8);
  const uint16_t method = Read16(head, 10);
  const uint32_t stored32 = Read32(head, 20), size32 = Read32(head, 24);
  const size_t name_bytes = Read16(head, 28), extra_bytes = Read16(head, 30),
               comment_bytes = Read16(head, 32);
  const uint32_t header32 = Read32(head, 42);
  directory->remove_prefix(kCentralBytes);
  if (name_bytes + extra_bytes + comment_bytes > directory->size()) {
    return absl::DataLossError("has a damaged central directory");
  }
  Entry entry;
  entry.name = std::string(directory->substr(0, name_bytes));
  entry.size = size32;
  entry.header_at = header32;
  uint64_t stored = stored32;
  if (size32 == kIn64 || stored32 == kIn64 || header32 == kIn64) {
    FN_RETURN_IF_ERROR(ReadZip64(directory->substr(name_bytes, extra_bytes), size32, stored32,
                                 header32, &stored, &entry));
  }
  directory->remove_prefix(name_bytes + extra_bytes + comment_bytes);
  if (method != 0) {
    return absl::UnimplementedError(absl::StrCat(
        "entry \"", entry.name, "\" is compressed (method ", method, "), which is not supported"));
  }
  if (flags & kEncrypted) {
    return absl::UnimplementedError(absl::StrCat("entry \"", entry.name, "\" is encrypted"));
  }
  if (stored != entry.size) {
    return absl::DataLossError(
        absl::StrCat("entry \"", entry.name, "\" is stored with two different sizes"));
  }
  return entry;
}

// The data of `entry`, which lie between its local header and `limit`.
absl::StatusOr<absl::string_view> FindData(absl::string_view file, const Entry& entry,
                                           uint64_t limit) {
  const absl::string_view archive = file.substr(0, limit);
  FN_ASSIGN_OR_RETURN(const absl::string_view head,
                      Slice(archive, entry.header_at, kLocalBytes, "a local header"));
  const uint64_t name_at = entry.header_at + kLocalBytes;
  const size_t name_bytes = Read16(head, 26);
  FN_ASSIGN_OR_RETURN(const absl::string_view name,
                      Slice(archive, name_at, name_bytes, "a local header's name"));
  if (Read32(head, 0) != kLocalSignature || Read16(head, 8) != 0 || name != entry.name) {
    return absl::DataLossError(absl::StrCat(
        "entry \"", entry.name, "\" has a local header that contradicts the directory"));
  }
  const uint64_t data_at = name_at + name_bytes + Read16(head, 28);
  return Slice(archive, data_at, entry.size, absl::StrCat("entry \"", entry.name, "\""));
}

}  // namespace

absl::StatusOr<std::map<std::string, absl::string_view, std::less<>>> ParseStoredZip(
    absl::string_view file) {
  FN_ASSIGN_OR_RETURN(const Directory directory, FindDirectory(file));
  absl::string_view rest = file.substr(directory.offset, directory.size);
  std::map<std::string, absl::string_view, std::less<>> out;
  std::vector<std::tuple<uint64_t, uint64_t, std::string>> ranges;  // header to end of data
  for (uint64_t i = 0; i < directory.entries; ++i) {
    FN_ASSIGN_OR_RETURN(const Entry entry, ReadCentral(&rest));
    FN_ASSIGN_OR_RETURN(const absl::string_view data, FindData(file, entry, directory.offset));
    if (!out.emplace(entry.name, data).second) {
      return absl::DataLossError(absl::StrCat("has the entry \"", entry.name, "\" twice"));
    }
    ranges.emplace_back(entry.header_at, data.data() + data.size() - file.data(), entry.name);
  }
  if (!rest.empty()) {
    return absl::DataLossError(absl::StrCat("has ", rest.size(),
                                            " bytes in its directory after the last of ",
                                            directory.entries, " entries"));
  }
  std::sort(ranges.begin(), ranges.end());
  for (size_t i = 1; i < ranges.size(); ++i) {
    if (std::get<0>(ranges[i]) < std::get<1>(ranges[i - 1])) {
      return absl::DataLossError(absl::StrCat("has the entries \"", std::get<2>(ranges[i - 1]),
                                              "\" and \"", std::get<2>(ranges[i]),
                                              "\" on the same bytes"));
    }
  }
  return out;
}

}  // namespace footnote::transformer
