#include "kernels/attention_internal.h"
#include "kernels/attention_pack.h"
#include "kernels/attention_tile.h"
#include "kernels/isa_avx2.h"

namespace footnote::kernels::internal {
namespace {

struct AttentionIsa : F32Avx2 {
  static constexpr bool kWeightsInPlace = true;
  static void PackKeys(const float* k, int64_t ld, int64_t tokens, int64_t dim, float* keys) {
    PackKeysF32(k, ld, tokens, dim, keys);
  }
  static void PackValues(const float* v, int64_t ld, int64_t, int64_t, float*, const float** values,
                         int64_t* values_ld, int64_t* values_panel) {
    UseValuesF32(v, ld, values, values_ld, values_panel);
  }
  static void StoreWeights(float* p, FVec v) { StoreF(p, v, kLanes); }
};

}  // namespace

void AttentionF32Avx2(const AttentionArgs& args) { RunAttention<AttentionIsa>(args); }

}  // namespace footnote::kernels::internal
