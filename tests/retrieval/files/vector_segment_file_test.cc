#include "retrieval/files/vector_segment_file.h"

#include <cmath>
#include <filesystem>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/retrieval/testing.h"

namespace footnote::retrieval {
namespace {

constexpr int kDim = 12;
const std::atomic<bool> kGoOn{false};

// Documents 2, 4, 6, ... of one to three chunks; a few vectors are the same.
CollectionState Filled(size_t documents, uint64_t seed) {
  CollectionRecord record;
  record.dim = kDim;
  CollectionState state("c", record);
  std::mt19937_64 random(seed);
  std::normal_distribution<float> normal;
  for (uint64_t d = 1; d <= documents; ++d) {
    const std::vector<uint32_t> terms(1 + d % 3, 5);
    std::vector<float> vectors(terms.size() * kDim);
    for (float& x : vectors) x = d % 10 == 0 ? 1 : normal(random);
    state.Add({2 * d, absl::StrCat("d", d), {}, "", "", {}}, terms, vectors.data());
  }
  return state;
}

std::shared_ptr<const VectorSegment> Sealed(const CollectionState& state, bool graph) {
  auto segment = BuildFlat(state.vectors(), 0, state.rows(), kGoOn);
  return graph ? WithGraph(*segment, HnswOptions(), kGoOn) : segment;
}

std::vector<std::pair<float, uint32_t>> Walk(const HnswGraph& graph, const float* x) {
  const QueryCodes query(x, kDim, graph.codes().stride());
  const auto found = graph.Search(query, 50, 1 << 20, nullptr);
  std::vector<std::pair<float, uint32_t>> out;
  for (const ScoredRow& s : *found) out.emplace_back(s.score, s.row);
  return out;
}

absl::Status WriteTo(const std::string& path, const CollectionState& state,
                     const VectorSegment& segment) {
  return WriteVectorSegment(path, segment, HnswOptions(), CoveredDocuments(state, 0, state.rows()),
                            9, /*sync=*/false, kGoOn)
      .status();
}

TEST(VectorSegmentFileTest, ASegmentIsReadAsItWasBuilt) {
  TempFolder folder;
  const CollectionState state = Filled(1000, 4);
  for (const bool graph : {false, true}) {
    const std::string path = folder.path(absl::StrCat(graph ? 2 : 1, ".segment"));
    const auto segment = Sealed(state, graph);
    ASSERT_TRUE(WriteTo(path, state, *segment).ok());
    const auto file = SegmentFile::Open(path);
    ASSERT_TRUE(file.ok()) << file.status();
    const auto documents = ReadCoveredDocuments(*file, kDim);
    ASSERT_TRUE(documents.ok()) << documents.status();
    EXPECT_EQ(*documents, CoveredDocuments(state, 0, state.rows()));
    EXPECT_FALSE(ReadCoveredDocuments(*file, kDim + 1).ok());
    const auto read = ReadVectorSegment(*file, kDim, 70, HnswOptions());
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ((*read)->first, 70u);
    EXPECT_EQ((*read)->codes->rows(), state.rows());
    EXPECT_EQ((*read)->codes->longest(), segment->codes->longest());
    for (size_t row = 0; row < state.rows(); ++row) {
      EXPECT_TRUE((*read)->codes->IsOf(row, state.vectors().row(row)));
    }
    ASSERT_EQ((*read)->graph != nullptr, graph);
    if (!graph) continue;
    EXPECT_EQ((*read)->graph->Copies(), segment->graph->Copies());
    EXPECT_FALSE(segment->graph->Copies().empty());
    EXPECT_EQ((*read)->graph->CountReachable(), segment->graph->CountReachable());
    for (size_t row = 0; row < state.rows(); row += 17) {
      const float* x = state.vectors().row(row);
      EXPECT_EQ(Walk(*(*read)->graph, x), Walk(*segment->graph, x));
    }
    HnswOptions other;
    other.seed = 7;
    EXPECT_EQ((*ReadVectorSegment(*file, kDim, 0, other))->graph, nullptr);
  }
}

// Sections as somebody else might write them, under checksums that are right.
class ForgedSegment {
 public:
  explicit ForgedSegment(const std::string& path) {
    const auto file = SegmentFile::Open(path);
    for (uint32_t id = 1; id <= 9; ++id) sections_.push_back(*file->ReadArray<char>(id));
    rows_ = file->info().rows;
  }
  std::vector<char>& operator[](uint32_t id) { return sections_[id - 1]; }
  template <typename T>
  T& At(uint32_t id, size_t i) {
    return reinterpret_cast<T*>(sections_[id - 1].data())[i];
  }
  // What reading it says.
  absl::Status Read(const std::string& path, uint64_t rows) const {
    std::vector<SegmentSection> sections;
    for (size_t i = 0; i < sections_.size(); ++i) {
      sections.push_back({static_cast<uint32_t>(i + 1), sections_[i].data(), sections_[i].size()});
    }
    std::filesystem::remove(path);
    EXPECT_TRUE(
        WriteSegmentFile(path, {SegmentKind::kVectors, rows, 1}, sections, false, kGoOn).ok());
    const auto file = SegmentFile::Open(path);
    if (const auto documents = ReadCoveredDocuments(*file, kDim); !documents.ok()) {
      return documents.status();
    }
    return ReadVectorSegment(*file, kDim, 0, HnswOptions()).status();
  }
  absl::Status Read(const std::string& path) const { return Read(path, rows_); }

