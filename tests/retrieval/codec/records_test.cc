#include "retrieval/codec/records.h"

#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"
#include "kernels/base/hash.h"
#include "retrieval/codec/coding.h"

namespace footnote::retrieval {
namespace {

const IdRecord kId{300, "h", "/r", -2, 1000};
const DocumentRecord kDocument{"id", "T", "s", {{"k", "v"}}, 5, 2};
const ChunkRecord kChunk{{1, 300, 7, "T > S"}, "anchor", 42};
const CollectionRecord kCollection{3, "m", 384, 1, 10, 20, 300, 4000, {}, {}};
const CollectionRecord kClosed{3, "m", 384, 1, 10, 20, 300, 4000, {{"ann"}, {"b"}}, {}};
const CollectionRecord kWeighted{3, "m", 384, 1, 10, 20, 300, 4000, {}, 0.37};
const AccessList kDenying{{"ann", "b"}, {"eve"}};
const std::vector<Block> kBlocks = {{BlockKind::kHeading, 2, 0, 5, "a"},
                                    {BlockKind::kTable, 0, 7, 300, ""}};
const PostingRecord kPosting = {{{0, 1}, {3, 2}, {300, 200}}, {}};
const PostingRecord kPlaced = {{{0, 1}, {3, 3}}, {7, 2, 40, 300}};
const float kVector[4] = {1.0f, -0.5f, 0.25f, 2.0f};

struct Case {
  const char* name;
  std::string bytes;
  std::string pinned;  // hex
  std::function<absl::Status(absl::string_view)> decode;
};

std::vector<Case> Cases() {
  return {
      {"id", Encode(kId), "0101ac020168022f7203e807a67aaf48",
       [](absl::string_view v) { return DecodeId(v).status(); }},
      {"document", Encode(kDocument), "02010269640154017301016b01760502ddcac70c",
       [](absl::string_view v) { return DecodeDocument(v).status(); }},
      {"text", EncodeText("a\nb"), "030103610a62dffc6ecf",
       [](absl::string_view v) { return DecodeText(v).status(); }},
      {"blocks", EncodeBlocks(kBlocks), "040102010200050161040007ac0200a76cb17d",
       [](absl::string_view v) { return DecodeBlocks(v).status(); }},
      {"chunk", Encode(kChunk), "050101ac02072a0554203e205306616e63686f729d948fd1",
       [](absl::string_view v) { return DecodeChunk(v).status(); }},
      {"posting", EncodePosting(kPosting), "06010300010302a902c80168e5012c",
       [](absl::string_view v) {
         PostingRecord out;
         return DecodePosting(v, &out);
       }},
      {"posting with positions", EncodePosting(kPlaced), "06020200010703030226840229d64e62",
       [](absl::string_view v) {
         PostingRecord out;
         return DecodePosting(v, &out);
       }},
      {"vectors", EncodeVectors(2, 2, kVector), "070102020000803f000000bf0000803e000000401e551ad3",
       [](absl::string_view v) {
         VectorsRecord out;
         return DecodeVectors(v, &out);
       }},
      {"access", EncodeAccess({{"ann", "b"}, {}}), "08010203616e6e01625832067b",
       [](absl::string_view v) { return DecodeAccess(v).status(); }},
      {"denying access", EncodeAccess(kDenying), "08020203616e6e01620103657665e8a9ac0a",
       [](absl::string_view v) { return DecodeAccess(v).status(); }},
      {"collection", Encode(kCollection), "090103016d8003010a14ac02a01f37acdbed",
       [](absl::string_view v) { return DecodeCollection(v).status(); }},
      {"closed collection", Encode(kClosed), "090203016d8003010a14ac02a01f0103616e6e0101625073404f",
       [](absl::string_view v) { return DecodeCollection(v).status(); }},
      {"weighted collection", Encode(kWeighted), "090303016d8003010a14ac02a01f0000f41c3eab3ac5",
       [](absl::string_view v) { return DecodeCollection(v).status(); }},
      {"counter", EncodeCounter(300), "0a01ac022ce3bf67",
       [](absl::string_view v) { return DecodeCounter(v).status(); }},
  };
}

// The bytes are persistent: a failure here means that old stores can't be read.
TEST(RecordsTest, BytesArePinned) {
  for (const Case& c : Cases()) {
    EXPECT_EQ(absl::BytesToHexString(c.bytes), c.pinned) << c.name;
    EXPECT_TRUE(c.decode(c.bytes).ok()) << c.name;
  }
}

TEST(RecordsTest, RoundTrip) {
  EXPECT_EQ(*DecodeId(Encode(kId)), kId);
  EXPECT_EQ(*DecodeDocument(Encode(kDocument)), kDocument);
  EXPECT_EQ(*DecodeText(EncodeText("x\0y")), "x");
  EXPECT_EQ(*DecodeBlocks(EncodeBlocks(kBlocks)), kBlocks);
  EXPECT_EQ(*DecodeChunk(Encode(kChunk)), kChunk);
  EXPECT_EQ(*DecodeCollection(Encode(kCollection)), kCollection);
  EXPECT_EQ(*DecodeCollection(Encode(kClosed)), kClosed);
  EXPECT_EQ(*DecodeCollection(Encode(kWeighted)), kWeighted);
  for (const AccessList& access :
       {AccessList(), kDenying, AccessList{{"a"}, {}}, AccessList{{}, {"a"}}}) {
    EXPECT_EQ(*DecodeAccess(EncodeAccess(access)), access);
  }
  PostingRecord posting;
  ASSERT_TRUE(DecodePosting(EncodePosting(kPosting), &posting).ok());
  EXPECT_EQ(posting, kPosting);
  ASSERT_TRUE(DecodePosting(EncodePosting(kPlaced), &posting).ok());
  EXPECT_EQ(posting, kPlaced);
  VectorsRecord vectors;
  ASSERT_TRUE(DecodeVectors(EncodeVectors(2, 2, kVector), &vectors).ok());
  EXPECT_EQ(vectors.values, std::vector<float>(kVector, kVector + 4));
  for (const int64_t mtime : {std::numeric_limits<int64_t>::min(), int64_t{-1}, int64_t{0},
                              std::numeric_limits<int64_t>::max()}) {
    EXPECT_EQ(DecodeId(Encode(IdRecord{1, "", "", mtime, 0}))->source_mtime_ns, mtime);
  }
  for (const uint64_t n : {uint64_t{0}, uint64_t{127}, uint64_t{128}, ~uint64_t{0}}) {
    EXPECT_EQ(*DecodeCounter(EncodeCounter(n)), n);
  }
}

TEST(RecordsTest, EveryFlippedBitAndEveryCutIsDataLoss) {
  for (const Case& c : Cases()) {
    for (size_t bit = 0; bit < c.bytes.size() * 8; ++bit) {
      std::string bytes = c.bytes;
      bytes[bit / 8] = static_cast<char>(bytes[bit / 8] ^ (1 << (bit % 8)));
      EXPECT_TRUE(absl::IsDataLoss(c.decode(bytes))) << c.name << " bit " << bit;
    }
    for (size_t size = 0; size < c.bytes.size(); ++size) {
      EXPECT_TRUE(absl::IsDataLoss(c.decode(c.bytes.substr(0, size)))) << c.name << " " << size;
    }
    EXPECT_TRUE(absl::IsDataLoss(c.decode(c.bytes + "x"))) << c.name;
  }
}

TEST(RecordsTest, AnotherKindIsDataLoss) {
  for (const Case& c : Cases()) {
    for (const Case& other : Cases()) {
      if (c.bytes[0] == other.bytes[0]) continue;
      EXPECT_TRUE(absl::IsDataLoss(c.decode(other.bytes))) << c.name << " as " << other.name;
    }
  }
}

// With a right checksum, so that the sizes themselves must be refused.
std::string Sealed(RecordKind kind, const std::vector<uint64_t>& numbers, uint8_t version = 1) {
  RecordWriter w(kind, version);
  for (const uint64_t n : numbers) w.Varint(n);
  return std::move(w).Finish();
}

TEST(RecordsTest, AWeightAboveOneIsDataLoss) {
  const std::vector<uint64_t> fields = {3, 0, 384, 1, 10, 20, 300, 4000, 0, 0};
  for (const uint64_t weight : {uint64_t{0}, uint64_t{10000}, uint64_t{10001}, ~uint64_t{0}}) {
    std::vector<uint64_t> numbers = fields;
    numbers.push_back(weight);
    const auto record = DecodeCollection(Sealed(RecordKind::kCollection, numbers, 3));
    EXPECT_EQ(record.ok(), weight <= 10000) << record.status();
  }
}

TEST(RecordsTest, SizesAreNotBelieved) {
  for (const uint64_t huge : {uint64_t{2}, uint64_t{1} << 31, uint64_t{1} << 32, ~uint64_t{0}}) {
    EXPECT_TRUE(absl::IsDataLoss(DecodeText(Sealed(RecordKind::kText, {huge})).status()));
    EXPECT_TRUE(absl::IsDataLoss(DecodeBlocks(Sealed(RecordKind::kBlocks, {huge})).status()));
    EXPECT_TRUE(absl::IsDataLoss(DecodeAccess(Sealed(RecordKind::kAccess, {huge})).status()));
    PostingRecord posting;
    EXPECT_TRUE(absl::IsDataLoss(DecodePosting(Sealed(RecordKind::kPosting, {huge}), &posting)));
    VectorsRecord vectors;
    for (const uint64_t dim : {uint64_t{1}, huge}) {
      EXPECT_TRUE(
          absl::IsDataLoss(DecodeVectors(Sealed(RecordKind::kVectors, {huge, dim}), &vectors)));
    }
  }
  // Chunks that don't ascend, a frequency of 0, an ordinal that wraps.
  PostingRecord posting;
  for (const std::vector<uint64_t>& bad :
       {std::vector<uint64_t>{2, 1, 1, 0, 1}, std::vector<uint64_t>{1, 0, 0},
        std::vector<uint64_t>{2, UINT32_MAX, 1, 1, 1}}) {
    EXPECT_TRUE(absl::IsDataLoss(DecodePosting(Sealed(RecordKind::kPosting, bad), &posting)));
  }
  // Positions that are missing, too many, or that wrap.
  for (const std::vector<uint64_t>& bad :
       {std::vector<uint64_t>{1, 0, 2, 5}, std::vector<uint64_t>{1, 0, 1, 5, 1},
        std::vector<uint64_t>{1, 0, UINT32_MAX, 1, 1},
        std::vector<uint64_t>{1, 0, 2, UINT32_MAX, 1}}) {
    EXPECT_TRUE(absl::IsDataLoss(DecodePosting(Sealed(RecordKind::kPosting, bad, 2), &posting)));
  }
  EXPECT_TRUE(absl::IsDataLoss(DecodeCounter(Sealed(RecordKind::kCounter, {1}, 2)).status()));
  EXPECT_TRUE(absl::IsDataLoss(DecodeCounter(Sealed(RecordKind::kCounter, {1}, 0)).status()));
}

}  // namespace
}  // namespace footnote::retrieval
