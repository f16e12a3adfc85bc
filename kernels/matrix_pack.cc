#include <algorithm>
#include <atomic>
#include <cstring>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "kernels/bfloat16_portable.h"
#include "kernels/float16_portable.h"
#include "kernels/matrix_cpu.h"
#include "kernels/matrix_cpu_impl.h"
#include "kernels/matrix_pack_blocks.h"
#include "kernels/matrix_rows.h"

namespace footnote::kernels {
namespace internal {

PanelKind PanelKindOf(WeightFormat format) {
  switch (format) {
    case WeightFormat::kF32:
      return PanelKind::kF32;
    case WeightFormat::kF16:
      return PanelKind::kF16;
    case WeightFormat::kBf16:
      return PanelKind::kBf16;
    case WeightFormat::kInt8:
      return PanelKind::kInt8;
    case WeightFormat::kQ8_0:
      return PanelKind::kQ8_0;
    case WeightFormat::kInt4:
    case WeightFormat::kQ4_0:
      return PanelKind::kQ4_0;
    case WeightFormat::kQ4_1:
      return PanelKind::kQ4_1;
    case WeightFormat::kQ5_0:
      return PanelKind::kQ5_0;
    case WeightFormat::kQ5_1:
      return PanelKind::kQ5_1;
    case WeightFormat::kQ4_K:
      return PanelKind::kQ4K;
    case WeightFormat::kQ5_K:
      return PanelKind::kQ5K;
    case WeightFormat::kQ6_K:
      return PanelKind::kQ6K;
  }
  return PanelKind::kF32;
}

PanelShape::PanelShape(PanelKind kind, int64_t n, int64_t k) {
  const auto round_up = [](int64_t v, int64_t to) { return (v + to - 1) / to * to; };
  if (IsFloat(kind)) {
    outputs = kFloatPanel;
    k_stored = kind == PanelKind::kBf16 ? round_up(k, 2) : k;
    panel_bytes = k_stored * outputs * (kind == PanelKind::kF32 ? 4 : 2);
  } else {
    const ChunkLayout layout = LayoutOf(kind);
    outputs = kBlockPanel;
    k_stored = round_up(k, layout.inputs);
    panel_bytes = layout.header + k_stored / layout.inputs * layout.Bytes();
  }
  panels = (n + outputs - 1) / outputs;
}

namespace {

// Element (lane, i) of a panel of floats.
template <typename T>
void Interleave(const std::vector<const uint8_t*>& rows, int64_t k, int64_t group, T* panel) {
  for (int64_t lane = 0; lane < static_cast<int64_t>(rows.size()); ++lane) {
    const uint8_t* row = rows[lane];
    T* to = panel + lane * group;
    if (group == 1) {
      for (int64_t i = 0; i < k; ++i) {
        std::memcpy(to + i * kFloatPanel, row + i * sizeof(T), sizeof(T));
      }
    } else {
      for (int64_t i = 0; i < k; ++i) {
        std::memcpy(to + i / 2 * 2 * kFloatPanel + i % 2, row + i * sizeof(T), sizeof(T));
      }
    }
  }
}

bool AllFinite16(const uint8_t* row, int64_t k, uint16_t exponent) {
  bool finite = true;
  for (int64_t i = 0; i < k; ++i) {
    uint16_t bits;
    std::memcpy(&bits, row + 2 * i, sizeof(bits));
    finite &= (bits & exponent) != exponent;
  }
  return finite;
}

// Fills the panels of one matrix.
class Packer {
 public:
  Packer(const MatrixRows& rows, WeightFormat format, const PanelShape& shape, uint8_t* memory)
      : rows_(rows),
        kind_(PanelKindOf(format)),
        as_stored_(rows.AllStoredAs(format)),
        shape_(shape),
        memory_(memory) {}

  // False: a number isn't finite, or not in the matrix's format.
  bool PackPanel(int64_t p) {
    const int64_t first = p * shape_.outputs;
    const int64_t count = std::min(shape_.outputs, rows_.n() - first);
    uint8_t* panel = memory_ + p * shape_.panel_bytes;
    if (IsFloat(kind_)) return PackFloats(first, count, panel);
    if (as_stored_) {
      const uint8_t* from[kBlockPanel] = {};
      for (int64_t c = 0; c < count; ++c) from[c] = rows_.Row(first + c);
      return PackBlockPanel(kind_, from, rows_.k(), panel);
    }
    return PackRounded(first, count, panel);
  }

