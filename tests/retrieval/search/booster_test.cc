#include "retrieval/search/booster.h"

#include <cmath>
#include <map>
#include <string>

#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "gtest/gtest.h"

namespace footnote::retrieval {
namespace {

absl::Time Day(int year, int month, int day) {
  return absl::FromCivil(absl::CivilDay(year, month, day), absl::UTCTimeZone());
}

class BoosterTest : public testing::Test {
 protected:
  BoosterTest() : state_("default", Record()) {
    Add({{"updated", "2024-02-29"}, {"views", "99"}, {"type", "manual"}});
    Add({{"updated", "2024-02"}, {"views", "many"}});
    Add({});
    Add({{"updated", "2999-01-01"}, {"views", "-1e300"}});
  }
  static CollectionRecord Record() {
    CollectionRecord record;
    record.dim = 1;
    return record;
  }
  void Add(const std::map<std::string, std::string>& metadata) {
    const float vector = 1;
    const uint32_t terms = 1;
    const auto n = state_.slots() + 1;
    state_.Add({n, "doc" + std::to_string(n), {}, "T", "/s", metadata}, {&terms, 1}, &vector);
  }
  double Of(const std::string& text, size_t slot) {
    const auto boost = ParseBoost(text);
    EXPECT_TRUE(boost.ok()) << boost.status();
    return boost.ok() ? Booster(state_, *boost, Day(2024, 3, 30)).Of(slot) : 0;
  }

  CollectionState state_;
};

TEST_F(BoosterTest, Computes) {
  EXPECT_DOUBLE_EQ(Of("1 + 2 * 3 - 4", 0), 3);
  EXPECT_DOUBLE_EQ(Of("min(2, 1) + max(3, 4, 2)", 0), 5);
  EXPECT_DOUBLE_EQ(Of("1 + log(number(views))", 0), 1 + std::log(100.0));
  EXPECT_DOUBLE_EQ(Of("1 + log(-5)", 0), 1);
}

TEST_F(BoosterTest, HalvesWithEachSoManyDays) {
  EXPECT_DOUBLE_EQ(Of("recent(updated, 30)", 0), 0.5);  // 30 days ago
  EXPECT_DOUBLE_EQ(Of("recent(updated, 15)", 0), 0.25);
  EXPECT_DOUBLE_EQ(Of("recent(updated, 29)", 1), 0.25);   // the month's first day, 58 days ago
  EXPECT_DOUBLE_EQ(Of("1 + recent(updated, 30)", 2), 1);  // no date
  EXPECT_DOUBLE_EQ(Of("recent(updated, 30)", 3), 1);      // to come
  EXPECT_DOUBLE_EQ(Of("1 + recent(views, 30)", 0),
                   1 + std::exp2(-1 / 30.0 * absl::ToDoubleHours(Day(2024, 3, 30) - Day(99, 1, 1)) /
                                 24));  // a year, if an old one
}

TEST_F(BoosterTest, FieldsThatAreNotThereGiveTheDefault) {
  EXPECT_DOUBLE_EQ(Of("number(views)", 0), 99);
  EXPECT_DOUBLE_EQ(Of("number(views, 7)", 1), 7);
  EXPECT_DOUBLE_EQ(Of("number(views, 7)", 2), 7);
  EXPECT_DOUBLE_EQ(Of("number(nowhere, 7)", 0), 7);
  EXPECT_DOUBLE_EQ(Of("1 + 2 * passes(type = 'manual')", 0), 3);
  EXPECT_DOUBLE_EQ(Of("1 + 2 * passes(type = 'manual')", 1), 1);
  EXPECT_DOUBLE_EQ(Of("1 + passes(doc = 'doc2')", 1), 2);
}

TEST_F(BoosterTest, StaysBetweenItsBounds) {
  EXPECT_EQ(Of("0", 0), kMinBoost);
  EXPECT_EQ(Of("-5", 0), kMinBoost);
  EXPECT_EQ(Of("1e300 * 1e300 * 1e300", 0), kMaxBoost);
  EXPECT_EQ(Of("number(views) * number(views)", 3), kMaxBoost);
  EXPECT_EQ(Of("1e300 - 1e300 * 1e300", 0), kMinBoost);
}

TEST(BoostedTest, MoreIsNeverWorse) {
  EXPECT_GT(Boosted(0.5, 2), Boosted(0.5, 1));
  EXPECT_GT(Boosted(-0.5, 2), Boosted(-0.5, 1));
  EXPECT_EQ(Boosted(0, 2), 0);
  EXPECT_EQ(Boosted(-0.5, 1), -0.5);
}

TEST(ReadDateTest, ReadsIsoDatesAlone) {
  EXPECT_EQ(ReadDate("2024-02-29"), Day(2024, 2, 29));
  EXPECT_EQ(ReadDate("2024-02"), Day(2024, 2, 1));
  EXPECT_EQ(ReadDate("2024"), Day(2024, 1, 1));
  EXPECT_EQ(ReadDate("2024-02-29T12:30:00Z"), Day(2024, 2, 29) + absl::Minutes(750));
  EXPECT_EQ(ReadDate("2024-02-29T12:30:00+02:00"), Day(2024, 2, 29) + absl::Minutes(630));
  EXPECT_EQ(ReadDate("2024-02-29 12:30:00"), Day(2024, 2, 29) + absl::Minutes(750));
  for (const char* text :
       {"", "yesterday", "2024-13-01", "2023-02-29", "29.02.2024", "2024-02-29x"}) {
    EXPECT_EQ(ReadDate(text), std::nullopt) << text;
  }
}

}  // namespace
}  // namespace footnote::retrieval
