#include "services/http/query.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "footnote/v1/footnote.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace footnote::services {
namespace {

using ::testing::HasSubstr;

TEST(QueryTest, SetsFieldsOfEveryType) {
  v1::SearchRequest request;
  ASSERT_TRUE(QueryToProto("query=a+b%20c%C3%A9%2B%26&k=-3&mode=lexical&dense_weight=2.5e-1&"
                           "principals=x&principals=y&min_sequence=18446744073709551615&&",
                           &request)
                  .ok());
  EXPECT_EQ(request.query(), "a b c\xC3\xA9+&");
  EXPECT_EQ(request.k(), -3);
  EXPECT_EQ(request.mode(), v1::SearchRequest::LEXICAL);
  EXPECT_EQ(request.dense_weight(), 0.25);
  EXPECT_EQ(request.principals_size(), 2);
  EXPECT_EQ(request.min_sequence(), ~uint64_t{0});
}

TEST(QueryTest, AFilterIsWrittenAsAPersonDoes) {
  v1::SearchRequest request;
  ASSERT_TRUE(
      QueryToProto("query=x&filter=lang+%3D+%22en%22+and+not+exists(draft)", &request).ok());
  ASSERT_EQ(request.filter().all_size(), 2);
  EXPECT_EQ(request.filter().all(0).field(), "lang");
  EXPECT_EQ(request.filter().all(0).equals().string_value(), "en");
  EXPECT_TRUE(request.filter().all(1).none(0).exists());
  const absl::Status status = QueryToProto("query=x&filter=lang+%3D+en", &request);
  EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
  EXPECT_THAT(std::string(status.message()), HasSubstr("at byte 8"));
  EXPECT_FALSE(QueryToProto("query=x&filter=a%3D1&filter=b%3D1", &request).ok());
}

TEST(QueryTest, BadParametersAreNamed) {
  const std::pair<const char*, const char*> cases[] = {
      {"nope=1", "nope"},
      {"nope=1", "query, collection, k, mode"},
      {"Query=x", "Query"},
      {"k=", "k"},
      {"k=1.5", "k"},
      {"k=2147483648", "k"},
      {"k=-2147483649", "k"},
      {"k=0x10", "k"},
      {"min_sequence=-1", "min_sequence"},
      {"min_sequence=18446744073709551616", "min_sequence"},
      {"dense_weight=x", "dense_weight"},
      {"mode=best", "HYBRID, DENSE, LEXICAL"},
      {"mode=1", "mode"},
      {"query=a&query=b", "twice"},
      {"query=%", "%"},
      {"query=%4", "%"},
      {"query=%zz", "%"},
      {"%6=x", "%"},
  };
  for (const auto& [query, part] : cases) {
    v1::SearchRequest request;
    const absl::Status status = QueryToProto(query, &request);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << query;
    EXPECT_THAT(std::string(status.message()), HasSubstr(part)) << query;
  }
}

TEST(QueryTest, MessagesAndMapsArentParameters) {
  v1::IngestDocument document;
  EXPECT_FALSE(QueryToProto("metadata=x", &document).ok());
  v1::IngestBatch batch;
  EXPECT_FALSE(QueryToProto("documents=x", &batch).ok());
}

TEST(QueryTest, TheNumberOfPairsIsBounded) {
  std::string query;
  for (int i = 0; i < 1001; ++i) absl::StrAppend(&query, "principals=x&");
  v1::SearchRequest request;
  EXPECT_FALSE(QueryToProto(query, &request).ok());
}

}  // namespace
}  // namespace footnote::services
