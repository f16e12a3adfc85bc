#include "kernels/base/hash.h"

#include "gtest/gtest.h"

namespace footnote::kernels {
namespace {

// Values from the xxhsum program, version 0.8.1: the hashes are persistent.
TEST(HashTest, ValuesArePinned) {
  EXPECT_EQ(Hash64(""), 0x2d06800538d394c2u);
  EXPECT_EQ(HexHash128(""), "99aa06d3014798d86001c324468d497f");
}

TEST(HashTest, DiffersWithContent) {
  EXPECT_NE(Hash64("a"), Hash64("b"));
  EXPECT_NE(HexHash128("a"), HexHash128(absl::string_view("a\0", 2)));
}

}  // namespace
}  // namespace footnote::kernels
