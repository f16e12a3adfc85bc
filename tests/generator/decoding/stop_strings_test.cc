#include "generator/decoding/stop_strings.h"

#include <optional>
#include <random>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace footnote::generator {
namespace {

using ::testing::HasSubstr;

struct Cut {
  std::string text;
  std::optional<std::string> stop;
};

Cut CutIt(const std::vector<std::string>& stops, const std::vector<std::string>& pieces) {
  StopMatcher matcher(stops);
  Cut cut;
  for (const std::string& piece : pieces) cut.text += matcher.Push(piece);
  cut.text += matcher.Finish();
  if (matcher.found() != nullptr) cut.stop = *matcher.found();
  return cut;
}

// From the definition: the least end at which a stop string ends, and there the
// longest.
Cut Reference(const std::vector<std::string>& stops, const std::string& text) {
  for (size_t end = 1; end <= text.size(); ++end) {
    std::optional<std::string> longest;
    for (const std::string& stop : stops) {
      if (stop.size() > end || text.compare(end - stop.size(), stop.size(), stop) != 0) continue;
      if (!longest.has_value() || stop.size() > longest->size()) longest = stop;
    }
    if (longest.has_value()) return {text.substr(0, end - longest->size()), longest};
  }
  return {text, std::nullopt};
}

TEST(StopMatcherTest, CutsAtTheStopStringWhereverThePiecesEnd) {
  for (const std::vector<std::string>& pieces : {std::vector<std::string>{"Hello</end>more"},
                                                 {"Hello<", "/", "end>", "more"},
                                                 {"Hel", "lo</e", "nd>more"}}) {
    const Cut cut = CutIt({"</end>"}, pieces);
    EXPECT_EQ(cut.text, "Hello");
    EXPECT_EQ(cut.stop, "</end>");
  }
}

TEST(StopMatcherTest, HoldsBackOnlyWhatMayBecomeOne) {
  StopMatcher matcher(std::vector<std::string>{"\n\nQ:", "END"});
  EXPECT_EQ(matcher.Push("one\n"), "one");
  EXPECT_EQ(matcher.Push("two\n\n"), "\ntwo");
  EXPECT_EQ(matcher.Push("QE"), "\n\nQ");
  EXPECT_EQ(matcher.Push("N"), "");
  EXPECT_EQ(matcher.Finish(), "EN");
  EXPECT_EQ(matcher.found(), nullptr);
}

TEST(StopMatcherTest, WithoutStopStringsAllPasses) {
  StopMatcher matcher({});
  EXPECT_EQ(matcher.Push("anything"), "anything");
  EXPECT_EQ(matcher.Finish(), "");
}

TEST(StopMatcherTest, SaysNothingAfterTheEnd) {
  StopMatcher matcher(std::vector<std::string>{"x"});
  EXPECT_EQ(matcher.Push("axb"), "a");
  EXPECT_EQ(matcher.Push("c"), "");
  EXPECT_EQ(matcher.Finish(), "");
}

TEST(StopMatcherTest, AgreesWithTheDefinitionForAnyCut) {
  std::mt19937 random(17);
  const auto word = [&](size_t longest) {
    std::string s(random() % longest + 1, ' ');
    for (char& c : s) c = static_cast<char>('a' + random() % 3);
    return s;
  };
  int stopped = 0;
  for (int round = 0; round < 5000; ++round) {
    std::vector<std::string> stops;
    for (size_t n = random() % 4; n > 0; --n) stops.push_back(word(5));
    const std::string text = word(30);
    std::vector<std::string> pieces;
    for (size_t at = 0; at < text.size();) {
      const size_t size = random() % 5;
      pieces.push_back(text.substr(at, size));
      at += pieces.back().size();
    }
    const Cut expected = Reference(stops, text);
    const Cut got = CutIt(stops, pieces);
    ASSERT_EQ(got.text, expected.text) << text;
    ASSERT_EQ(got.stop, expected.stop) << text;
    stopped += expected.stop.has_value() ? 1 : 0;
  }
  EXPECT_GT(stopped, 1000);
}

TEST(StopStringsTest, AreChecked) {
  EXPECT_TRUE(ValidateStopStrings({}).ok());
  EXPECT_TRUE(ValidateStopStrings({"a", "\n\n"}).ok());
  EXPECT_THAT(std::string(ValidateStopStrings({""}).message()), HasSubstr("empty"));
  EXPECT_THAT(std::string(ValidateStopStrings({"\xff"}).message()), HasSubstr("UTF-8"));
  EXPECT_THAT(std::string(ValidateStopStrings({std::string(257, 'x')}).message()),
              HasSubstr("257 bytes; at most 256"));
  EXPECT_THAT(std::string(ValidateStopStrings(std::vector<std::string>(17, "x")).message()),
              HasSubstr("17 stop strings; at most 16"));
}

}  // namespace
}  // namespace footnote::generator
