// Grants that change under searches: 200 principals and 5,000 documents, and a
// model of who sees what that knows nothing of the engine. FOOTNOTE_SEARCHES and
// FOOTNOTE_GRANT_DOCUMENTS make it longer; the whole test is 20,000 searches.
#include <algorithm>
#include <cstdlib>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "retrieval/engine.h"
#include "tests/retrieval/testing.h"

namespace footnote::retrieval {
namespace {

constexpr size_t kPrincipals = 200;
constexpr size_t kGroups = 20;  // of the principals; the others are people

size_t FromEnvironment(const char* name, size_t otherwise) {
  const char* value = std::getenv(name);
  size_t number = 0;
  return value != nullptr && absl::SimpleAtoi(value, &number) ? number : otherwise;
}

// Who is who, and who was granted or denied what: plain sets of numbers.
struct Grants {
  std::set<size_t> allowed, denied;

  bool Sees(const std::set<size_t>& caller) const {
    if (allowed.empty() && denied.empty()) return true;
    bool granted = allowed.empty() && !caller.empty();
    for (const size_t who : caller) {
      if (denied.count(who) > 0) return false;
      granted = granted || allowed.count(who) > 0;
    }
    return granted;
  }
};

class GrantsTest : public testing::Test {
 protected:
  static std::string Name(size_t principal) {
    return absl::StrCat(principal < kGroups ? "group:" : "user:", principal);
  }
  static std::vector<std::string> Names(const std::set<size_t>& principals) {
    std::vector<std::string> out;
    for (const size_t p : principals) out.push_back(Name(p));
    return out;
  }
  size_t Roll(size_t n) { return random_() % n; }
  std::set<size_t> Some(size_t most) {
    std::set<size_t> out;
    for (size_t n = Roll(most + 1); n > 0; --n) out.insert(Roll(kPrincipals));
    return out;
  }
  Grants SomeGrants() {
    Grants out;
    if (Roll(10) == 0) return out;  // for everybody
    out.allowed = Some(20);
    if (Roll(3) == 0) out.denied = Some(5);
    return out;
  }
  // One chunk each, without a model's cost: what matters here is who sees it.
  DocumentWrite Write(size_t document) {
    DocumentWrite out;
    out.document.id = absl::StrCat("d", document);
    out.document.collection = kDefaultCollection;
    out.document.title = "Title";
    out.document.text = absl::StrCat("common word", document % 50);
    out.document.access = {Names(grants_[document].allowed), Names(grants_[document].denied)};
    out.chunks.push_back({0, static_cast<uint32_t>(out.document.text.size()), 2, "Title"});
    out.vectors = {1, static_cast<float>(document % 97) / 97};
    return out;
  }
  void Apply(const std::set<size_t>& documents) {
    std::vector<DocumentWrite> writes;
    for (const size_t d : documents) writes.push_back(Write(d));
    const auto token = engine_->Apply(writes);
    ASSERT_TRUE(token.ok()) << token.status();
  }
  void CheckOneSearch() {
    std::set<size_t> caller = Some(4);
    if (!caller.empty()) caller.insert(Roll(kGroups));
    SearchRequest request;
    request.query = absl::StrCat("word", Roll(50));
    request.mode = SearchMode::kLexical;
    request.k = kMaxK;
    request.principals = Names(caller);
    const auto result = engine_->Search(request);
    ASSERT_TRUE(result.ok()) << result.status();
    std::set<std::string> found, expected;
    for (const Hit& hit : result->hits) found.insert(hit.doc);
    const size_t word = std::stoul(request.query.substr(4));
    for (size_t d = word; d < grants_.size(); d += 50) {
      ++decisions_;
      if (grants_[d].Sees(caller)) expected.insert(absl::StrCat("d", d));
    }
    ASSERT_EQ(found, expected);
    ASSERT_EQ(result->hits.size(), expected.size());
    // And one by its id.
    const size_t d = Roll(grants_.size());
    ASSERT_EQ(
        engine_->GetDocument(kDefaultCollection, absl::StrCat("d", d), request.principals).ok(),
        grants_[d].Sees(caller));
  }

  std::mt19937_64 random_{20261121};
  TempFolder folder_;
  WordEmbedder embedder_{2};
  std::unique_ptr<Engine> engine_ = OpenEngine(folder_.path(), embedder_);
  std::vector<Grants> grants_;
  size_t decisions_ = 0;
};

TEST_F(GrantsTest, NoSearchShowsWhatIsNotGrantedNow) {
  const size_t searches = FromEnvironment("FOOTNOTE_SEARCHES", 400);
  grants_.resize(FromEnvironment("FOOTNOTE_GRANT_DOCUMENTS", 5000));
  for (size_t begin = 0; begin < grants_.size(); begin += 500) {
    std::set<size_t> batch;
    for (size_t d = begin; d < std::min(begin + 500, grants_.size()); ++d) {
      grants_[d] = SomeGrants();
      batch.insert(d);
    }
    ASSERT_NO_FATAL_FAILURE(Apply(batch));
  }
  for (size_t i = 0; i < searches; ++i) {
    if (i % 10 == 9) {
      std::set<size_t> changed;
      for (size_t n = 1 + Roll(40); n > 0; --n) {
        const size_t d = Roll(grants_.size());
        grants_[d] = SomeGrants();
        changed.insert(d);
      }
      ASSERT_NO_FATAL_FAILURE(Apply(changed));
    }
    ASSERT_NO_FATAL_FAILURE(CheckOneSearch());
  }
  RecordProperty("decisions", static_cast<int>(decisions_));
  ExpectSound(*engine_);
}

}  // namespace
}  // namespace footnote::retrieval
