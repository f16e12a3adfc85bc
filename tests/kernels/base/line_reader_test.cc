#include "kernels/base/line_reader.h"

#include <zlib.h>

#include <fstream>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace footnote::kernels {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string WriteFile(const std::string& name, const std::string& bytes) {
  const std::string path = testing::TempDir() + "/line_reader_" + name;
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

std::string Gzip(const std::string& bytes) {
  z_stream stream = {};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(deflateBound(&stream, bytes.size()), '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = bytes.size();
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = out.size();
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

std::vector<std::string> Lines(const std::string& path) {
  auto reader = LineReader::Open(path);
  EXPECT_TRUE(reader.ok()) << reader.status();
  std::vector<std::string> lines;
  std::string line;
  while (true) {
    const auto more = reader->Next(&line);
    EXPECT_TRUE(more.ok()) << more.status();
    if (!more.ok() || !*more) return lines;
    lines.push_back(line);
    EXPECT_EQ(reader->line_number(), static_cast<int64_t>(lines.size()));
  }
}

struct Case {
  std::string name;
  std::string bytes;
  std::vector<std::string> lines;
};
class LineReaderTest : public testing::TestWithParam<Case> {};

TEST_P(LineReaderTest, PlainAndGzippedGiveTheSameLines) {
  const Case& c = GetParam();
  EXPECT_EQ(Lines(WriteFile(c.name, c.bytes)), c.lines);
  const std::string packed = WriteFile(c.name + ".gz", Gzip(c.bytes));
  EXPECT_EQ(Lines(packed), c.lines);
  const auto whole = ReadMaybeGzippedFile(packed, c.bytes.size());
  ASSERT_TRUE(whole.ok()) << whole.status();
  EXPECT_EQ(*whole, c.bytes);
}

INSTANTIATE_TEST_SUITE_P(Files, LineReaderTest,
                         testing::Values(Case{"empty", "", {}}, Case{"one_newline", "\n", {""}},
                                         Case{"no_last_newline", "a\nb", {"a", "b"}},
                                         Case{"blank_between", "a\n\nb\n", {"a", "", "b"}},
                                         Case{"carriage_returns", "a\r\nb\r\n", {"a", "b"}},
                                         Case{"longer_than_the_buffer",
                                              std::string(700000, 'x') + "\ny",
                                              {std::string(700000, 'x'), "y"}}),
                         [](const auto& info) { return info.param.name; });

TEST(LineReaderErrorsTest, SeveralGzipMembersAreOneFile) {
  EXPECT_THAT(Lines(WriteFile("members.gz", Gzip("a\n") + Gzip("b\n"))), ElementsAre("a", "b"));
}

TEST(LineReaderErrorsTest, CutAndDamagedGzipIsDataLossAndNamesTheFile) {
  std::string text;
  for (int i = 0; i < 20000; ++i) text += std::to_string(i * 7919) + "\n";
  const std::string packed = Gzip(text);
  std::string damaged = packed;
  damaged[damaged.size() / 2] ^= 0x40;
  for (const auto& [name, bytes] : std::vector<std::pair<std::string, std::string>>{
           {"cut.gz", packed.substr(0, packed.size() / 2)},
           {"no_trailer.gz", packed.substr(0, packed.size() - 8)},
           {"damaged.gz", damaged}}) {
    const auto whole = ReadMaybeGzippedFile(WriteFile(name, bytes), 1 << 30);
    ASSERT_FALSE(whole.ok()) << name;
    EXPECT_EQ(whole.status().code(), absl::StatusCode::kDataLoss) << name;
    EXPECT_THAT(std::string(whole.status().message()), HasSubstr(name));
  }
}

TEST(LineReaderErrorsTest, MissingFileFolderAndLimit) {
  EXPECT_EQ(LineReader::Open(testing::TempDir() + "/no such file").status().code(),
            absl::StatusCode::kNotFound);
  EXPECT_EQ(LineReader::Open(testing::TempDir()).status().code(),
            absl::StatusCode::kInvalidArgument);
  const std::string path = WriteFile("limit.gz", Gzip(std::string(1000, 'x')));
  EXPECT_TRUE(ReadMaybeGzippedFile(path, 1000).ok());
  EXPECT_EQ(ReadMaybeGzippedFile(path, 999).status().code(), absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace footnote::kernels
