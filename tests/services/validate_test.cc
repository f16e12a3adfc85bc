#include "services/validate.h"

#include <climits>
#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace footnote::services {
namespace {

using ::testing::HasSubstr;

const LimitsConfig kLimits;

v1::SearchRequest Query(const std::string& query) {
  v1::SearchRequest request;
  request.set_query(query);
  return request;
}

TEST(ValidateTest, QuestionsMustBeTextOfBoundedSize) {
  struct Case {
    std::string text;
    std::string error;  // "" for a good one
  };
  const Case cases[] = {
      {"why?", ""},
      {std::string(kLimits.max_question_bytes, 'x'), ""},
      {"", "is empty"},
      {" \t\n", "is empty"},
      {std::string(kLimits.max_question_bytes + 1, 'x'), "limits.max_question_bytes"},
      {std::string(100 << 10, 'x'), "102400 bytes"},
      {"a\xFF", "UTF-8"},
      {"\xED\xA0\x80", "UTF-8"},
  };
  for (const Case& c : cases) {
    v1::AskRequest ask;
    ask.set_question(c.text);
    for (const absl::Status& status : {Validate(ask, kLimits), Validate(Query(c.text), kLimits)}) {
      EXPECT_EQ(status.ok(), c.error.empty()) << status;
      EXPECT_THAT(std::string(status.message()), HasSubstr(c.error));
    }
  }
}

TEST(ValidateTest, EveryIntegerIsCheckedAtItsEdges) {
  for (const int k : {INT_MIN, -1, 0, 1, 1000, 1001, 1000000000, INT_MAX}) {
    v1::SearchRequest search = Query("x");
    search.set_k(k);
    EXPECT_EQ(Validate(search, kLimits).ok(), k >= 1 && k <= 1000) << k;
    v1::AskRequest ask;
    ask.set_question("x");
    ask.set_passages(k);
    EXPECT_EQ(Validate(ask, kLimits).ok(), k >= 1 && k <= 100) << k;
    for (const auto& set :
         {&v1::SearchRequest::set_candidates, &v1::SearchRequest::set_rerank_candidates}) {
      search = Query("x");
      (search.*set)(k);
      EXPECT_EQ(Validate(search, kLimits).ok(), k >= 1 && k <= 1000) << k;
    }
    search = Query("x");
    search.set_max_per_document(k);
    EXPECT_EQ(Validate(search, kLimits).ok(), k >= 0 && k <= 1000) << k;
    for (const auto& set :
         {&v1::SearchRequest::set_neighbours_before, &v1::SearchRequest::set_neighbours_after}) {
      search = Query("x");
      (search.*set)(k);
      EXPECT_EQ(Validate(search, kLimits).ok(), k >= 0 && k <= 20) << k;
    }
  }
  for (const int mode : {-1, 3, INT_MAX, INT_MIN}) {
    v1::SearchRequest search = Query("x");
    search.set_mode(static_cast<v1::SearchRequest::Mode>(mode));
    EXPECT_FALSE(Validate(search, kLimits).ok()) << mode;
    search = Query("x");
    search.set_fusion(static_cast<v1::SearchRequest::Fusion>(mode));
    EXPECT_FALSE(Validate(search, kLimits).ok()) << mode;
  }
}

TEST(ValidateTest, BoostsMustBeReadable) {
  v1::SearchRequest search = Query("x");
  for (const char* good : {"", "1", "1 + recent(updated, 30)"}) {
    search.set_boost(good);
    EXPECT_TRUE(Validate(search, kLimits).ok()) << good;
  }
  for (const char* bad : {"x", "1 +", "recent(updated)"}) {
    search.set_boost(bad);
    EXPECT_TRUE(absl::IsInvalidArgument(Validate(search, kLimits))) << bad;
  }
}

TEST(ValidateTest, WeightsMustBeBetween0And1) {
  const double inf = std::numeric_limits<double>::infinity();
  for (const auto& set :
       {&v1::SearchRequest::set_dense_weight, &v1::SearchRequest::set_fold_similarity,
        &v1::SearchRequest::set_mmr_lambda}) {
    for (const double good : {0.0, -0.0, 0.5, 1.0, 5e-324}) {
      v1::SearchRequest search = Query("x");
      (search.*set)(good);
      EXPECT_TRUE(Validate(search, kLimits).ok()) << good;
    }
    for (const double bad : {std::nan(""), -std::nan(""), inf, -inf, -1e-9, 1.0000001, 1e308}) {
      v1::SearchRequest search = Query("x");
      (search.*set)(bad);
      EXPECT_FALSE(Validate(search, kLimits).ok()) << bad;
    }
  }
}

TEST(ValidateTest, NamesAreBoundedTextWithoutNul) {
  for (const std::string& bad :
       {std::string(4097, 'x'), std::string("a\xFF"), std::string("a\0b", 3)}) {
    v1::SearchRequest search = Query("x");
    search.set_collection(bad);
    EXPECT_FALSE(Validate(search, kLimits).ok());
    search = Query("x");
    search.set_profile(bad);
    EXPECT_FALSE(Validate(search, kLimits).ok());
    search = Query("x");
    search.add_principals(bad);
    EXPECT_FALSE(Validate(search, kLimits).ok());
    v1::GetDocumentRequest get;
    get.set_doc(bad);
    EXPECT_FALSE(Validate(get, kLimits).ok());
    v1::DeleteRequest remove;
    remove.add_docs(bad);
    EXPECT_FALSE(Validate(remove, kLimits).ok());
    v1::IngestDocument document;
    document.set_id(bad);
    EXPECT_FALSE(Validate(document).ok());
    document.set_id("good");
    EXPECT_TRUE(Validate(document).ok());
    document.add_acl(bad);
    EXPECT_FALSE(Validate(document).ok());
    document.clear_acl();
    document.add_deny(bad);
    EXPECT_FALSE(Validate(document).ok());
    document.clear_deny();
    v1::SetAccessRequest access;
    access.set_collection(bad);
    EXPECT_FALSE(Validate(access, kLimits).ok());
    access.clear_collection();
    EXPECT_TRUE(Validate(access, kLimits).ok());
    access.add_acl(bad);
    EXPECT_FALSE(Validate(access, kLimits).ok());
    access.clear_acl();
    access.add_deny(bad);
    EXPECT_FALSE(Validate(access, kLimits).ok());
    (*document.mutable_metadata())[bad] = "x";
    EXPECT_FALSE(Validate(document).ok());
  }
}

// Nothing is asked and nothing is deleted by a filter that says nothing.
TEST(ValidateTest, FiltersAreCheckedWhereverTheyStand) {
  v1::Filter good, empty;
  good.set_field("lang");
  good.mutable_equals()->set_string_value("en");
  for (const auto& [filter, ok] : {std::pair(good, true), std::pair(empty, false)}) {
    v1::SearchRequest search = Query("x");
    *search.mutable_filter() = filter;
    EXPECT_EQ(Validate(search, kLimits).ok(), ok);
    v1::AskRequest ask;
    ask.set_question("x");
    *ask.mutable_filter() = filter;
    EXPECT_EQ(Validate(ask, kLimits).ok(), ok);
    v1::DeleteRequest remove;
    *remove.mutable_filter() = filter;
    EXPECT_EQ(Validate(remove, kLimits).ok(), ok);
    remove.add_docs("x");
    EXPECT_FALSE(Validate(remove, kLimits).ok());
  }
}

TEST(ValidateTest, ListsAreBounded) {
  LimitsConfig limits;
  limits.max_batch_documents = 2;
  limits.max_principals = 2;
  v1::IngestBatch batch;
  v1::DeleteRequest remove;
  v1::SearchRequest search = Query("x");
  EXPECT_FALSE(Validate(batch, limits).ok());
  EXPECT_FALSE(Validate(remove, limits).ok());
  for (int i = 1; i <= 3; ++i) {
    batch.add_documents();
    remove.add_docs("x");
    search.add_principals("x");
    EXPECT_EQ(Validate(batch, limits).ok(), i <= 2);
    EXPECT_EQ(Validate(remove, limits).ok(), i <= 2);
    EXPECT_EQ(Validate(search, limits).ok(), i <= 2);
  }
}

}  // namespace
}  // namespace footnote::services
