#include "retrieval/index/document_fields.h"

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "retrieval/index/bitmap.h"

namespace footnote::retrieval {
namespace {

TEST(StringTableTest, EqualTextsHaveOneNumber) {
  StringTable table;
  std::vector<uint32_t> numbers;
  for (int i = 0; i < 5000; ++i) numbers.push_back(table.Intern(absl::StrCat(i % 1700)));
  EXPECT_EQ(table.size(), 1700u);
  for (int i = 0; i < 5000; ++i) EXPECT_EQ(table[numbers[i]], absl::StrCat(i % 1700));
  EXPECT_EQ(table.Intern("17"), numbers[17]);
}

// A write that fails has interned into a copy that is dropped; the next one
// begins at the copy before it.
TEST(StringTableTest, ADroppedCopyLeavesNothing) {
  StringTable table;
  EXPECT_EQ(table.Intern("kept"), 0u);
  {
    StringTable dropped = table;
    EXPECT_EQ(dropped.Intern("lost"), 1u);
    EXPECT_EQ(dropped.Intern("found"), 2u);
  }
  StringTable next = table;
  EXPECT_EQ(next.Intern("new"), 1u);
  EXPECT_EQ(next.Intern("found"), 2u);
  EXPECT_EQ(next.Intern("lost"), 3u);
  EXPECT_EQ(next.Intern("new"), 1u);
  EXPECT_EQ(next.Intern("kept"), 0u);
  EXPECT_EQ(table.size(), 1u);
  EXPECT_EQ(next[3], "lost");
}

TEST(DocumentFieldsTest, KeepsWhatEachSlotHas) {
  DocumentFields fields;
  fields.Add("T", "/s", {{"a", "1"}, {"b", ""}});
  const DocumentFields older = fields;
  fields.Add("", "", {});
  fields.Add("T", "/u", {{"b", "1"}});
  EXPECT_EQ(fields.slots(), 3u);
  EXPECT_EQ(fields.Title(0), "T");
  EXPECT_EQ(fields.Source(2), "/u");
  EXPECT_EQ(fields.Title(1), "");
  EXPECT_EQ(fields.Metadata(0), (std::map<std::string, std::string>{{"a", "1"}, {"b", ""}}));
  EXPECT_TRUE(fields.Metadata(1).empty());
  EXPECT_FALSE(fields.ValueOf(1, DocumentFields::kTitle).has_value());
  const auto b = fields.KeyOf("b");
  ASSERT_TRUE(b.has_value());
  EXPECT_EQ(fields.text(*fields.ValueOf(0, *b)), "");
  EXPECT_EQ(fields.text(*fields.ValueOf(2, *b)), "1");
  EXPECT_FALSE(fields.ValueOf(1, *b).has_value());
  EXPECT_FALSE(fields.KeyOf("c").has_value());
  EXPECT_FALSE(fields.KeyOf("title").has_value());
  // The copy stands where it was made.
  EXPECT_EQ(older.slots(), 1u);
  EXPECT_EQ(older.Metadata(0).size(), 2u);
}

TEST(BitmapTest, RunsAreThoseOfSingleBits) {
  std::mt19937_64 random(1);
  for (int round = 0; round < 200; ++round) {
    Bitmap bitmap;
    std::vector<bool> bits;
    while (bits.size() < 300) {
      const size_t count = random() % 150;
      const bool value = random() % 2 == 0;
      bitmap.Append(count, value);
      bits.insert(bits.end(), count, value);
    }
    const size_t begin = random() % bits.size(), count = random() % (bits.size() - begin + 1);
    const bool value = random() % 2 == 0;
    bitmap.SetRange(begin, count, value);
    std::fill_n(bits.begin() + static_cast<ptrdiff_t>(begin), count, value);
    size_t next_set = bits.size(), next_clear = bits.size();
    EXPECT_EQ(bitmap.NextSet(bits.size()), bits.size());
    for (size_t i = bits.size(); i-- > 0;) {
      (bits[i] ? next_set : next_clear) = i;
      ASSERT_EQ(bitmap.Test(i), bits[i]) << i;
      ASSERT_EQ(bitmap.NextSet(i), next_set) << i;
      ASSERT_EQ(bitmap.NextClear(i), next_clear) << i;
    }
    EXPECT_EQ(bitmap.Count(), static_cast<size_t>(std::count(bits.begin(), bits.end(), true)));
  }
}

}  // namespace
}  // namespace footnote::retrieval
