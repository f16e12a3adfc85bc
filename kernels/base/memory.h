#ifndef FOOTNOTE_KERNELS_BASE_MEMORY_H_
#define FOOTNOTE_KERNELS_BASE_MEMORY_H_

#include <cstdint>
#include <string>

namespace footnote::kernels {

// Bytes of main memory that this process could take now without swapping: what
// the system calls available, or what is left below the cgroup's limit if that
// is less. 0 if the system doesn't say.
uint64_t AvailableMemory();

// The same from the files under `root`, which stands for "/": proc/meminfo,
// proc/self/cgroup and sys/fs/cgroup.
uint64_t AvailableMemoryUnder(const std::string& root);

}  // namespace footnote::kernels

#endif  // FOOTNOTE_KERNELS_BASE_MEMORY_H_
