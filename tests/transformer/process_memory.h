#ifndef FOOTNOTE_TESTS_TRANSFORMER_PROCESS_MEMORY_H_
#define FOOTNOTE_TESTS_TRANSFORMER_PROCESS_MEMORY_H_

#include <cstdint>
#include <fstream>
#include <string>

namespace footnote::transformer {

// Bytes of a line of /proc/self/status, such as "VmRSS:" (held now) or "VmHWM:"
// (the most since the program began). 0: no such line.
inline uint64_t ProcessMemory(const std::string& key) {
  std::ifstream file("/proc/self/status");
  std::string word;
  while (file >> word) {
    uint64_t kilobytes = 0;
    if (word == key && file >> kilobytes) return kilobytes * 1024;
  }
  return 0;
}

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TESTS_TRANSFORMER_PROCESS_MEMORY_H_
