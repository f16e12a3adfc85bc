#include "services/application.h"

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/convert.h"
#include "services/reranker.h"
#include "tests/services/fake_engine.h"

namespace footnote::services {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// One dimension for each of a few words.
class FakeEmbedder : public transformer::Embedder {
 public:
  absl::StatusOr<transformer::Embeddings> Embed(
      absl::Span<const absl::string_view> texts,
      const std::function<bool()>& cancelled) const override {
    if (cancelled()) return absl::CancelledError("cancelled");
    transformer::Embeddings out;
    out.rows = static_cast<int>(texts.size());
    out.dim = 1;
    out.values.assign(texts.size(), 1.0f);
    return out;
  }
  int CountTokens(absl::string_view text) const override {
    return static_cast<int>(text.size() / 4);
  }
  int dim() const override { return 1; }
  int max_tokens() const override { return 256; }
  const std::string& fingerprint() const override { return fingerprint_; }

 private:
  const std::string fingerprint_ = "fake";
};

// Quotes the first `quote_bytes` of each passage, and says what it was asked.
class FakeAnswerer : public generator::Answerer {
 public:
  absl::StatusOr<generator::Answer> Run(const generator::AnswerRequest& request) const override {
    if (before) before();
    if (request.cancelled && request.cancelled()) return absl::CancelledError("cancelled");
    generator::Answer answer;
    answer.author = "fake";
    answer.confidence = 0.25;
    for (size_t i = 0; i < request.passages.size(); ++i) {
      const generator::Passage& passage = request.passages[i];
      const auto stored = request.stored_text(passage.doc, passage.begin, passage.end);
      if (!stored.ok()) return stored.status();
      if (*stored != passage.text) continue;
      generator::Footnote footnote;
      footnote.number = static_cast<int>(answer.footnotes.size()) + 1;
      footnote.passage = static_cast<int>(i);
      footnote.begin = passage.begin;
      footnote.end = passage.end;
      footnote.quote = passage.text;
      answer.footnotes.push_back(footnote);
      if (request.sink.footnote) request.sink.footnote(footnote);
      answer.sentences.push_back({passage.text, {footnote.number}});
      if (request.sink.sentence) request.sink.sentence(answer.sentences.back());
    }
    answer.outcome =
        answer.sentences.empty() ? generator::Outcome::kAbstained : generator::Outcome::kAnswered;
    if (answer.sentences.empty()) answer.reason = "nothing found";
    return answer;
  }
  absl::string_view name() const override { return "fake"; }

  std::function<void()> before;
};

class ApplicationTest : public testing::Test {
 protected:
  ApplicationTest() {
    config_.answer.dense_weight = 0.3;
    config_.answer.passages = 4;
    auto engine = std::make_unique<FakeEngine>();
    auto answerer = std::make_unique<FakeAnswerer>();
    engine_ = engine.get();
    answerer_ = answerer.get();
    application_ = Application::Assemble(config_, std::make_unique<FakeEmbedder>(),
                                         std::move(engine), std::move(answerer));
    context_.trace_id = NewTraceId();
  }

  void AddDocument(const std::string& id, const std::string& text,
                   std::vector<std::string> acl = {}) {
    retrieval::Document document;
    document.id = id;
    document.collection = "default";
    document.text = text;
    document.access.allow = std::move(acl);
    engine_->documents[id] = document;
  }

