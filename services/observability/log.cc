#include "services/observability/log.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <mutex>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/config/fields.h"
#include "services/json.h"

namespace footnote::services {
namespace {

std::string TimeText(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone());
}

absl::string_view LevelText(LogLevel level) {
  return internal::EnumNames(level)[static_cast<size_t>(level)];
}

struct JsonValue {
  std::string operator()(absl::string_view v) const { return JsonString(v); }
  std::string operator()(int64_t v) const { return absl::StrCat(v); }
  std::string operator()(double v) const { return std::isfinite(v) ? absl::StrCat(v) : "null"; }
  std::string operator()(bool v) const { return v ? "true" : "false"; }
};

// A word as it is, anything else as a JSON string: no value can look like
// another field or another line.
struct TextValue {
  std::string operator()(absl::string_view v) const {
    const bool word = !v.empty() && std::all_of(v.begin(), v.end(), [](char c) {
      return absl::ascii_isgraph(c) && c != '"' && c != '=' && c != '\\';
    });
    return word ? std::string(v) : JsonString(v);
  }
  std::string operator()(int64_t v) const { return absl::StrCat(v); }
  std::string operator()(double v) const { return absl::StrCat(v); }
  std::string operator()(bool v) const { return v ? "true" : "false"; }
};

// Without the quotes, so that people see a plain sentence.
std::string TextMessage(absl::string_view message) {
  const std::string quoted = JsonString(message);
  return quoted.substr(1, quoted.size() - 2);
}

// One write for a whole line, so that lines of several threads and processes
// don't mix. A log that can't be written must not stop the service.
void WriteToStderr(absl::string_view line) {
  static std::mutex* const mu = new std::mutex;
  const std::lock_guard<std::mutex> lock(*mu);
  while (!line.empty()) {
    const ssize_t n = write(STDERR_FILENO, line.data(), line.size());
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    line.remove_prefix(static_cast<size_t>(n));
  }
}

}  // namespace

std::string FormatLogLine(LogFormat format, absl::Time time, LogLevel level,
                          absl::string_view message, absl::Span<const LogField> fields) {
  std::string line;
  if (format == LogFormat::kJson) {
    line = absl::StrCat("{\"time\":\"", TimeText(time), "\",\"level\":\"", LevelText(level),
                        "\",\"message\":", JsonString(message));
    for (const LogField& f : fields) {
      absl::StrAppend(&line, ",\"", f.name, "\":", std::visit(JsonValue(), f.value));
    }
    line += "}\n";
  } else {
    line = absl::StrCat(TimeText(time), " ", LevelText(level), " ", TextMessage(message));
    for (const LogField& f : fields) {
      absl::StrAppend(&line, " ", f.name, "=", std::visit(TextValue(), f.value));
    }
    line += "\n";
  }
  return line;
}

Logger::Logger(const LogConfig& config, std::function<void(absl::string_view)> sink)
    : config_(config), sink_(sink ? std::move(sink) : WriteToStderr) {}

void Logger::Log(LogLevel level, absl::string_view message,
                 absl::Span<const LogField> fields) const {
  if (level < config_.level) return;
  sink_(FormatLogLine(config_.format, absl::Now(), level, message, fields));
}

}  // namespace footnote::services
