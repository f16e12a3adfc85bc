#include <algorithm>
#include <cassert>
#include <cmath>
#include <vector>

#include "kernels/bfloat16_portable.h"
#include "kernels/linear.h"

namespace footnote::kernels {
namespace {

int64_t RoundUp(int64_t v, int64_t to) { return (v + to - 1) / to * to; }

Buffer<float> PadToPanels(const float* v, int64_t n) {
  Buffer<float> out(RoundUp(n, kPanelOutputs));
  std::copy(v, v + n, out.data());
  return out;
}

// Where weight [j, i] lies among the panels of a matrix with k inputs in groups
// of `group`.
int64_t PanelIndex(int64_t j, int64_t i, int64_t k, int64_t group) {
  return (j / kPanelOutputs) * kPanelOutputs * k + (i / group) * kPanelOutputs * group +
         (j % kPanelOutputs) * group + i % group;
}

// The typical size of a weight; single outliers hardly move it.
float MeanMagnitude(const float* w, int64_t k) {
  double sum = 0;
  for (int64_t i = 0; i < k; ++i) sum += std::abs(w[i]);
  return static_cast<float>(sum / static_cast<double>(k));
}

constexpr float kSteps = 127;

// The scale of each output when weights beyond `limit` times the typical one of
// their output may be split.
std::vector<float> Scales(const std::vector<float>& typical, const std::vector<float>& greatest,
                          float limit) {
  std::vector<float> scales(typical.size());
  for (size_t j = 0; j < scales.size(); ++j) {
    const float top = std::min(greatest[j], limit * typical[j]);
    scales[j] = (top > 0 ? top : greatest[j]) / kSteps;
    if (!(scales[j] > 0)) scales[j] = 1;
  }
  return scales;
}

// Copies that each input needs, itself among them.
std::vector<int> Copies(const float* w, int64_t n, int64_t k, const std::vector<float>& scales) {
  std::vector<int> copies(k, 1);
  for (int64_t j = 0; j < n; ++j) {
    for (int64_t i = 0; i < k; ++i) {
      const float magnitude = std::abs(w[j * k + i]);
      if (magnitude <= scales[j] * kSteps) continue;  // nearly always
      const float steps = std::round(magnitude / scales[j]);
      copies[i] = std::max(copies[i], static_cast<int>(std::ceil(steps / kSteps)));
    }
  }
  return copies;
}

int64_t Extra(const std::vector<int>& copies) {
  int64_t extra = 0;
  for (int c : copies) extra += c - 1;
  return extra;
}

// The finest scales whose outlying weights need at most `extra` copies.
std::vector<float> ChooseScales(const float* w, int64_t n, int64_t k, int64_t extra) {
  std::vector<float> typical(n), greatest(n);
  float high = 1;
  for (int64_t j = 0; j < n; ++j) {
    typical[j] = MeanMagnitude(w + j * k, k);
    for (int64_t i = 0; i < k; ++i) {
      greatest[j] = std::max(greatest[j], std::abs(w[j * k + i]));
    }
    if (typical[j] > 0) high = std::max(high, greatest[j] / typical[j]);
  }
  float low = 1;
  for (int step = 0; step < 16 && extra > 0; ++step) {
    const float middle = (low + high) / 2;
    if (Extra(Copies(w, n, k, Scales(typical, greatest, middle))) <= extra) {
      high = middle;
    } else {
      low = middle;
    }
  }
  return Scales(typical, greatest, high);
}

}  // namespace

LinearF32 PackLinearF32(const float* w, const float* bias, int64_t n, int64_t k) {
  assert(n >= 1 && k >= 1);
  LinearF32 packed;
  packed.n = n;
  packed.k = k;
  packed.bias = PadToPanels(bias, n);
  packed.panels = Buffer<float>(RoundUp(n, kPanelOutputs) * k);
  for (int64_t j = 0; j < n; ++j) {
    for (int64_t i = 0; i < k; ++i) packed.panels[PanelIndex(j, i, k, 1)] = w[j * k + i];
  }
  return packed;
}

LinearBf16 PackLinearBf16(const float* w, const float* bias, int64_t n, int64_t k) {
  assert(n >= 1 && k >= 1 && k % 2 == 0);
  LinearBf16 packed;
  packed.n = n;
  packed.k = k;
  packed.bias = PadToPanels(bias, n);
  packed.panels = Buffer<Bf16>(RoundUp(n, kPanelOutputs) * k);
  for (int64_t j = 0; j < n; ++j) {
    for (int64_t i = 0; i < k; ++i) {
      packed.panels[PanelIndex(j, i, k, 2)] = internal::RoundToBf16(w[j * k + i]);
    }
  }
  return packed;
}

LinearInt8 PackLinearInt8(const float* w, const float* bias, int64_t n, int64_t k, int64_t extra) {
  assert(n >= 1 && k >= 1 && k % 4 == 0 && extra >= 0);
  const std::vector<float> scales = ChooseScales(w, n, k, extra);
  const std::vector<int> copies = Copies(w, n, k, scales);
  LinearInt8 packed;
  packed.n = n;
  packed.k = k;
  packed.k_packed = k + RoundUp(Extra(copies), 4);
  packed.bias = PadToPanels(bias, n);
  packed.scale = PadToPanels(scales.data(), n);
  packed.row_sum = Buffer<float>(RoundUp(n, kPanelOutputs));
  packed.panels = Buffer<int8_t>(RoundUp(n, kPanelOutputs) * packed.k_packed);
  // A padding copy lists input 0 and has weight 0.
  packed.extra_inputs = Buffer<int32_t>(packed.k_packed - k);
  std::vector<int64_t> first_copy(k, 0);
  int64_t next = k;
  for (int64_t i = 0; i < k; ++i) {
    first_copy[i] = next;
    for (int c = 1; c < copies[i]; ++c) {
      packed.extra_inputs[next++ - k] = static_cast<int32_t>(i);
    }
  }
  for (int64_t j = 0; j < n; ++j) {
    int64_t sum = 0;
    for (int64_t i = 0; i < k; ++i) {
      int left = static_cast<int>(std::round(w[j * k + i] / scales[j]));
      sum += left;
      for (int c = 0; c < copies[i]; ++c) {
        const int part = std::clamp(left, -127, 127);
        const int64_t at = c == 0 ? i : first_copy[i] + c - 1;
        packed.panels[PanelIndex(j, at, packed.k_packed, 4)] = static_cast<int8_t>(part);
        left -= part;
      }
      assert(left == 0);
    }
    packed.row_sum[j] = static_cast<float>(sum) * scales[j];
  }
  return packed;
}

}  // namespace footnote::kernels
