#ifndef FOOTNOTE_SERVICES_OBSERVABILITY_LOG_H_
#define FOOTNOTE_SERVICES_OBSERVABILITY_LOG_H_

#include <cstdint>
#include <functional>
#include <string>
#include <variant>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "services/config/config.h"

namespace footnote::services {

// A name and a value beside the message. Names are code's, values may come
// from anyone.
struct LogField {
  absl::string_view name;
  std::variant<absl::string_view, int64_t, double, bool> value;
};

// Writes one line per event, as a JSON object or for people. Whatever a client
// sent, it stays within its value: control characters, line ends and ill-formed
// UTF-8 are escaped. Thread-safe; lines don't mix.
class Logger {
 public:
  // `sink` gets each line, its end included; null: stderr.
  explicit Logger(const LogConfig& config, std::function<void(absl::string_view)> sink = nullptr);

  void Log(LogLevel level, absl::string_view message, absl::Span<const LogField> fields = {}) const;

 private:
  const LogConfig config_;
  const std::function<void(absl::string_view)> sink_;
};

// The line that Logger writes.
std::string FormatLogLine(LogFormat format, absl::Time time, LogLevel level,
                          absl::string_view message, absl::Span<const LogField> fields);

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_OBSERVABILITY_LOG_H_
