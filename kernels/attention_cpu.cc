#include "kernels/attention_internal.h"
#include "kernels/isa_portable.h"
#include "kernels/row_ops_tile.h"

namespace footnote::kernels::internal {

void AttentionF32Portable(const AttentionArgs& args) {
  const AttentionShape& shape = args.shape;
  const int64_t width = shape.heads * shape.head_dim;
  const float factor = shape.scale * kLog2E;
  float* weights = args.scratch;
  for (int64_t h = 0; h < shape.heads; ++h) {
    const float* q = static_cast<const float*>(args.qkv) + h * shape.head_dim;
    const float* k = q + width;
    const float* v = q + 2 * width;
    for (int64_t t = 0; t < shape.tokens; ++t) {
      const float* query = q + t * args.ld_qkv;
      float greatest = -__builtin_inff();
      for (int64_t j = 0; j < shape.tokens; ++j) {
        float score = 0;
        for (int64_t i = 0; i < shape.head_dim; ++i) score += query[i] * k[j * args.ld_qkv + i];
        weights[j] = score;
        greatest = score > greatest ? score : greatest;
      }
      float sum = 0;
      for (int64_t j = 0; j < shape.tokens; ++j) {
        weights[j] = Exp2<FloatPortable>((weights[j] - greatest) * factor);
        sum += weights[j];
      }
      float* out = args.out + t * args.ld_out + h * shape.head_dim;
      for (int64_t i = 0; i < shape.head_dim; ++i) out[i] = 0;
      for (int64_t j = 0; j < shape.tokens; ++j) {
        const float weight = weights[j] / sum;
        for (int64_t i = 0; i < shape.head_dim; ++i) out[i] += weight * v[j * args.ld_qkv + i];
      }
    }
  }
}

}  // namespace footnote::kernels::internal
