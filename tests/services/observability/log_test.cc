#include "services/observability/log.h"

#include <cmath>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace footnote::services {
namespace {

using ::testing::HasSubstr;

const absl::Time kTime = absl::FromUnixMillis(1700000000123);

TEST(LogTest, JsonIsOneObjectALine) {
  const std::string line = FormatLogLine(LogFormat::kJson, kTime, LogLevel::kWarning, "a \"call\"",
                                         {{"method", absl::string_view("Ask")},
                                          {"count", int64_t{-3}},
                                          {"milliseconds", 1.5},
                                          {"nan", std::nan("")},
                                          {"yes", true}});
  EXPECT_EQ(line,
            "{\"time\":\"2023-11-14T22:13:20.123Z\",\"level\":\"warning\","
            "\"message\":\"a \\\"call\\\"\",\"method\":\"Ask\",\"count\":-3,\"milliseconds\":1.5,"
            "\"nan\":null,\"yes\":true}\n");
  EXPECT_TRUE(nlohmann::json::accept(line));
}

TEST(LogTest, TextIsForPeople) {
  EXPECT_EQ(
      FormatLogLine(LogFormat::kText, kTime, LogLevel::kInfo, "listening",
                    {{"http", absl::string_view("127.0.0.1:8080")},
                     {"path", absl::string_view("a b")},
                     {"empty", absl::string_view("")}}),
      "2023-11-14T22:13:20.123Z info listening http=127.0.0.1:8080 path=\"a b\" empty=\"\"\n");
}

// What a client sends can't end a line, start a field or colour a terminal.
TEST(LogTest, InjectionIsImpossible) {
  const std::string attacks[] = {"x\n{\"level\":\"error\"}",
                                 "x\r\n2023 error",
                                 "x level=error",
                                 "x\"y",
                                 "\x1B[31mred",
                                 "\xE2\x80\xA8",
                                 "\xFF\xFE",
                                 std::string("a\0b", 3)};
  for (const std::string& attack : attacks) {
    for (const LogFormat format : {LogFormat::kJson, LogFormat::kText}) {
      const std::string line = FormatLogLine(format, kTime, LogLevel::kInfo, attack,
                                             {{"value", absl::string_view(attack)}});
      EXPECT_EQ(line.find('\n'), line.size() - 1);
      for (const char c : line.substr(0, line.size() - 1)) {
        EXPECT_GE(static_cast<unsigned char>(c), 0x20) << line;
      }
      if (format == LogFormat::kJson) {
        const auto parsed = nlohmann::json::parse(line);
        EXPECT_EQ(parsed.size(), 4u);
        EXPECT_EQ(parsed["level"], "info");
      } else {
        EXPECT_FALSE(absl::StrContains(line, "value=x level")) << line;
      }
    }
  }
}

TEST(LogTest, LevelsBelowTheConfiguredOneAreDropped) {
  std::vector<std::string> lines;
  LogConfig config;
  config.level = LogLevel::kWarning;
  const Logger logger(config, [&](absl::string_view line) { lines.emplace_back(line); });
  logger.Log(LogLevel::kDebug, "a");
  logger.Log(LogLevel::kInfo, "b");
  logger.Log(LogLevel::kWarning, "c");
  logger.Log(LogLevel::kError, "d");
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_THAT(lines[0], HasSubstr("\"c\""));
}

}  // namespace
}  // namespace footnote::services
