#include "retrieval/search/filter_matcher.h"

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "retrieval/filter/filter_parser.h"

namespace footnote::retrieval {
namespace {

constexpr size_t kDocuments = 300;

CollectionState Documents() {
  CollectionRecord record;
  record.dim = 1;
  CollectionState state("test", record);
  const float vector = 1;
  const uint32_t terms = 1;
  for (size_t i = 0; i < kDocuments; ++i) {
    std::map<std::string, std::string> metadata = {{"lang", i % 3 == 0 ? "en" : "de"},
                                                   {"year", absl::StrCat(1900 + i % 120)}};
    if (i % 5 == 0) metadata["draft"] = "yes";
    state.Add({i + 1, absl::StrCat("doc", i), {}, absl::StrCat("Title ", i), "/s", metadata},
              {&terms, 1}, &vector);
  }
  return state;
}

// Which documents pass, with so much memory for what is decided already.
std::vector<bool> Matches(const CollectionState& state, const Filter& filter, size_t bytes) {
  FilterMatcher matcher(state, filter, bytes);
  std::vector<bool> passes;
  for (size_t slot = 0; slot < state.slots(); ++slot) passes.push_back(matcher.Matches(slot));
  return passes;
}

TEST(FilterMatcherTest, DecidesTheSameWithAnyMemory) {
  const CollectionState state = Documents();
  for (const char* text :
       {R"(lang = "en")", "year >= 1950 and year < 2000", "exists(draft)",
        R"(not lang = "de" or prefix(title, "Title 1"))",
        R"(doc in ("doc3", "doc4") or (draft = "yes" and year > 2010))", R"(nothing = 1)"}) {
    const auto filter = ParseFilter(text);
    ASSERT_TRUE(filter.ok()) << filter.status();
    const std::vector<bool> remembered = Matches(state, *filter, FilterMatcher::kJudgementBytes);
    // None, one condition's, and two conditions'.
    for (const size_t conditions : {0, 1, 2}) {
      EXPECT_EQ(Matches(state, *filter, conditions * state.fields().values()), remembered)
          << text << ", memory for " << conditions;
    }
  }
}

TEST(FilterMatcherTest, WithoutMemoryStillFindsWhatPasses) {
  const CollectionState state = Documents();
  const auto filter = ParseFilter(R"(lang = "en" and exists(draft))");
  ASSERT_TRUE(filter.ok()) << filter.status();
  const std::vector<bool> passes = Matches(state, *filter, 0);
  for (size_t i = 0; i < kDocuments; ++i) EXPECT_EQ(passes[i], i % 15 == 0) << i;
}

}  // namespace
}  // namespace footnote::retrieval
