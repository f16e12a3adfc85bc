#include "kernels/base/human_bytes.h"

#include "gtest/gtest.h"

namespace footnote::kernels {
namespace {

TEST(HumanBytesTest, ChoosesTheUnit) {
  EXPECT_EQ(HumanBytes(0), "0 bytes");
  EXPECT_EQ(HumanBytes(999), "999 bytes");
  EXPECT_EQ(HumanBytes(1000), "1.0 kB");
  EXPECT_EQ(HumanBytes(999999), "1.0 MB");
  EXPECT_EQ(HumanBytes(12345678), "12.3 MB");
  EXPECT_EQ(HumanBytes(8030261248), "8.0 GB");
  EXPECT_EQ(HumanBytes(18446744073709551615ull), "18446744.1 TB");
}

}  // namespace
}  // namespace footnote::kernels
