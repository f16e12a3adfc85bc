// Any bytes given to the reader of vector segments: as a whole file, as a manifest, and as
// changes to the sections of a sound file under checksums that are right. An error, or a
// segment that can be searched. The first byte chooses; changes are (section u8,
// place u16, value u8).
#include <atomic>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "retrieval/files/index_manifest.h"
#include "retrieval/files/vector_segment_file.h"
#include "tests/fuzz/temp_folder.h"

namespace footnote::retrieval {
namespace {

constexpr int kDim = 5;
constexpr uint32_t kSections = 9;
const std::atomic<bool> kGoOn{false};

void Require(bool condition) {
  if (!condition) std::abort();
}

struct Sections {
  std::vector<std::vector<char>> bytes;
  uint64_t rows = 0;
};

Sections SoundSections(const std::string& path) {
  CollectionRecord record;
  record.dim = kDim;
  CollectionState state("c", record);
  for (uint64_t d = 1; d <= 60; ++d) {
    std::vector<float> vector(kDim);
    for (int i = 0; i < kDim; ++i) vector[i] = std::sin(static_cast<float>(d % 50 * (i + 3)));
    state.Add({d, "", {}, "", "", {}}, {1}, vector.data());
  }
  const auto flat = BuildFlat(state.vectors(), 0, state.rows(), kGoOn);
  const auto segment = WithGraph(*flat, HnswOptions(), kGoOn);
  Require(WriteVectorSegment(path, *segment, HnswOptions(),
                             CoveredDocuments(state, 0, state.rows()), 1, false, kGoOn)
              .ok());
  const auto file = SegmentFile::Open(path);
  Sections out;
  for (uint32_t id = 1; id <= kSections; ++id) out.bytes.push_back(*file->ReadArray<char>(id));
  out.rows = file->info().rows;
  return out;
}

void Search(const VectorSegment& segment) {
  const std::vector<float> x = {1, -2, 0.5, 0, 3};
  const RowCodes& codes = *segment.codes;
  const QueryCodes query(x.data(), kDim, codes.stride());
  std::vector<float> scores(codes.rows()), errors(codes.rows());
  codes.Estimate(query, RowCodes::Part::kBoth, nullptr, 0, codes.rows(), scores.data(),
                 errors.data());
  if (segment.graph == nullptr) return;
  Require(segment.graph->CountReachable() <= codes.rows());
  const auto even = [](uint32_t row) { return row % 2 == 0; };
  const HnswGraph::Selects selects = even;
  for (const HnswGraph::Selects* s : {static_cast<const HnswGraph::Selects*>(nullptr), &selects}) {
    const auto found = segment.graph->Search(query, 8, 1000, s);
    if (!found.has_value()) continue;
    for (const ScoredRow& row : *found) Require(row.row < codes.rows());
  }
}

}  // namespace
}  // namespace footnote::retrieval

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace footnote::retrieval;  // NOLINT(build/namespaces)
  static const footnote::transformer::TempFolder folder;
  static const std::string path = folder.dir() + "/changed";
  static const Sections sound = SoundSections(folder.dir() + "/sound");
  if (size == 0) return 0;
  const std::string rest(reinterpret_cast<const char*>(data + 1), size - 1);
  folder.Remove("changed");
  if (data[0] % 3 == 0) {
    folder.Write("changed", rest);
  } else if (data[0] % 3 == 1) {
    if (const auto entries = DecodeIndexManifest(rest); entries.ok()) {
      Require(DecodeIndexManifest(EncodeIndexManifest(*entries)).ok());
    }
    return 0;
  } else {
    Sections changed = sound;
    for (size_t i = 1; i + 4 <= size; i += 4) {
      std::vector<char>& section = changed.bytes[data[i] % kSections];
      if (section.empty()) continue;
      section[(data[i + 1] | data[i + 2] << 8) % section.size()] = static_cast<char>(data[i + 3]);
    }
    std::vector<SegmentSection> sections;
    for (uint32_t id = 1; id <= kSections; ++id) {
      const std::vector<char>& bytes = changed.bytes[id - 1];
      sections.push_back({id, bytes.data(), bytes.size()});
    }
    Require(WriteSegmentFile(path, {SegmentKind::kVectors, changed.rows, 1}, sections, false, kGoOn)
                .ok());
  }
  const auto file = SegmentFile::Open(path);
  if (!file.ok() || !ReadCoveredDocuments(*file, kDim).ok()) return 0;
  const auto segment = ReadVectorSegment(*file, kDim, 0, HnswOptions());
  if (segment.ok()) Search(**segment);
  return 0;
}
