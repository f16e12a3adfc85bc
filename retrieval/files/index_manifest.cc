#include "retrieval/files/index_manifest.h"

#include <iterator>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "retrieval/store/sealed_text.h"

namespace footnote::retrieval {
namespace {

constexpr absl::string_view kManifestHeader = "footnote-index 1";
constexpr absl::string_view kSegmentSuffix = ".segment";

// The words that lines begin with. Persistent.
constexpr std::pair<SegmentKind, absl::string_view> kKindNames[] = {
    {SegmentKind::kVectors, "vectors"}};

absl::string_view NameOfKind(SegmentKind kind) {
  for (const auto& [k, name] : kKindNames) {
    if (k == kind) return name;
  }
  return "";
}

std::optional<ManifestEntry> ParseLine(absl::string_view line) {
  const std::vector<absl::string_view> parts = absl::StrSplit(line, ' ');
  if (parts.size() != 4) return std::nullopt;
  ManifestEntry entry;
  entry.name = std::string(parts[3]);
  // Only such names, so that none leads out of the folder.
  if (SegmentFileNumber(entry.name) == 0 || !absl::SimpleAtoi(parts[1], &entry.stamp.bytes) ||
      !absl::SimpleHexAtoi(parts[2], &entry.stamp.hash)) {
    return std::nullopt;
  }
  for (const auto& [kind, name] : kKindNames) {
    if (name != parts[0]) continue;
    entry.kind = kind;
    return entry;
  }
  return std::nullopt;
}

}  // namespace

std::string SegmentFileName(uint64_t n) { return absl::StrCat(n, kSegmentSuffix); }

uint64_t SegmentFileNumber(absl::string_view name) {
  uint64_t n = 0;
  if (!absl::ConsumeSuffix(&name, kSegmentSuffix) || !absl::SimpleAtoi(name, &n) ||
      name != absl::StrCat(n)) {
    return 0;
  }
  return n;
}

std::string EncodeIndexManifest(const std::vector<ManifestEntry>& entries) {
  std::string out = absl::StrCat(kManifestHeader, "\n");
  for (const ManifestEntry& e : entries) {
    absl::StrAppend(&out, NameOfKind(e.kind), " ", e.stamp.bytes, " ",
                    absl::Hex(e.stamp.hash, absl::kZeroPad16), " ", e.name, "\n");
  }
  return Sealed(std::move(out));
}

absl::StatusOr<std::vector<ManifestEntry>> DecodeIndexManifest(absl::string_view text) {
  const std::optional<absl::string_view> listed = Unsealed(text);
  if (!listed.has_value()) return absl::DataLossError("the manifest is damaged");
  const std::vector<absl::string_view> lines = absl::StrSplit(*listed, '\n', absl::SkipEmpty());
  if (lines.empty() || lines[0] != kManifestHeader) {
    return absl::FailedPreconditionError(
        "the manifest is of a version that this program "
        "doesn't read");
  }
  std::vector<ManifestEntry> entries;
  std::set<std::string> names;
  for (auto line = std::next(lines.begin()); line != lines.end(); ++line) {
    std::optional<ManifestEntry> entry = ParseLine(*line);
    if (!entry.has_value() || !names.insert(entry->name).second) {
      return absl::DataLossError("the manifest is damaged");
    }
    entries.push_back(*std::move(entry));
  }
  return entries;
}

}  // namespace footnote::retrieval