 private:
  bool PackFloats(int64_t first, int64_t count, uint8_t* panel) {
    const int64_t k = rows_.k();
    std::vector<const uint8_t*> from(count);
    const int64_t width = kind_ == PanelKind::kF32 ? 4 : 2;
    if (as_stored_) {
      for (int64_t c = 0; c < count; ++c) from[c] = rows_.Row(first + c);
    } else {
      decoded_.resize(count * k);
      if (!rows_.Decode(first, count, decoded_.data(), k)) return false;
      if (width == 2) {
        halves_.resize(count * k);
        for (int64_t i = 0; i < count * k; ++i) {
          halves_[i] =
              kind_ == PanelKind::kF16 ? RoundToHalf(decoded_[i]) : RoundToBf16(decoded_[i]);
        }
      }
      for (int64_t c = 0; c < count; ++c) {
        from[c] = width == 2 ? reinterpret_cast<const uint8_t*>(halves_.data() + c * k)
                             : reinterpret_cast<const uint8_t*>(decoded_.data() + c * k);
      }
    }
    if (width == 4) {
      Interleave(from, k, 1, reinterpret_cast<float*>(panel));
      return AllFinite(reinterpret_cast<const float*>(panel), k * kFloatPanel);
    }
    Interleave(from, k, kind_ == PanelKind::kBf16 ? 2 : 1, reinterpret_cast<uint16_t*>(panel));
    return AllFinite16(panel, shape_.panel_bytes / 2,
                       kind_ == PanelKind::kBf16 ? uint16_t{0x7F80} : uint16_t{0x7C00});
  }

  // kInt8, kInt4.
  bool PackRounded(int64_t first, int64_t count, uint8_t* panel) {
    const int64_t k = rows_.k(), ld = (k + 31) / 32 * 32;
    decoded_.assign(count * ld, 0);
    if (!rows_.Decode(first, count, decoded_.data(), ld)) return false;
    if (kind_ == PanelKind::kInt8) {
      PackInt8Panel(decoded_.data(), ld, count, k, panel);
      return true;
    }
    const int64_t row_bytes = ld / 32 * 18;
    blocks_.resize(count * row_bytes);
    const uint8_t* from[kBlockPanel] = {};
    for (int64_t c = 0; c < count; ++c) {
      uint8_t* to = blocks_.data() + c * row_bytes;
      if (!QuantizeQ4(decoded_.data() + c * ld, ld, to)) return false;
      from[c] = to;
    }
    return PackBlockPanel(kind_, from, ld, panel);
  }

  const MatrixRows& rows_;
  const PanelKind kind_;
  const bool as_stored_;
  const PanelShape& shape_;
  uint8_t* const memory_;
  std::vector<float> decoded_;
  std::vector<uint16_t> halves_;
  std::vector<uint8_t> blocks_;
};

absl::Status CheckFormat(absl::Span<const MatrixPart> parts, WeightFormat format) {
  switch (format) {
    case WeightFormat::kF32:
    case WeightFormat::kF16:
    case WeightFormat::kBf16:
    case WeightFormat::kInt8:
    case WeightFormat::kInt4:
      return absl::OkStatus();
    default:
      break;
  }
  for (const MatrixPart& part : parts) {
    if (part.format != format) {
      return absl::InvalidArgumentError(absl::StrCat(
          "a matrix part of ", WeightFormatName(part.format), " can't become ",
          WeightFormatName(format), "; one of F32, F16, BF16, INT8, INT4 can be made of it"));
    }
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace internal

absl::StatusOr<std::unique_ptr<const Matrix>> PackCpuMatrix(ThreadTeam& team, CpuLevel level,
                                                            absl::Span<const MatrixPart> parts,
                                                            WeightFormat format, PageArena* arena) {
  using internal::PanelShape;
  (void)level;
  FN_ASSIGN_OR_RETURN(const internal::MatrixRows rows, internal::MatrixRows::Make(parts));
  FN_RETURN_IF_ERROR(internal::CheckFormat(parts, format));
  const PanelShape shape(internal::PanelKindOf(format), rows.n(), rows.k());
  const size_t bytes = static_cast<size_t>(shape.panels * shape.panel_bytes);
  Pages memory = arena == nullptr ? Pages(bytes) : arena->Allocate(bytes);
  if (memory.data() == nullptr) {
    return absl::ResourceExhaustedError(absl::StrCat("no memory for a matrix of ", rows.n(), " x ",
                                                     rows.k(), " in ", WeightFormatName(format),
                                                     ": ", bytes, " bytes"));
  }
  // Members take the next few panels each, so the parts are read about in order.
  const int64_t step = std::max<int64_t>(1, (int64_t{1} << 18) / shape.panel_bytes);
  std::atomic<int64_t> next{0};
  std::atomic<bool> good{true};
  team.Run([&](int) {
    internal::Packer packer(rows, format, shape, memory.data());
    while (good.load(std::memory_order_relaxed)) {
      const int64_t first = next.fetch_add(step);
      if (first >= shape.panels) return;
      for (int64_t p = first; p < std::min(first + step, shape.panels); ++p) {
        if (!packer.PackPanel(p)) good.store(false);
      }
    }
  });
  if (!good.load()) {
    return absl::DataLossError(absl::StrCat(
        "a matrix of ", rows.n(), " x ", rows.k(),
        " holds a number that isn't finite, or that is too large for ", WeightFormatName(format)));
  }
  return std::unique_ptr<const Matrix>(
      std::make_unique<internal::CpuMatrix>(format, rows.n(), rows.k(), shape, std::move(memory)));
}

}  // namespace footnote::kernels