  Config config_;
  FakeEngine* engine_;
  FakeAnswerer* answerer_;
  std::unique_ptr<Application> application_;
  CallContext context_;
};

v1::AskRequest Question(const std::string& text) {
  v1::AskRequest request;
  request.set_question(text);
  return request;
}

TEST_F(ApplicationTest, AskSearchesThenAnswersAndSendsEvents) {
  AddDocument("a", "One.");
  AddDocument("b", "Two.");
  std::vector<v1::AskEvent> events;
  const auto response = application_->Ask(Question("why?"), context_,
                                          [&](const v1::AskEvent& e) { events.push_back(e); });
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->outcome(), v1::AskResponse::ANSWERED);
  EXPECT_EQ(response->answer(), "One. Two.");
  EXPECT_EQ(response->trace_id(), context_.trace_id);
  EXPECT_EQ(response->author(), "fake");
  EXPECT_EQ(response->confidence(), 0.25);
  ASSERT_EQ(response->footnotes_size(), 2);
  EXPECT_EQ(response->footnotes(1).doc(), "b");
  EXPECT_EQ(response->footnotes(1).passage(), 1);
  ASSERT_EQ(response->times_size(), 2);
  EXPECT_EQ(response->times(0).stage(), "embed");
  EXPECT_EQ(response->times(1).stage(), "answer");
  ASSERT_EQ(events.size(), 5u);
  EXPECT_EQ(events[0].passages().passages_size(), 2);
  EXPECT_EQ(events[0].passages().trace_id(), context_.trace_id);
  EXPECT_EQ(events[1].footnote().SerializeAsString(), response->footnotes(0).SerializeAsString());
  EXPECT_EQ(events[2].sentence().text(), "One.");
  EXPECT_EQ(engine_->last_search.k, 4);
  EXPECT_EQ(engine_->last_search.dense_weight, 0.3);
}

TEST_F(ApplicationTest, AbstentionIsAnAnswerAndNotAnError) {
  const auto response = application_->Ask(Question("why?"), context_, nullptr);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->outcome(), v1::AskResponse::ABSTAINED);
  EXPECT_EQ(response->answer(), "");
  EXPECT_EQ(response->reason(), "nothing found");
}

TEST_F(ApplicationTest, WhatTheAskerMayNotSeeDoesNotExist) {
  AddDocument("open", "Open.");
  AddDocument("secret", "Secret.", {"boss"});
  v1::AskRequest request = Question("why?");
  EXPECT_EQ(application_->Ask(request, context_, nullptr)->answer(), "Open.");
  request.add_principals("clerk");
  EXPECT_EQ(application_->Ask(request, context_, nullptr)->answer(), "Open.");
  request.add_principals("boss");
  EXPECT_EQ(application_->Ask(request, context_, nullptr)->answer(), "Open. Secret.");

  v1::GetDocumentRequest get;
  get.set_doc("secret");
  EXPECT_TRUE(absl::IsNotFound(application_->GetDocument(get, context_).status()));
  get.add_principals("boss");
  EXPECT_EQ(application_->GetDocument(get, context_)->text(), "Secret.");
}

// Between search and answer anything may happen to a document.
TEST_F(ApplicationTest, DocumentsChangedSinceTheSearchSupportNothing) {
  AddDocument("a", "One.");
  AddDocument("b", "Two.");
  AddDocument("c", "Three.");
  AddDocument("d", "Four.");
  answerer_->before = [&] {
    engine_->documents.erase("a");
    AddDocument("b", "T");
    AddDocument("c", "THREE!");
  };
  const auto response = application_->Ask(Question("why?"), context_, nullptr);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->answer(), "Four.");
}

TEST_F(ApplicationTest, EachDocumentIsReadOnceForAQuestion) {
  AddDocument("a", "One.");
  ASSERT_TRUE(application_->Ask(Question("why?"), context_, nullptr).ok());
  EXPECT_EQ(engine_->document_reads, 1);
}

TEST_F(ApplicationTest, BadRequestsDontReachTheEngine) {
  bool searched = false;
  engine_->on_search = [&](const auto&) { searched = true; };
  v1::SearchRequest search;
  search.set_query("x");
  search.set_k(0);
  EXPECT_TRUE(absl::IsInvalidArgument(application_->Search(search, context_).status()));
  EXPECT_TRUE(
      absl::IsInvalidArgument(application_->Ask(Question(" "), context_, nullptr).status()));
  EXPECT_FALSE(searched);
}

