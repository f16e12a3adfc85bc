#ifndef FOOTNOTE_SERVICES_OBSERVABILITY_PROCESS_H_
#define FOOTNOTE_SERVICES_OBSERVABILITY_PROCESS_H_

#include <cstdint>

namespace footnote::services {

// This process as the operating system sees it. A figure that can't be read is
// 0.
struct ProcessStats {
  uint64_t resident_bytes = 0;
  double cpu_seconds = 0;
  int open_fds = 0;
};

ProcessStats ReadProcessStats();

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_OBSERVABILITY_PROCESS_H_