 private:
  std::vector<std::vector<char>> sections_;
  uint64_t rows_ = 0;
};

TEST(VectorSegmentFileTest, WhatAWalkWouldTripOverIsRefused) {
  TempFolder folder;
  const CollectionState state = Filled(1000, 4);
  const std::string path = folder.path("1.segment"), forged = folder.path("2.segment");
  ASSERT_TRUE(WriteTo(path, state, *Sealed(state, true)).ok());
  ASSERT_TRUE(ForgedSegment(path).Read(forged).ok());
  const uint64_t rows = state.rows();
  const auto refused = [&](const char* what, const auto& change) {
    ForgedSegment segment(path);
    change(&segment);
    EXPECT_TRUE(absl::IsDataLoss(segment.Read(forged))) << what;
  };
  for (const uint64_t count : {uint64_t{0}, rows - 1, rows + 1, uint64_t{1} << 40, UINT64_MAX}) {
    EXPECT_TRUE(absl::IsDataLoss(ForgedSegment(path).Read(forged, count))) << count;
  }
  refused("another dimension", [](auto* s) { s->template At<uint32_t>(1, 0) = 13; });
  refused("another stride", [](auto* s) { s->template At<uint32_t>(1, 1) = 128; });
  refused("no length", [](auto* s) { s->template At<double>(1, 1) = NAN; });
  refused("one link", [](auto* s) { s->template At<uint32_t>(1, 4) = 1; });
  refused("an entry that isn't there", [&](auto* s) { s->template At<uint32_t>(1, 8) = rows; });
  refused("a document twice", [](auto* s) { s->template At<uint64_t>(2, 3) = 2; });
  refused("a document without chunks", [](auto* s) { s->template At<uint32_t>(2, 2) = 0; });
  refused("a document of too many", [](auto* s) { s->template At<uint32_t>(2, 2) = UINT32_MAX; });
  refused("a code of -128", [](auto* s) { (*s)[3][5] = 0; });
  refused("a code beyond the dimensions", [](auto* s) { (*s)[3][kDim] = 1; });
  refused("a row too few", [](auto* s) { (*s)[3].resize((*s)[3].size() - 64); });
  refused("a negative scale", [](auto* s) { s->template At<float>(4, 3) = -1; });
  refused("an infinite error", [](auto* s) { s->template At<float>(5, 3) = INFINITY; });
  refused("a scale too few", [](auto* s) { (*s)[4].resize((*s)[4].size() - 4); });
  refused("a link out of range", [&](auto* s) { s->template At<uint32_t>(6, 40) = rows; });
  refused("a link too few", [](auto* s) { (*s)[6].resize((*s)[6].size() - 4); });
  refused("a high row out of range", [&](auto* s) { s->template At<uint32_t>(7, 0) = rows; });
  refused("high rows not ascending", [](auto* s) {
    std::swap(s->template At<uint32_t>(7, 0), s->template At<uint32_t>(7, 2));
  });
  refused("a level of 0", [](auto* s) { s->template At<uint32_t>(7, 1) = 0; });
  refused("a level that no row has", [](auto* s) { s->template At<uint32_t>(7, 1) = 4000000000; });
  refused("a high link out of range", [&](auto* s) { s->template At<uint32_t>(8, 0) = rows; });
  refused("a high link to a low row", [](auto* s) {
    uint32_t low = 0;  // the first row that isn't among the high ones
    for (size_t i = 0; s->template At<uint32_t>(7, 2 * i) == low; ++i) ++low;
    s->template At<uint32_t>(8, 0) = low;
  });
  refused("a high link too few", [](auto* s) { (*s)[8].resize((*s)[8].size() - 4); });
  refused("half a copy", [](auto* s) { (*s)[9].resize((*s)[9].size() - 4); });
  refused("a copy out of range", [&](auto* s) { s->template At<uint32_t>(9, 1) = rows; });
  refused("a copy of itself",
          [](auto* s) { s->template At<uint32_t>(9, 1) = s->template At<uint32_t>(9, 0); });
  refused("a link to a copy",
          [](auto* s) { s->template At<uint32_t>(6, 0) = s->template At<uint32_t>(9, 1); });
}

TEST(RowLayoutTest, RowsOfDocumentsThatAreGoneStay) {
  CollectionState state = Filled(9, 1);  // documents 2, 4, ..., 18
  const auto covered = CoveredDocuments(state, 0, state.rows());
  ASSERT_EQ(covered.size(), 9u);
  // Loaded again without documents 2, 8 and 18, and with a newer one.
  CollectionRecord record;
  record.dim = kDim;
  CollectionState loaded("c", record);
  RowLayout layout(covered);
  const auto add = [&](uint64_t number, size_t slot_before) {
    layout.AddRemovedBefore(number, &loaded);
    const DocumentEntry& d = state.document(slot_before);
    loaded.Add({number, "d", {}, "", "", {}}, std::vector<uint32_t>(d.chunks, 5),
               state.vectors().row(d.first_row));
    layout.Compare(loaded.document(loaded.slots() - 1));
  };
  for (const uint64_t number : {4, 6, 10, 12, 14, 16}) add(number, number / 2 - 1);
  add(20, 0);
  layout.AddRemovedBefore(UINT64_MAX, &loaded);
  EXPECT_EQ(layout.proven_rows(), state.rows());
  for (size_t slot = 0; slot < 9; ++slot) {
    EXPECT_EQ(loaded.document(slot).number, state.document(slot).number);
    EXPECT_EQ(loaded.document(slot).first_row, state.document(slot).first_row);
    EXPECT_EQ(loaded.is_alive(slot), slot != 0 && slot != 3 && slot != 8) << slot;
    EXPECT_EQ(loaded.alive().Test(loaded.document(slot).first_row), loaded.is_alive(slot));
  }
  EXPECT_EQ(CoveredDocuments(loaded, 0, state.rows()), covered);
}

TEST(RowLayoutTest, OtherDocumentsEndIt) {
  CollectionState state = Filled(9, 1);
  const auto covered = CoveredDocuments(state, 0, state.rows());
  // A document between, another one of the same number, one of other size.
  for (const int kind : {0, 1, 2}) {
    CollectionRecord record;
    record.dim = kDim;
    CollectionState loaded("c", record);
    RowLayout layout(covered);
    size_t rows = 0;
    for (size_t slot = 0; slot < 9; ++slot) {
      const DocumentEntry& d = state.document(slot);
      const bool differs = slot == 4;
      const uint64_t number = d.number - (differs && kind == 0 ? 1 : 0);
      const size_t vectors = differs && kind == 1 ? 0 : slot;
      const std::vector<uint32_t> terms(d.chunks - (differs && kind == 2 ? 1 : 0), 5);
      layout.AddRemovedBefore(number, &loaded);
      loaded.Add({number, "d", {}, "", "", {}}, terms,
                 state.vectors().row(state.document(vectors).first_row));
      layout.Compare(loaded.document(loaded.slots() - 1));
      if (slot < 4) rows += d.chunks;
    }
    EXPECT_EQ(layout.proven_rows(), rows) << kind;
  }
}

}  // namespace
}  // namespace footnote::retrieval
