#include <cmath>
#include <cstdint>
#include <cstring>

#include "kernels/bfloat16_portable.h"
#include "kernels/float16_portable.h"
#include "kernels/matrix_layout.h"
#include "kernels/matrix_tile.h"

namespace footnote::kernels::internal {
namespace {

// A "register" is an array of 16, over which the compiler makes what vector
// instructions the baseline has.
struct BlocksPortable {
  static constexpr int kLanes = 16;
  static constexpr int kMaxRows = 1;
  static constexpr bool kSignedDot8 = false;
  struct FVec {
    float v[16];
  };
  struct Bytes {
    uint8_t v[64];
  };
  struct Sums {
    int32_t v[16];
  };

  template <typename Fn>
  static FVec Each(const Fn& fn) {
    FVec out;
    for (int i = 0; i < 16; ++i) out.v[i] = fn(i);
    return out;
  }
  template <typename Fn>
  static Bytes EachByte(const Fn& fn) {
    Bytes out;
    for (int i = 0; i < 64; ++i) out.v[i] = static_cast<uint8_t>(fn(i));
    return out;
  }

  static FVec LoadF(const float* p) {
    return Each([p](int i) { return p[i]; });
  }
  static FVec LoadPart(const float* p, int count) {
    return Each([p, count](int i) { return i < count ? p[i] : 0; });
  }
  static FVec SetF(float v) {
    return Each([v](int) { return v; });
  }
  static FVec MulF(const FVec& a, const FVec& b) {
    return Each([&](int i) { return a.v[i] * b.v[i]; });
  }
  static FVec AddF(const FVec& a, const FVec& b) {
    return Each([&](int i) { return a.v[i] + b.v[i]; });
  }
  static FVec FmaF(const FVec& a, const FVec& b, const FVec& c) {
    return Each([&](int i) { return a.v[i] * b.v[i] + c.v[i]; });
  }
  static void StoreF(float* p, const FVec& v, int count) {
    for (int i = 0; i < count; ++i) p[i] = v.v[i];
  }
  static FVec LoadHalf(const uint16_t* p) {
    return Each([p](int i) { return HalfToFloat(p[i]); });
  }
  static FVec LoadU8(const uint8_t* p) {
    return Each([p](int i) { return static_cast<float>(p[i]); });
  }
  static FVec LoadS8(const uint8_t* p) {
    return Each([p](int i) { return static_cast<float>(static_cast<int8_t>(p[i])); });
  }

  static Bytes LoadBytes(const uint8_t* p) {
    return EachByte([p](int i) { return p[i]; });
  }
  static Bytes Low(const Bytes& b) {
    return EachByte([&](int i) { return b.v[i] & 15; });
  }
  static Bytes High(const Bytes& b) {
    return EachByte([&](int i) { return b.v[i] >> 4; });
  }
  static Bytes AddBit(const Bytes& w, const Bytes& high, int q) {
    return EachByte([&](int i) { return w.v[i] | ((high.v[i] >> q) & 1) << 4; });
  }
  static Bytes AddTwoBits(const Bytes& w, const Bytes& high, int q) {
    return EachByte([&](int i) { return w.v[i] | ((high.v[i] >> (2 * q)) & 3) << 4; });
  }

  static Sums InitSums(int32_t v) {
    Sums out;
    for (int32_t& s : out.v) s = v;
    return out;
  }
  static void Dot(Sums& sums, const Bytes& w, const int8_t* x) {
    for (int i = 0; i < 16; ++i) {
      for (int b = 0; b < 4; ++b) sums.v[i] += w.v[4 * i + b] * x[b];
    }
  }
  static void Dot8(Sums& sums, const Bytes& w, const int8_t* x) { Dot(sums, w, x); }
  static FVec ToFloat(const Sums& sums) {
    return Each([&](int i) { return static_cast<float>(sums.v[i]); });
  }

  static void QuantizeGroup(const float* x, int count, int8_t* q, float* d, int32_t* sums) {
    float greatest = 0;
    for (int i = 0; i < count; ++i) {
      greatest = std::fabs(x[i]) > greatest ? std::fabs(x[i]) : greatest;
    }
    *d = greatest / 127;
    const float inverse = greatest > kLeastMagnitude ? 127 / greatest : 0;
    sums[0] = sums[1] = 0;
    for (int i = 0; i < 32; ++i) {
      const float v = i < count ? std::nearbyint(x[i] * inverse) : 0;
      // Written so that a NaN gives 0 and not an undefined conversion.
      q[i] = v >= 127 ? int8_t{127} : v > -127 ? static_cast<int8_t>(v) : int8_t{-127};
      sums[i / 16] += q[i];
    }
  }
};

float LoadWeight(PanelKind kind, const uint8_t* panel, int64_t i, int64_t c) {
  float f;
  uint16_t h;
  switch (kind) {
    case PanelKind::kF32:
      std::memcpy(&f, panel + (i * kFloatPanel + c) * 4, sizeof(f));
      return f;
    case PanelKind::kF16:
      std::memcpy(&h, panel + (i * kFloatPanel + c) * 2, sizeof(h));
      return HalfToFloat(h);
    default:
      std::memcpy(&h, panel + ((i / 2 * kFloatPanel + c) * 2 + i % 2) * 2, sizeof(h));
      return Bf16ToFloat(h);
  }
}

float LoadInput(PanelKind kind, const PanelArgs& args, int64_t r, int64_t i) {
  if (kind != PanelKind::kBf16) return static_cast<const float*>(args.x)[r * args.ldx + i];
  return Bf16ToFloat(static_cast<const uint16_t*>(args.x)[r * args.ldx + i]);
}

void MultiplyFloats(PanelKind kind, const PanelArgs& args) {
  for (int64_t p = args.first_panel; p < args.last_panel; ++p) {
    const uint8_t* panel = args.panels + p * args.panel_bytes;
    for (int64_t r = 0; r < args.rows; ++r) {
      float sums[kFloatPanel] = {};
      for (int64_t i = 0; i < args.k; ++i) {
        const float x = LoadInput(kind, args, r, i);
        for (int64_t c = 0; c < kFloatPanel; ++c) sums[c] += x * LoadWeight(kind, panel, i, c);
      }
      for (int64_t c = 0; c < kFloatPanel; c += 16) {
        StoreProduct<BlocksPortable>(args, r, p * kFloatPanel + c, BlocksPortable::LoadF(sums + c));
      }
    }
  }
}

void MultiplyPortable(PanelKind kind, const PanelArgs& args) {
  if (IsFloat(kind)) return MultiplyFloats(kind, args);
  MultiplyBlocks<BlocksPortable>(kind, args);
}

}  // namespace

PanelKernels PanelKernelsPortable() {
  return {BlocksPortable::kMaxRows, QuantizeGroups<BlocksPortable>, MultiplyPortable};
}

}  // namespace footnote::kernels::internal