TEST_F(ApplicationTest, UnknownCollectionIsNotFound) {
  v1::SearchRequest search;
  search.set_query("x");
  search.set_collection("nope");
  const auto response = application_->Search(search, context_);
  EXPECT_TRUE(absl::IsNotFound(response.status()));
  EXPECT_THAT(std::string(response.status().message()), HasSubstr("nope"));
}

TEST_F(ApplicationTest, SearchPassesItsSettingsOn) {
  v1::SearchRequest search;
  search.set_query("x");
  search.set_k(7);
  search.set_mode(v1::SearchRequest::LEXICAL);
  search.set_fusion(v1::SearchRequest::RECIPROCAL_RANK);
  search.set_dense_weight(0);
  search.add_principals("p");
  search.set_min_sequence(9);
  search.set_candidates(11);
  search.set_rerank_candidates(12);
  search.set_fold_similarity(0.75);
  search.set_max_per_document(2);
  search.set_mmr_lambda(0.5);
  search.set_explain(true);
  search.set_neighbours_before(3);
  search.set_neighbours_after(4);
  search.set_section(true);
  search.set_fuzzy(false);
  search.set_plain(true);
  ASSERT_TRUE(application_->Search(search, context_).ok());
  EXPECT_EQ(engine_->last_search.k, 7);
  EXPECT_EQ(engine_->last_search.mode, retrieval::SearchMode::kLexical);
  EXPECT_EQ(engine_->last_search.fusion, retrieval::Fusion::kReciprocalRank);
  EXPECT_EQ(engine_->last_search.dense_weight, 0);
  EXPECT_THAT(engine_->last_search.principals, ElementsAre("p"));
  EXPECT_EQ(engine_->last_search.min_sequence, 9u);
  EXPECT_EQ(engine_->last_search.candidates, 11);
  EXPECT_FALSE(engine_->last_search.rerank);
  EXPECT_EQ(engine_->last_search.rerank_candidates, 12);
  EXPECT_EQ(engine_->last_search.fold_similarity, 0.75);
  EXPECT_EQ(engine_->last_search.max_per_document, 2);
  EXPECT_EQ(engine_->last_search.mmr_lambda, 0.5);
  EXPECT_TRUE(engine_->last_search.explain);
  EXPECT_EQ(engine_->last_search.neighbours_before, 3);
  EXPECT_EQ(engine_->last_search.neighbours_after, 4);
  EXPECT_TRUE(engine_->last_search.section);
  EXPECT_FALSE(engine_->last_search.fuzzy);
  EXPECT_FALSE(engine_->last_search.operators);
}

// A question isn't written for a search box: its quotes and dashes are text.
TEST_F(ApplicationTest, SearchesHaveOperatorsAndQuestionsDont) {
  v1::SearchRequest search;
  search.set_query("x");
  ASSERT_TRUE(application_->Search(search, context_).ok());
  EXPECT_TRUE(engine_->last_search.operators);
  EXPECT_TRUE(engine_->last_search.fuzzy);
  ASSERT_TRUE(application_->Ask(Question("x -y"), context_, nullptr).ok());
  EXPECT_FALSE(engine_->last_search.operators);
}

TEST_F(ApplicationTest, SearchSaysWhatTheQueryWasReadAs) {
  engine_->said_of_query.required = {"a phrase", "word"};
  engine_->said_of_query.excluded = {"other"};
  engine_->said_of_query.corrections = {{"databse", {"database", "databases"}}};
  v1::SearchRequest search;
  search.set_query("x");
  const auto response = application_->Search(search, context_);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_THAT(response->required(), ElementsAre("a phrase", "word"));
  EXPECT_THAT(response->excluded(), ElementsAre("other"));
  ASSERT_EQ(response->corrections_size(), 1);
  EXPECT_EQ(response->corrections(0).word(), "databse");
  EXPECT_THAT(response->corrections(0).replacements(), ElementsAre("database", "databases"));
}

