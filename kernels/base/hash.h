#ifndef FOOTNOTE_KERNELS_BASE_HASH_H_
#define FOOTNOTE_KERNELS_BASE_HASH_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace footnote::kernels {

// 64 bits of XXH3 over `bytes`. Not cryptographic. The value is persistent:
// the same on every machine and in every release.
uint64_t Hash64(absl::string_view bytes);

// 128 bits of XXH3 over `bytes` as 32 lower-case hex digits. Used to tell
// whether contents changed; not cryptographic.
std::string HexHash128(absl::string_view bytes);

}  // namespace footnote::kernels

#endif  // FOOTNOTE_KERNELS_BASE_HASH_H_
