#include "retrieval/codec/keys.h"

#include <string>

#include "gtest/gtest.h"

namespace footnote::retrieval {
namespace {

using std::string_literals::operator""s;

struct Case {
  std::string key;
  std::string bytes;
};

class KeyTest : public testing::TestWithParam<Case> {};

// The bytes are persistent: a failure here means that old stores can't be read.
TEST_P(KeyTest, BytesArePinned) { EXPECT_EQ(GetParam().key, GetParam().bytes); }

INSTANTIATE_TEST_SUITE_P(
    Format1, KeyTest,
    testing::Values(Case{IdKey(7, "a/b.html"),
                         "i\x00\x00\x00\x07"s
                         "a/b.html"},
                    Case{DocumentKey(7, 0x0102030405060708),
                         "d\x00\x00\x00\x07\x01\x02\x03\x04\x05\x06\x07\x08"s},
                    Case{TextKey(1, 2, 3), "t\0\0\0\1\0\0\0\0\0\0\0\2\0\0\0\3"s},
                    Case{BlocksKey(1, 2), "b\0\0\0\1\0\0\0\0\0\0\0\2"s},
                    Case{ChunkKey(1, 2, 0x04000000), "\0\0\0\1\0\0\0\0\0\0\0\2\4\0\0\0"s},
                    Case{VectorsKey(1, 2, 64), "\0\0\0\1\0\0\0\0\0\0\0\2\0\0\0\x40"s},
                    Case{PostingKey(1, "pg_dump", 2), "\0\0\0\1pg_dump\0\0\0\0\0\0\0\0\2"s},
                    Case{AccessKey(0xFFFFFFFF, 2), "\xFF\xFF\xFF\xFF\0\0\0\0\0\0\0\2"s},
                    Case{FormatKey(), "f"}, Case{SequenceKey(), "s"}, Case{NextDocumentKey(), "n"},
                    Case{CollectionKey("default"), "cdefault"},
                    Case{IdPrefix(7), "i\x00\x00\x00\x07"s},
                    Case{DocumentsPrefix(7), "d\x00\x00\x00\x07"s},
                    Case{CollectionPrefix(0x0100FF00), "\x01\x00\xFF\x00"s},
                    Case{TermPrefix(1, "x"), "\0\0\0\1x\0"s}));

TEST(KeysTest, RoundTrip) {
  for (const uint64_t number : {uint64_t{0}, uint64_t{1}, uint64_t{255}, ~uint64_t{0}}) {
    const auto chunk = ParseOrdinalKey(ChunkKey(5, number, 6));
    ASSERT_TRUE(chunk.ok());
    EXPECT_EQ(chunk->collection, 5u);
    EXPECT_EQ(chunk->number, number);
    EXPECT_EQ(chunk->ordinal, 6u);
    const std::string posting_bytes = PostingKey(5, "max_connections", number);
    const auto posting = ParsePostingKey(posting_bytes);
    ASSERT_TRUE(posting.ok());
    EXPECT_EQ(posting->term, "max_connections");
    EXPECT_EQ(posting->number, number);
    EXPECT_EQ(ParseAccessKey(AccessKey(5, number))->number, number);
    EXPECT_EQ(ParseDocumentsKey(TextKey(5, number, 9))->ordinal, 9u);
    EXPECT_EQ(ParseDocumentsKey(DocumentKey(5, number))->number, number);
    EXPECT_EQ(ParseDocumentsKey(BlocksKey(5, number))->number, number);
  }
  const std::string id_bytes = IdKey(5, "some id");
  EXPECT_EQ(ParseIdKey(id_bytes)->id, "some id");
}

TEST(KeysTest, OrderOfBytesIsOrderOfNumbers) {
  EXPECT_LT(ChunkKey(1, 2, 255), ChunkKey(1, 2, 256));
  EXPECT_LT(ChunkKey(1, 255, 9), ChunkKey(1, 256, 0));
  EXPECT_LT(PostingKey(1, "ab", 9), PostingKey(1, "abc", 1));
}

TEST(KeysTest, DamagedKeysAreDataLoss) {
  for (const std::string& bytes : {""s, "x"s, "\0\0\0\1"s, ChunkKey(1, 2, 3) + "x", "i\0\0\0\1"s,
                                   "q\0\0\0\1\0\0\0\0\0\0\0\2"s, "\0\0\0\1term no end 12345678"s}) {
    EXPECT_TRUE(absl::IsDataLoss(ParseOrdinalKey(bytes).status())) << bytes.size();
    EXPECT_TRUE(absl::IsDataLoss(ParseAccessKey(bytes).status())) << bytes.size();
    EXPECT_TRUE(absl::IsDataLoss(ParseDocumentsKey(bytes).status())) << bytes.size();
    EXPECT_TRUE(absl::IsDataLoss(ParseIdKey(bytes).status())) << bytes.size();
    EXPECT_TRUE(absl::IsDataLoss(ParsePostingKey(bytes).status())) << bytes.size();
  }
}

}  // namespace
}  // namespace footnote::retrieval