// A cross-encoder that is there; the engine is a fake that never asks it.
class SilentReranker : public transformer::CrossEncoder {
 public:
  absl::StatusOr<std::vector<float>> Score(absl::string_view, absl::Span<const absl::string_view>,
                                           const std::function<bool()>&) const override {
    return absl::InternalError("not to be called");
  }
  int max_tokens() const override { return 1; }
  const std::string& fingerprint() const override { return fingerprint_; }

 private:
  const std::string fingerprint_ = "silent";
};

TEST_F(ApplicationTest, AProfileRanksAndTheRequestOverridesIt) {
  RankingProfile careful;
  careful.version = "2026-11";
  careful.ranking.mode = retrieval::SearchMode::kDense;
  careful.ranking.rerank = true;
  careful.ranking.max_per_document = 3;
  config_.profiles["careful"] = careful;
  auto engine = std::make_unique<FakeEngine>();
  engine_ = engine.get();
  application_ = Application::Assemble(config_, std::make_unique<FakeEmbedder>(), std::move(engine),
                                       std::make_unique<FakeAnswerer>(), nullptr,
                                       std::make_unique<SilentReranker>());
  v1::SearchRequest search;
  search.set_query("x");
  auto response = application_->Search(search, context_);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->profile(), "default");
  EXPECT_EQ(response->profile_version(), "1");
  EXPECT_FALSE(engine_->last_search.rerank);
  EXPECT_EQ(engine_->last_search.dense_weight, 0.3);  // answer.dense_weight

  search.set_profile("careful");
  response = application_->Search(search, context_);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->profile(), "careful");
  EXPECT_EQ(response->profile_version(), "2026-11");
  EXPECT_EQ(static_cast<const retrieval::RankingOptions&>(engine_->last_search), careful.ranking);

  search.set_rerank(false);
  search.set_mode(v1::SearchRequest::HYBRID);
  ASSERT_TRUE(application_->Search(search, context_).ok());
  EXPECT_FALSE(engine_->last_search.rerank);
  EXPECT_EQ(engine_->last_search.mode, retrieval::SearchMode::kHybrid);
  EXPECT_EQ(engine_->last_search.max_per_document, 3);

  v1::AskRequest ask = Question("why?");
  ask.set_profile("careful");
  auto answer = application_->Ask(ask, context_, nullptr);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->profile(), "careful");
  EXPECT_TRUE(engine_->last_search.rerank);
  ask.set_rerank(false);
  ASSERT_TRUE(application_->Ask(ask, context_, nullptr).ok());
  EXPECT_FALSE(engine_->last_search.rerank);
  EXPECT_EQ(engine_->last_search.max_per_document, 3);

  search.set_profile("carefull");
  const absl::Status unknown = application_->Search(search, context_).status();
  EXPECT_TRUE(absl::IsInvalidArgument(unknown));
  EXPECT_THAT(std::string(unknown.message()), HasSubstr("the profiles are careful, default"));
  ask.set_profile("carefull");
  EXPECT_TRUE(absl::IsInvalidArgument(application_->Ask(ask, context_, nullptr).status()));
}

TEST_F(ApplicationTest, RerankingWithoutARerankerSaysWhatToSet) {
  v1::SearchRequest search;
  search.set_query("x");
  search.set_rerank(true);
  const absl::Status status = application_->Search(search, context_).status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("reranker.model"));
  v1::AskRequest ask = Question("why?");
  ask.set_rerank(true);
  EXPECT_TRUE(absl::IsFailedPrecondition(application_->Ask(ask, context_, nullptr).status()));
  // A profile that could never work is refused at the start.
  Config config;
  config.profiles["p"].ranking.rerank = true;
  const absl::Status refused = CheckProfiles(config);
  EXPECT_TRUE(absl::IsInvalidArgument(refused));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("profiles.p.rerank"));
  config.reranker.model = "somewhere";
  EXPECT_TRUE(CheckProfiles(config).ok());
}

