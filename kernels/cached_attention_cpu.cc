#include "kernels/cached_attention_internal.h"
#include "kernels/cached_attention_tile.h"
#include "kernels/isa_portable.h"

namespace footnote::kernels::internal {
namespace {

struct AttendIsa : FloatPortable {
  using Elem = float;
  using PanelElem = float;
  using Vec = float;
  using PanelVec = float;
  using InputVec = float;
  static constexpr int kCols = 32;
  static constexpr int kGroup = 1;
  static constexpr int kMaxRows = 1;
  static constexpr bool kWeightsInPlace = true;
  static constexpr KvFormat kFormat = KvFormat::kF32;

  static Vec Zero() { return 0; }
  static PanelVec LoadPanel(const float* p) { return *p; }
  static InputVec Broadcast(const float* p) { return *p; }
  static void Mac(Vec& sum, InputVec x, PanelVec w) { sum += x * w; }
  static void StoreElem(float* p, FVec v) { *p = v; }
  static void StoreWeights(float* p, FVec v) { *p = v; }
  static void PackKeys(const float* rows, int64_t ld, float* keys) {
    for (int64_t i = 0; i < ld; ++i) {
      for (int64_t t = 0; t < 32; ++t) keys[i * 32 + t] = rows[t * ld + i];
    }
  }
  static void PackValues(const float* rows, int64_t ld, float* values) {
    for (int64_t i = 0; i < 32 * ld; ++i) values[i] = rows[i];
  }
};

}  // namespace

void AttendF32Portable(const AttendPiece& piece) { Attender<AttendIsa>(piece).Run(); }

}  // namespace footnote::kernels::internal
