#ifndef FOOTNOTE_SERVICES_CLI_PROGRESS_H_
#define FOOTNOTE_SERVICES_CLI_PROGRESS_H_

#include <chrono>
#include <functional>
#include <iosfwd>
#include <string>

#include "ingest/ingester.h"
#include "services/cli/terminal.h"

namespace footnote::services::cli {

// A line on standard error that shows how far a job is. On a terminal it is
// rewritten in place some times a second; elsewhere a line is written every few
// seconds, so that a log stays short. For one thread.
class ProgressLine {
 public:
  ProgressLine(const Style& style, std::ostream& out);
  ~ProgressLine();  // clears the line
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  // Shows what `line` returns, unless the last one is too young. `line` is
  // only called if it will be shown.
  void Update(const std::function<std::string()>& line);
  // Removes the line from a terminal, so that other text can follow.
  void Clear();

 private:
  const Style style_;
  std::ostream& out_;
  std::chrono::steady_clock::time_point next_;
  bool shown_ = false;
};

// "[#####-----]" with `fraction` (0 to 1) of its `cells` filled.
std::string Bar(double fraction, int cells);

// An ingest's progress on one line; with a bar on a terminal.
std::string FormatIngestProgress(const ingest::IngestProgress& progress, const Style& style);

// A download's progress: "[###---]  42%  1.2 GB/2.9 GB  35.1 MB/s  ETA 0:47  NAME".
// `done` and `total` are all bytes, `fetched` those that came in `seconds`.
std::string FormatDownload(absl::string_view name, uint64_t done, uint64_t total, uint64_t fetched,
                           double seconds, const Style& style);

// A job's progress by count: "indexing 512/1,400 (37 %)".
std::string FormatCount(absl::string_view phase, uint64_t done, uint64_t total, const Style& style);

}  // namespace footnote::services::cli

#endif  // FOOTNOTE_SERVICES_CLI_PROGRESS_H_