TEST_F(ApplicationTest, AHitGoesOutWithAllItsParts) {
  retrieval::Hit hit;
  hit.doc = "a";
  hit.dense = {0.5, 0};
  hit.lexical = {2.5, 3};
  hit.fused = {0.75, 2};
  hit.reranked = {0.875, 1};
  hit.folded.push_back({"b", 4, 10, 20, 0.95});
  hit.before.push_back({0, 1, 5, "text"});
  hit.after.push_back({2, 30, 34, "more"});
  hit.section = {0, 99};
  hit.explanation.emplace();
  hit.explanation->length = 7;
  hit.explanation->average_length = 9.5;
  hit.explanation->terms.push_back({"word", 1, 2, 3, 0.5, 1.25, 2.5, "", 1});
  hit.explanation->terms.push_back({"near", 1, 2, 3, 0.5, 1.25, 2.5, "naer", 0.5});
  v1::Passage passage = ToProto(hit);
  EXPECT_FALSE(passage.has_explanation());
  EXPECT_FALSE(passage.has_dense());
  EXPECT_EQ(passage.reranked().rank(), 1);
  ASSERT_EQ(passage.folded_size(), 1);
  EXPECT_EQ(passage.folded(0).doc(), "b");
  EXPECT_EQ(passage.folded(0).chunk(), 4u);
  EXPECT_EQ(passage.folded(0).start(), 10u);
  EXPECT_EQ(passage.folded(0).end(), 20u);
  EXPECT_EQ(passage.folded(0).similarity(), 0.95);
  EXPECT_EQ(passage.before(0).text(), "text");
  EXPECT_EQ(passage.after(0).start(), 30u);
  EXPECT_EQ(passage.section().end(), 99u);
  passage = ToProto(hit, /*explain=*/true);
  EXPECT_EQ(passage.explanation().dense().score(), 0.5);  // known, though not found by it
  EXPECT_EQ(passage.explanation().dense().rank(), 0);
  EXPECT_EQ(passage.explanation().lexical().rank(), 3);
  EXPECT_EQ(passage.explanation().fused().rank(), 2);
  EXPECT_FALSE(passage.explanation().has_diversity());
  EXPECT_EQ(passage.explanation().length(), 7u);
  EXPECT_EQ(passage.explanation().average_length(), 9.5);
  ASSERT_EQ(passage.explanation().terms_size(), 2);
  EXPECT_FALSE(passage.explanation().terms(0).has_share());
  EXPECT_EQ(passage.explanation().terms(1).misspelt(), "naer");
  EXPECT_EQ(passage.explanation().terms(1).share(), 0.5);
  EXPECT_EQ(passage.explanation().terms(0).term(), "word");
  EXPECT_EQ(passage.explanation().terms(0).chunks(), 3u);
  EXPECT_EQ(passage.explanation().terms(0).contribution(), 2.5);
}

TEST_F(ApplicationTest, CancellationAndDeadlineHaveTheirOwnErrors) {
  AddDocument("a", "One.");
  bool gone = false;
  CallContext leaving = context_;
  leaving.cancelled = [&] { return gone; };
  engine_->on_search = [&](const auto&) { gone = true; };
  EXPECT_TRUE(absl::IsCancelled(application_->Ask(Question("x"), leaving, nullptr).status()));
  gone = false;
  engine_->on_search = nullptr;
  answerer_->before = [&] { gone = true; };
  EXPECT_TRUE(absl::IsCancelled(application_->Ask(Question("x"), leaving, nullptr).status()));

  CallContext late = context_;
  late.deadline = absl::Now() + absl::Milliseconds(5);
  answerer_->before = [] { absl::SleepFor(absl::Milliseconds(10)); };
  EXPECT_TRUE(absl::IsDeadlineExceeded(application_->Ask(Question("x"), late, nullptr).status()));
  late.deadline = absl::InfinitePast();
  v1::SearchRequest search;
  search.set_query("x");
  EXPECT_TRUE(absl::IsDeadlineExceeded(application_->Search(search, late).status()));
}

