#include "services/cli/machine_report.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace footnote::services::cli {
namespace {

TEST(MachineReportTest, LargestModelsOfTenGigabytes) {
  const std::vector<LargestModel> models = LargestModels(10'000'000'000, 18e9);
  ASSERT_EQ(models.size(), 4);
  EXPECT_EQ(models[0].precision, "f32");
  EXPECT_EQ(models[0].parameters, 2'250'000'000);
  EXPECT_EQ(models[1].precision, "bf16");
  EXPECT_EQ(models[1].parameters, 4'500'000'000);
  EXPECT_EQ(models[2].precision, "int8");
  EXPECT_NEAR(static_cast<double>(models[2].parameters), 9.0e9, 0.02e9);
  EXPECT_EQ(models[3].precision, "int4");
  EXPECT_EQ(models[3].parameters, 16'000'000'000);
  // Whatever the precision, each token reads the nine gigabytes.
  for (const LargestModel& model : models) EXPECT_DOUBLE_EQ(model.tokens_per_second, 2);
}

TEST(MachineReportTest, NothingIsKnown) {
  for (const LargestModel& model : LargestModels(0, 0)) {
    EXPECT_EQ(model.parameters, 0);
    EXPECT_EQ(model.tokens_per_second, 0);
  }
}

TEST(MachineReportTest, ThisMachine) {
  const Machine machine = DescribeMachine();
  EXPECT_GE(machine.cpus, 1);
  EXPECT_GT(machine.memory_bytes, 0);
  EXPECT_LE(machine.available_bytes, machine.memory_bytes);
  EXPECT_THAT(machine.system, testing::StartsWith("Linux"));
}

TEST(MachineReportTest, RatesAreMeasured) {
  const auto rates = MeasureRates();
  ASSERT_TRUE(rates.ok()) << rates.status();
  EXPECT_EQ(rates->threads, DescribeMachine().cpus);
  for (const double rate : {rates->read_bandwidth, rates->f32, rates->bf16, rates->int8}) {
    EXPECT_GT(rate, 1e6);
    EXPECT_LT(rate, 1e16);
  }
}

}  // namespace
}  // namespace footnote::services::cli
