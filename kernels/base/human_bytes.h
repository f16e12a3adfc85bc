#ifndef FOOTNOTE_KERNELS_BASE_HUMAN_BYTES_H_
#define FOOTNOTE_KERNELS_BASE_HUMAN_BYTES_H_

#include <cstdint>
#include <string>

namespace footnote::kernels {

// An amount of memory or file for people, in powers of 1000 and one decimal:
// "12.3 MB", "999 bytes".
std::string HumanBytes(uint64_t bytes);

}  // namespace footnote::kernels

#endif  // FOOTNOTE_KERNELS_BASE_HUMAN_BYTES_H_