TEST_F(ApplicationTest, ABadDocumentFailsAloneAndInItsPlace) {
  v1::IngestBatch batch;
  for (const char* id : {"good.txt", "", "also-good.md"}) {
    v1::IngestDocument* document = batch.add_documents();
    document->set_id(id);
    document->set_content("Some words of text.");
  }
  const auto response = application_->Ingest(batch, context_);
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->results_size(), 3);
  EXPECT_EQ(response->results(0).outcome(), v1::DocumentResult::ADDED) << response->DebugString();
  EXPECT_EQ(response->results(1).outcome(), v1::DocumentResult::FAILED);
  EXPECT_THAT(response->results(1).error(), HasSubstr("id is empty"));
  EXPECT_EQ(response->results(2).id(), "also-good.md");
  EXPECT_EQ(response->results(2).outcome(), v1::DocumentResult::ADDED);
  EXPECT_GT(response->sequence(), 0u);

  v1::DeleteRequest remove;
  remove.add_docs("good.txt");
  remove.add_docs("never was");
  const auto deleted = application_->Delete(remove, context_);
  ASSERT_TRUE(deleted.ok());
  EXPECT_EQ(deleted->deleted(), 1u);
}

TEST_F(ApplicationTest, FiltersReachTheEngine) {
  AddDocument("a", "One.");
  v1::Filter filter;
  filter.set_field("year");
  filter.mutable_gte()->set_number_value(2020);
  const auto expect_filter = [](const std::optional<retrieval::Filter>& got) {
    ASSERT_TRUE(got.has_value());
    EXPECT_EQ(got->kind, retrieval::Filter::Kind::kAtLeast);
    EXPECT_EQ(got->field, "year");
  };
  v1::SearchRequest search;
  search.set_query("x");
  ASSERT_TRUE(application_->Search(search, context_).ok());
  EXPECT_FALSE(engine_->last_search.filter.has_value());
  *search.mutable_filter() = filter;
  ASSERT_TRUE(application_->Search(search, context_).ok());
  expect_filter(engine_->last_search.filter);
  engine_->last_search.filter.reset();
  v1::AskRequest ask = Question("why?");
  *ask.mutable_filter() = filter;
  ASSERT_TRUE(application_->Ask(ask, context_, nullptr).ok());
  expect_filter(engine_->last_search.filter);
  v1::DeleteRequest remove;
  *remove.mutable_filter() = filter;
  const auto deleted = application_->Delete(remove, context_);
  ASSERT_TRUE(deleted.ok()) << deleted.status();
  EXPECT_EQ(deleted->deleted(), 1u);
  expect_filter(engine_->last_filter);
}

TEST_F(ApplicationTest, AccessListsReachTheEngine) {
  v1::SetAccessRequest request;
  request.set_collection("hr");
  request.add_acl("group:hr");
  request.add_deny("user:eve");
  const auto response = application_->SetAccess(request, context_);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_GT(response->sequence(), 0u);
  EXPECT_EQ(engine_->last_access, (retrieval::AccessList{{"group:hr"}, {"user:eve"}}));
  v1::IngestBatch batch;
  v1::IngestDocument* document = batch.add_documents();
  document->set_id("a.txt");
  document->set_content("Some words of text.");
  document->add_acl("group:hr");
  document->add_deny("user:eve");
  ASSERT_TRUE(application_->Ingest(batch, context_).ok());
  EXPECT_EQ(engine_->documents["a.txt"].access,
            (retrieval::AccessList{{"group:hr"}, {"user:eve"}}));
}

TEST(TraceIdTest, IsRandomHex) {
  const std::string id = NewTraceId();
  EXPECT_EQ(id.size(), 32u);
  EXPECT_EQ(id.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_NE(id, NewTraceId());
}

}  // namespace
}  // namespace footnote::services
