// GoogleTest with one more argument: --order=forward|reverse|shuffled, in which a
// kernel's threads take turns.
#include <gtest/gtest.h>

#include <cstdio>
#include <cstring>

#include "simt.h"

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  using footnote::simt::Order;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--order=forward") == 0) {
      footnote::simt::SetOrder(Order::kForward);
    } else if (std::strcmp(argv[i], "--order=reverse") == 0) {
      footnote::simt::SetOrder(Order::kReverse);
    } else if (std::strcmp(argv[i], "--order=shuffled") == 0) {
      footnote::simt::SetOrder(Order::kShuffled);
    } else {
      std::fprintf(stderr, "unknown argument %s\n", argv[i]);
      return 2;
    }
  }
  return RUN_ALL_TESTS();
}
