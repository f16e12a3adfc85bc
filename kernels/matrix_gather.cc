#include <cassert>
#include <cstring>

#include "kernels/bfloat16_portable.h"
#include "kernels/float16_portable.h"
#include "kernels/matrix_cpu.h"
#include "kernels/matrix_cpu_impl.h"

namespace footnote::kernels {
namespace internal {
namespace {

template <typename T>
T Load(const uint8_t* p) {
  T v;
  std::memcpy(&v, p, sizeof(v));
  return v;
}

void GatherFloats(PanelKind kind, const uint8_t* panel, int64_t lane, int64_t k, float* y) {
  for (int64_t i = 0; i < k; ++i) {
    switch (kind) {
      case PanelKind::kF32:
        y[i] = Load<float>(panel + (i * kFloatPanel + lane) * 4);
        break;
      case PanelKind::kF16:
        y[i] = HalfToFloat(Load<uint16_t>(panel + (i * kFloatPanel + lane) * 2));
        break;
      default: {
        const int64_t at = (i / 2 * kFloatPanel + lane) * 2 + i % 2;
        y[i] = Bf16ToFloat(Load<uint16_t>(panel + at * 2));
      }
    }
  }
}

// One output's share of a chunk.
struct ChunkRow {
  const ChunkLayout& layout;
  const uint8_t* chunk;
  int64_t lane;

  float Half(int offset, int i) const {
    return HalfToFloat(Load<uint16_t>(chunk + offset + (i * kBlockPanel + lane) * 2));
  }
  uint8_t Byte(int offset) const { return chunk[offset + lane]; }
  uint8_t QuadByte(int offset, int i, int byte) const {
    return chunk[offset + i * kQuadBytes + lane * 4 + byte];
  }

  int Stored(int i) const {
    const int group = i / 32, quad = i % 32 / 4, byte = i % 4;
    if (layout.low_bits == 8) return QuadByte(layout.Low(group), quad, byte);
    const int low = QuadByte(layout.Low(group), quad % 4, byte) >> (4 * (quad / 4)) & 15;
    if (layout.high_bits == 0) return low;
    if (layout.high_bits == 1)
      return low | (QuadByte(layout.High(group), 0, byte) >> quad & 1) << 4;
    const int bits = QuadByte(layout.High(group), quad / 4, byte);
    return low | (bits >> (2 * (quad % 4)) & 3) << 4;
  }
  float Scale(int i) const {
    if (layout.scale < 0) return 1;
    if (layout.sub_scales == 0) return Half(layout.scale, i / 32);
    const uint8_t sub = Byte(layout.SubScale(i / layout.sub_inputs));
    const bool is_signed = layout.min < 0;
    return Half(layout.scale, 0) *
           static_cast<float>(is_signed ? static_cast<int>(static_cast<int8_t>(sub)) : sub);
  }
  float Min(int i) const {
    if (layout.min < 0) return 0;
    if (layout.sub_scales == 0) return Half(layout.min, i / 32);
    return Half(layout.min, 0) * static_cast<float>(Byte(layout.SubMin(i / 32)));
  }
};

void GatherBlocks(PanelKind kind, const uint8_t* panel, int64_t lane, int64_t k, float* y) {
  const ChunkLayout layout = LayoutOf(kind);
  const float row_scale = layout.header == 0 ? 1 : Load<float>(panel + 4 * lane);
  for (int64_t i = 0; i < k; ++i) {
    const ChunkRow row{layout, panel + layout.header + i / layout.inputs * layout.Bytes(), lane};
    const int at = static_cast<int>(i % layout.inputs);
    const float v = row.Scale(at) * static_cast<float>(row.Stored(at) - layout.zero) + row.Min(at);
    y[i] = row_scale * v;
  }
}

}  // namespace
}  // namespace internal

void CpuGather(const Matrix& table, absl::Span<const int32_t> ids, float* y, int64_t ldy) {
  const auto& matrix = static_cast<const internal::CpuMatrix&>(table);
  const internal::PanelShape& shape = matrix.shape();
  for (const int32_t id : ids) {
    assert(id >= 0 && id < matrix.n());
    const uint8_t* panel = matrix.panels() + id / shape.outputs * shape.panel_bytes;
    const int64_t lane = id % shape.outputs;
    if (internal::IsFloat(matrix.kind())) {
      internal::GatherFloats(matrix.kind(), panel, lane, matrix.k(), y);
    } else {
      internal::GatherBlocks(matrix.kind(), panel, lane, matrix.k(), y);
    }
    y += ldy;
  }
}

}  // namespace footnote::kernels
