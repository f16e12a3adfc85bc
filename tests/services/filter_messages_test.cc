#include "services/filter_messages.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "retrieval/filter/filter_parser.h"
#include "services/json.h"

namespace footnote::services {
namespace {

using testing::HasSubstr;

retrieval::Filter Parsed(const std::string& text) {
  const auto filter = retrieval::ParseFilter(text);
  EXPECT_TRUE(filter.ok()) << filter.status();
  return *filter;
}

absl::StatusOr<retrieval::Filter> FromText(const std::string& json) {
  v1::Filter message;
  const absl::Status status = FromJson(json, &message);
  if (!status.ok()) return status;
  return FilterFromProto(message);
}

// What REST sends, and the same as a person writes it.
TEST(FilterMessagesTest, JsonSaysWhatTextSays) {
  const std::pair<const char*, const char*> cases[] = {
      {R"({"field":"lang","equals":"en"})", "lang = 'en'"},
      {R"({"field":"year","equals":2020})", "year = 2020"},
      {R"({"field":"lang","one_of":["en","de",3]})", "lang in ('en', 'de', 3)"},
      {R"({"field":"year","gte":2020,"lt":2024.5})", "year < 2024.5 and year >= 2020"},
      {R"({"field":"date","gt":"2020-01-01"})", "date > '2020-01-01'"},
      {R"({"field":"date","lte":"2020"})", "date <= '2020'"},
      {R"({"field":"source","prefix":"/a/"})", "prefix(source, '/a/')"},
      {R"({"field":"draft","exists":true})", "exists(draft)"},
      {R"({"field":"draft","exists":false})", "not exists(draft)"},
      {R"({"any":[{"field":"a","equals":1},{"field":"b","equals":2}]})", "a = 1 or b = 2"},
      {R"({"all":[{"field":"a","equals":1},{"field":"b","equals":2}]})", "a = 1 and b = 2"},
      {R"({"none":[{"field":"a","equals":1},{"field":"b","equals":2}]})", "not (a = 1 or b = 2)"},
      {R"({"field":"lang","equals":"en","none":[{"field":"draft","exists":true}]})",
       "not exists(draft) and lang = 'en'"},
  };
  for (const auto& [json, text] : cases) {
    const auto filter = FromText(json);
    ASSERT_TRUE(filter.ok()) << json << ": " << filter.status();
    EXPECT_TRUE(*filter == Parsed(text)) << json;
    const auto again = FilterFromProto(ToProto(*filter));
    ASSERT_TRUE(again.ok()) << again.status();
    EXPECT_TRUE(*again == *filter) << json;
  }
}

TEST(FilterMessagesTest, WhatSaysNothingIsRefused) {
  const std::pair<const char*, const char*> cases[] = {
      {"{}", "it is empty"},
      {R"({"all":[{}]})", "it is empty"},
      {R"({"field":"lang"})", "nothing is asked of \"lang\""},
      {R"({"field":"lang","none":[{"field":"a","equals":1}]})", "nothing is asked of \"lang\""},
      {R"({"equals":"en"})", "has no field"},
      {R"({"field":"draft","equals":true})", "write truth values as strings"},
      {R"({"field":"draft","equals":null})", "neither a string nor a number"},
      {R"({"field":"draft","one_of":[["a"]]})", "neither a string nor a number"},
      {R"({"field":"meta.","exists":true})", "names no key"},
  };
  for (const auto& [json, error] : cases) {
    const auto filter = FromText(json);
    EXPECT_TRUE(absl::IsInvalidArgument(filter.status())) << json << ": " << filter.status();
    EXPECT_THAT(std::string(filter.status().message()), HasSubstr(error)) << json;
  }
}

// The deepest filter passes through JSON in both directions; a deeper one is an
// error, at any depth that the parser lets through.
TEST(FilterMessagesTest, DepthIsBounded) {
  std::string json = R"({"field":"a","one_of":["x","y"]})";
  for (int depth = 1; depth < 90; ++depth) {
    const auto filter = FromText(json);
    ASSERT_EQ(filter.ok(), depth <= retrieval::kMaxFilterDepth) << depth << filter.status();
    if (filter.ok()) {
      v1::Filter again;
      ASSERT_TRUE(FromJson(ToJson(ToProto(*filter)), &again).ok()) << depth;
    }
    json = absl::StrCat(R"({"any":[{"field":"b","equals":1},)", json, "]}");
  }
  v1::Filter message;
  v1::Filter* at = &message;
  for (int i = 0; i < 1000; ++i) at = at->add_all();
  EXPECT_THAT(std::string(FilterFromProto(message).status().message()), HasSubstr("deeper"));
}

}  // namespace
}  // namespace footnote::services
