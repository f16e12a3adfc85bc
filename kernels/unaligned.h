#ifndef FOOTNOTE_KERNELS_UNALIGNED_H_
#define FOOTNOTE_KERNELS_UNALIGNED_H_

#include <cstdint>
#include <cstring>

namespace footnote::kernels::internal {

// Little-endian numbers at any address.
inline uint16_t Load16(const uint8_t* p) {
  uint16_t v;
  std::memcpy(&v, p, sizeof(v));
  return v;
}
inline uint32_t Load32(const uint8_t* p) {
  uint32_t v;
  std::memcpy(&v, p, sizeof(v));
  return v;
}
inline void Store32(uint8_t* p, uint32_t v) { std::memcpy(p, &v, sizeof(v)); }

}  // namespace footnote::kernels::internal

#endif  // FOOTNOTE_KERNELS_UNALIGNED_H_
