#include "retrieval/files/segment_file.h"

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "retrieval/files/index_manifest.h"
#include "retrieval/store/sealed_text.h"
#include "tests/retrieval/testing.h"

namespace footnote::retrieval {
namespace {

const std::atomic<bool> kGoOn{false};

class SegmentFileTest : public testing::Test {
 protected:
  SegmentFileTest() : path_(folder_.path("1.segment")) {}

  absl::StatusOr<FileStamp> WriteSound(const std::atomic<bool>& stop = kGoOn) const {
    const std::vector<uint32_t> numbers = {1, 2, 3};
    const std::string text = "some text";
    return WriteSegmentFile(path_, {SegmentKind::kVectors, 3, 42},
                            {{{7, numbers.data(), 12}, {9, nullptr, 0}, {8, text.data(), 9}}},
                            /*sync=*/true, stop);
  }
  std::string Contents() const {
    std::ifstream in(path_, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  void Overwrite(const std::string& bytes) const {
    std::filesystem::remove(path_);
    std::ofstream(path_, std::ios::binary) << bytes;
  }
  // Reads all; the first error.
  absl::Status ReadAll() const {
    const auto file = SegmentFile::Open(path_);
    if (!file.ok()) return file.status();
    std::string text(9, ' ');
    if (const auto numbers = file->ReadArray<uint32_t>(7); !numbers.ok()) return numbers.status();
    return file->Read(8, text.data(), 9);
  }

  TempFolder folder_;
  const std::string path_;
};

TEST_F(SegmentFileTest, IsReadAsItWasWritten) {
  const auto stamp = WriteSound();
  ASSERT_TRUE(stamp.ok()) << stamp.status();
  EXPECT_EQ(stamp->bytes, 12u + 9 + 3 * 24 + 64);
  EXPECT_EQ(std::filesystem::file_size(path_), stamp->bytes);
  const auto file = SegmentFile::Open(path_);
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->stamp(), *stamp);
  EXPECT_EQ(file->info().rows, 3u);
  EXPECT_EQ(file->info().sequence, 42u);
  EXPECT_EQ(*file->ReadArray<uint32_t>(7), (std::vector<uint32_t>{1, 2, 3}));
  EXPECT_EQ(file->ReadArray<uint32_t>(9)->size(), 0u);
  EXPECT_EQ(file->Size(8), 9u);
  EXPECT_EQ(file->Size(10), 0u);
  EXPECT_TRUE(absl::IsDataLoss(file->ReadArray<uint32_t>(10).status()));
  uint32_t number = 0;
  EXPECT_TRUE(absl::IsDataLoss(file->Read(7, &number, sizeof(number))));
  // 9 bytes are no whole numbers.
  EXPECT_TRUE(absl::IsDataLoss(file->ReadArray<uint32_t>(8).status()));
}

// The footer, as FORMAT.md draws it.
TEST_F(SegmentFileTest, BytesArePinned) {
  ASSERT_TRUE(WriteSound().ok());
  const std::string bytes = Contents();
  EXPECT_EQ(bytes.substr(0, 12), std::string("\1\0\0\0\2\0\0\0\3\0\0\0", 12));
  EXPECT_EQ(bytes.substr(12, 9), "some text");
  EXPECT_EQ(bytes.substr(21, 16), std::string("\7\0\0\0\0\0\0\0\14\0\0\0\0\0\0\0", 16));
  EXPECT_EQ(bytes.substr(93, 40),
            std::string("FNSG\1\0\0\0\1\0\0\0\3\0\0\0\3\0\0\0\0\0\0\0*\0\0\0\0\0\0\0"
                        "\235\0\0\0\0\0\0\0",
                        40));
}

TEST_F(SegmentFileTest, EveryFlippedBitAndEveryLengthIsNoticed) {
  ASSERT_TRUE(WriteSound().ok());
  ASSERT_TRUE(ReadAll().ok());
  const std::string bytes = Contents();
  for (size_t i = 0; i < bytes.size(); ++i) {
    for (const int bit : {0, 3, 7}) {
      std::string flipped = bytes;
      flipped[i] = static_cast<char>(flipped[i] ^ (1 << bit));
      Overwrite(flipped);
      EXPECT_TRUE(absl::IsDataLoss(ReadAll())) << i;
    }
    Overwrite(bytes.substr(0, i));
    EXPECT_TRUE(absl::IsDataLoss(ReadAll())) << i;
    Overwrite(bytes.substr(i + 1));
    EXPECT_TRUE(absl::IsDataLoss(ReadAll())) << i;
  }
}

TEST_F(SegmentFileTest, NothingIsLeftOfOneThatWasStopped) {
  const std::atomic<bool> stop{true};
  EXPECT_TRUE(absl::IsCancelled(WriteSound(stop).status()));
  EXPECT_FALSE(std::filesystem::exists(path_));
  EXPECT_TRUE(absl::IsNotFound(SegmentFile::Open(path_).status()));
}

TEST_F(SegmentFileTest, WhatIsThereIsNotOverwritten) {
  Overwrite("another file");
  EXPECT_FALSE(WriteSound().ok());
  EXPECT_EQ(Contents(), "another file");
}

TEST(IndexManifestTest, TextIsPinnedAndRoundTrips) {
  const std::vector<ManifestEntry> entries = {
      {SegmentKind::kVectors, "3.segment", {123456, 0xabcdef}},
      {SegmentKind::kVectors, "17.segment", {1, UINT64_MAX}}};
  const std::string text = EncodeIndexManifest(entries);
  EXPECT_EQ(text.substr(0, text.rfind("end ")),
            "footnote-index 1\n"
            "vectors 123456 0000000000abcdef 3.segment\n"
            "vectors 1 ffffffffffffffff 17.segment\n");
  const auto decoded = DecodeIndexManifest(text);
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(*decoded, entries);
  EXPECT_EQ(DecodeIndexManifest(EncodeIndexManifest({}))->size(), 0u);
}

TEST(IndexManifestTest, DamageIsNoticed) {
  const std::string text =
      EncodeIndexManifest({{SegmentKind::kVectors, "3.segment", {123456, 0xabcdef}}});
  for (size_t i = 0; i < text.size(); ++i) {
    std::string flipped = text;
    flipped[i] = static_cast<char>(flipped[i] ^ 4);
    EXPECT_FALSE(DecodeIndexManifest(flipped).ok()) << i;
    EXPECT_FALSE(DecodeIndexManifest(text.substr(0, i)).ok()) << i;
  }
  EXPECT_TRUE(
      absl::IsFailedPrecondition(DecodeIndexManifest(Sealed("footnote-index 2\n")).status()));
  for (const char* line :
       {"vectors 1 0 ../3.segment", "vectors 1 0 03.segment", "vectors 1 0 0.segment",
        "vectors -1 0 3.segment", "vectors 1 x 3.segment", "vectors 1 0", "pictures 1 0 3.segment",
        "vectors 1 0 3.segment 4", "vectors 1 0 3.segment\nvectors 1 0 3.segment"}) {
    EXPECT_TRUE(absl::IsDataLoss(
        DecodeIndexManifest(Sealed(absl::StrCat("footnote-index 1\n", line, "\n"))).status()))
        << line;
  }
}

TEST(IndexManifestTest, NamesOfSegments) {
  EXPECT_EQ(SegmentFileName(12), "12.segment");
  EXPECT_EQ(SegmentFileNumber("12.segment"), 12u);
  for (const char* name : {"", "segment", ".segment", "0.segment", "+1.segment", " 1.segment",
                           "1.segment2", "99999999999999999999999.segment", "manifest"}) {
    EXPECT_EQ(SegmentFileNumber(name), 0u) << name;
  }
}

}  // namespace
}  // namespace footnote::retrieval
