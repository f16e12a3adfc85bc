#include "services/json.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "footnote/v1/footnote.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"

namespace footnote::services {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(JsonTest, PrintsTheContractsNamesAndDefaults) {
  v1::Passage passage;
  passage.set_heading_path("a / b");
  const std::string json = ToJson(passage);
  EXPECT_THAT(json, HasSubstr("\"heading_path\":\"a / b\""));
  EXPECT_THAT(json, HasSubstr("\"start\":0"));
  EXPECT_THAT(json, Not(HasSubstr("\"dense\"")));
  EXPECT_THAT(json, Not(HasSubstr("\n")));
}

TEST(JsonTest, MessagesRoundTrip) {
  v1::SearchRequest request;
  request.set_query("h\xC3\xA9 \"\\\n\x01 \xF0\x9F\x98\x80 \xE2\x80\xA8");
  request.set_k(3);
  request.set_mode(v1::SearchRequest::LEXICAL);
  request.set_dense_weight(0.1);
  request.set_min_sequence(~uint64_t{0});
  request.add_principals("p");
  v1::SearchRequest parsed;
  for (const bool pretty : {false, true}) {
    ASSERT_TRUE(FromJson(ToJson(request, pretty), &parsed).ok());
    EXPECT_EQ(parsed.SerializeAsString(), request.SerializeAsString());
  }
}

TEST(JsonTest, BadJsonIsAnErrorThatSaysWhere) {
  struct Case {
    std::string json;
    std::string part;
  };
  const Case cases[] = {
      {"", ""},
      {"{", ""},
      {"[]", ""},
      {"null", ""},
      {"3", ""},
      {R"({"query":"x","nope":1})", "nope"},
      {R"({"query":1})", "query"},
      {R"({"query":["x"]})", "query"},
      {R"({"k":"many"})", "k"},
      {R"({"k":1.5})", "k"},
      {R"({"k":2147483648})", "k"},
      {R"({"k":1e10})", "k"},
      {R"({"min_sequence":-1})", "min_sequence"},
      {R"({"min_sequence":18446744073709551616})", ""},
      {R"({"mode":"BEST"})", "mode"},
      {R"({"principals":{"x":"y"}})", "principals"},
      {R"({"query":"x"}{"query":"y"})", ""},
      {"{\"query\":\"\xFF\"}", "UTF-8"},
      {"{\"query\":\"\xED\xA0\x80\"}", "UTF-8"},
      {std::string(100000, '['), "nested"},
      {absl::StrCat("{\"a\":", std::string(100, '['), std::string(100, ']'), "}"), "nested"},
  };
  for (const Case& c : cases) {
    v1::SearchRequest request;
    const absl::Status status = FromJson(c.json, &request);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << c.json.substr(0, 80);
    EXPECT_THAT(std::string(status.message()), HasSubstr(c.part)) << c.json.substr(0, 80);
  }
}

TEST(JsonTest, BracketsInStringsArentNesting) {
  v1::SearchRequest request;
  const std::string query = std::string(1000, '[') + "\\\"" + std::string(1000, '{');
  EXPECT_TRUE(FromJson("{\"query\":\"" + query + "\"}", &request).ok());
}

// Any bytes become one line of valid JSON.
TEST(JsonTest, JsonStringIsAlwaysValid) {
  for (int a = 0; a < 256; ++a) {
    for (const int b : {0x00, 0x61, 0x22, 0x5C, 0x80, 0xC3, 0xE2, 0xFF}) {
      const std::string bytes = {'x', static_cast<char>(a), static_cast<char>(b)};
      const std::string json = JsonString(bytes);
      for (const char c : json) EXPECT_GE(static_cast<unsigned char>(c), 0x20);
      EXPECT_NO_THROW({
        const std::string back = nlohmann::json::parse(json);
        if (a < 0x80 && b < 0x80) {
          EXPECT_EQ(back, bytes);
        }
      }) << json;
    }
  }
  EXPECT_EQ(JsonString("\xE2\x80\xA8"), "\"\\u2028\"");
  EXPECT_EQ(JsonString("\r\n\x1B[31m\x7F"), "\"\\r\\n\\u001b[31m\\u007f\"");
}

}  // namespace
}  // namespace footnote::services
