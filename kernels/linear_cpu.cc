#include <cstring>

#include "kernels/bfloat16_portable.h"
#include "kernels/linear_internal.h"

namespace footnote::kernels::internal {
namespace {

constexpr int kPanel = 32;

void Store(const LinearArgs& args, int64_t r, int64_t j, float v) {
  if (args.y != nullptr) {
    args.y[r * args.ldy + j] = v;
  } else {
    args.y_bf16[r * args.ldy + j] = RoundToBf16(v);
  }
}

}  // namespace

void LinearF32Portable(const LinearArgs& args) {
  const float* x = static_cast<const float*>(args.x);
  for (int64_t r = 0; r < args.rows; ++r, x += args.ldx) {
    const float* panel = static_cast<const float*>(args.panels);
    for (int64_t j = 0; j < args.n; j += kPanel, panel += kPanel * args.k) {
      float sums[kPanel] = {};
      for (int64_t i = 0; i < args.k; ++i) {
        for (int c = 0; c < kPanel; ++c) sums[c] += x[i] * panel[i * kPanel + c];
      }
      for (int c = 0; c < kPanel && j + c < args.n; ++c) {
        Store(args, r, j + c, sums[c] + args.bias[j + c]);
      }
    }
  }
}

void LinearBf16Portable(const LinearArgs& args) {
  const uint16_t* x = static_cast<const uint16_t*>(args.x);
  for (int64_t r = 0; r < args.rows; ++r, x += args.ldx) {
    const uint16_t* panel = static_cast<const uint16_t*>(args.panels);
    for (int64_t j = 0; j < args.n; j += kPanel, panel += kPanel * args.k) {
      float sums[kPanel] = {};
      for (int64_t i = 0; i < args.k; i += 2) {
        const float even = Bf16ToFloat(x[i]), odd = Bf16ToFloat(x[i + 1]);
        const uint16_t* pairs = panel + i * kPanel;
        for (int c = 0; c < kPanel; ++c) {
          sums[c] += even * Bf16ToFloat(pairs[2 * c]) + odd * Bf16ToFloat(pairs[2 * c + 1]);
        }
      }
      for (int c = 0; c < kPanel && j + c < args.n; ++c) {
        Store(args, r, j + c, sums[c] + args.bias[j + c]);
      }
    }
  }
}

void LinearInt8Portable(const LinearArgs& args) {
  const uint8_t* x = static_cast<const uint8_t*>(args.x);
  for (int64_t r = 0; r < args.rows; ++r, x += args.ldx) {
    const int8_t* panel = static_cast<const int8_t*>(args.panels);
    for (int64_t j = 0; j < args.n; j += kPanel, panel += kPanel * args.k) {
      int32_t sums[kPanel] = {};
      for (int64_t i = 0; i < args.k; i += 4) {
        const int8_t* fours = panel + i * kPanel;
        for (int c = 0; c < kPanel; ++c) {
          for (int d = 0; d < 4; ++d) sums[c] += x[i + d] * fours[4 * c + d];
        }
      }
      for (int c = 0; c < kPanel && j + c < args.n; ++c) {
        const float rest = args.x_offset[r] * args.row_sum[j + c] + args.bias[j + c];
        Store(args, r, j + c,
              static_cast<float>(sums[c]) * args.x_scale[r] * args.scale[j + c] + rest);
      }
    }
  }
}

}  // namespace footnote::kernels::internal
