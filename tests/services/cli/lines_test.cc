#include "services/cli/lines.h"

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace footnote::services::cli {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

using Batches = std::vector<std::pair<uint64_t, std::vector<std::string>>>;

Batches Read(const std::string& input, size_t batch) {
  std::istringstream in(input);
  Batches batches;
  const absl::Status status =
      ForEachLineBatch(in, batch, [&](const std::vector<std::string>& lines, uint64_t first) {
        batches.emplace_back(first, lines);
        return absl::OkStatus();
      });
  EXPECT_TRUE(status.ok()) << status;
  return batches;
}

TEST(ForEachLineBatchTest, NumbersLinesAndKeepsBlankOnes) {
  EXPECT_THAT(Read("a\r\n\nc", 2),
              ElementsAre(Pair(0, ElementsAre("a", "")), Pair(2, ElementsAre("c"))));
  EXPECT_THAT(Read("a\nb\n", 2), ElementsAre(Pair(0, ElementsAre("a", "b"))));
  EXPECT_THAT(Read("", 2), IsEmpty());
}

TEST(ForEachLineBatchTest, NamesTheLineThatIsNotUtf8) {
  std::istringstream in("a\nb\n\xff\n");
  const absl::Status status = ForEachLineBatch(
      in, 2, [](const std::vector<std::string>&, uint64_t) { return absl::OkStatus(); });
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("line 3 "));
}

TEST(ForEachLineBatchTest, StopsAtAnError) {
  std::istringstream in("a\nb\n");
  int calls = 0;
  const absl::Status status =
      ForEachLineBatch(in, 1, [&](const std::vector<std::string>&, uint64_t) {
        ++calls;
        return absl::CancelledError();
      });
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace footnote::services::cli
