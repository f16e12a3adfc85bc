#ifndef FOOTNOTE_TRANSFORMER_WEIGHTS_GGUF_TYPES_H_
#define FOOTNOTE_TRANSFORMER_WEIGHTS_GGUF_TYPES_H_

#include <cstdint>

#include "absl/status/statusor.h"
#include "transformer/weights/weight_file.h"

namespace footnote::transformer {

// The types of metadata values, with the numbers that files hold.
enum class GgufType : uint32_t {
  kU8 = 0,
  kI8 = 1,
  kU16 = 2,
  kI16 = 3,
  kU32 = 4,
  kI32 = 5,
  kF32 = 6,
  kBool = 7,
  kString = 8,
  kArray = 9,
  kU64 = 10,
  kI64 = 11,
  kF64 = 12,
};
inline constexpr uint32_t kLastGgufType = 12;

// Bytes of a value in a file; of a string, of its length alone. Precondition:
// not kArray.
uint64_t SizeOf(GgufType type);

// The element type with ggml's number `type`. Errors: Unimplemented, naming it
// ("has the element type IQ2_XS, which is not supported").
absl::StatusOr<DType> DTypeOfGguf(uint32_t type);

// ggml's number of an element type. Errors: Unimplemented (kU8, kBool).
absl::StatusOr<uint32_t> GgufTypeOf(DType dtype);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_WEIGHTS_GGUF_TYPES_H_
