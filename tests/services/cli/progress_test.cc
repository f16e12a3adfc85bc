#include "services/cli/progress.h"

#include <sstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace footnote::services::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

ingest::IngestProgress Progress(uint64_t files, uint64_t bytes, double seconds) {
  ingest::IngestProgress progress;
  progress.files_done = files;
  progress.files_total = 1169;
  progress.bytes_done = bytes;
  progress.bytes_total = 10000000;
  progress.tokens = 500000;
  progress.seconds = seconds;
  return progress;
}

TEST(FormatIngestProgressTest, ShowsRateAndTimeLeft) {
  const Style terminal = {true, false, 100};
  EXPECT_EQ(
      FormatIngestProgress(Progress(512, 2500000, 20), terminal),
      "[#####---------------]  25%  512/1,169 files  25.6 files/s  25,000 tokens/s  ETA 1:00");
  const Style log = {false, false, 90};
  EXPECT_EQ(FormatIngestProgress(Progress(512, 2500000, 20), log),
            " 25%  512/1,169 files  25.6 files/s  25,000 tokens/s  ETA 1:00");
}

TEST(FormatIngestProgressTest, ClaimsNothingAtTheEnds) {
  const Style log = {false, false, 90};
  EXPECT_EQ(FormatIngestProgress(ingest::IngestProgress(), log), "  0%  0/0 files");
  EXPECT_THAT(FormatIngestProgress(Progress(1, 1000, 0.2), log), Not(HasSubstr("ETA")));
  EXPECT_THAT(FormatIngestProgress(Progress(1169, 10000000, 20), log), Not(HasSubstr("ETA")));
  EXPECT_THAT(FormatIngestProgress(Progress(1169, 10000000, 20), log), HasSubstr("100%"));
}

TEST(FormatIngestProgressTest, FitsAnEightyColumnTerminal) {
  const Style terminal = {true, false, 80};
  EXPECT_LE(FormatIngestProgress(Progress(1168, 9999999, 3600), terminal).size(), 80);
}

TEST(ProgressLineTest, RewritesItselfOnATerminalAndIsRemoved) {
  std::ostringstream out;
  {
    ProgressLine line({true, false, 80}, out);
    line.Update([] { return "one"; });
    line.Update([] { return "too soon"; });
  }
  EXPECT_EQ(out.str(), "\r\x1b[Kone\r\x1b[K");
}

TEST(ProgressLineTest, WritesPlainLinesElsewhere) {
  std::ostringstream out;
  {
    ProgressLine line({false, false, 90}, out);
    line.Update([] { return "one"; });
    line.Update([] { return "too soon"; });
  }
  EXPECT_EQ(out.str(), "one\n");
}

TEST(BarTest, IsClampedAndHasAFixedWidth) {
  EXPECT_EQ(Bar(0, 4), "[----]");
  EXPECT_EQ(Bar(0.5, 4), "[##--]");
  EXPECT_EQ(Bar(1, 4), "[####]");
  EXPECT_EQ(Bar(7, 4), "[####]");
  EXPECT_EQ(Bar(-1, 4), "[----]");
}

}  // namespace
}  // namespace footnote::services::cli
