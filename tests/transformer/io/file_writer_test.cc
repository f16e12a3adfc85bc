#include "transformer/io/file_writer.h"

#include <filesystem>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "transformer/io/file.h"

namespace footnote::transformer {
namespace {

class FileWriterTest : public testing::Test {
 protected:
  void SetUp() override {
    dir_ = std::string(testing::TempDir()) + "/file_writer_" +
           testing::UnitTest::GetInstance()->current_test_info()->name();
    std::filesystem::remove_all(dir_);
    std::filesystem::create_directories(dir_);
    path_ = dir_ + "/f";
  }
  void TearDown() override { std::filesystem::remove_all(dir_); }

  std::string dir_, path_;
};

TEST_F(FileWriterTest, AFileAppearsWhenItIsWhole) {
  const std::string big(3 << 20, 'x');
  {
    const auto file = FileWriter::Create(path_);
    ASSERT_TRUE(file.ok()) << file.status();
    ASSERT_TRUE((*file)->Append("a").ok());
    ASSERT_TRUE((*file)->Append(big).ok());
    EXPECT_EQ((*file)->bytes(), big.size() + 1);
    EXPECT_FALSE(IsFile(path_));
    ASSERT_TRUE((*file)->Commit().ok());
  }
  EXPECT_EQ(*ReadFile(path_, 1 << 30), "a" + big);
  EXPECT_FALSE(IsFile(path_ + ".tmp"));
}

TEST_F(FileWriterTest, WithoutCommitTheOldFileStays) {
  ASSERT_TRUE(WriteFile(path_, "old").ok());
  {
    const auto file = FileWriter::Create(path_);
    ASSERT_TRUE(file.ok()) << file.status();
    ASSERT_TRUE((*file)->Append("new").ok());
  }
  EXPECT_EQ(*ReadFile(path_, 100), "old");
  EXPECT_FALSE(IsFile(path_ + ".tmp"));
  ASSERT_TRUE(WriteFile(path_, "new").ok());
  EXPECT_EQ(*ReadFile(path_, 100), "new");
}

TEST_F(FileWriterTest, ErrorsNameTheFile) {
  const auto file = FileWriter::Create(dir_ + "/none/f");
  EXPECT_EQ(file.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(file.status().message(), testing::HasSubstr("none/f"));
}

TEST_F(FileWriterTest, AFullDiskIsSaid) {
  // A device that is always full.
  std::filesystem::create_symlink("/dev/full", path_ + ".tmp");
  const auto file = FileWriter::Create(path_);
  ASSERT_TRUE(file.ok()) << file.status();
  absl::Status status = (*file)->Append("x");
  if (status.ok()) status = (*file)->Commit();
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
}

}  // namespace
}  // namespace footnote::transformer
