#include "services/inference.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/time/clock.h"
#include "generator/grounded/grounded_answerer.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/generator/hash_model.h"
#include "tests/generator/word_embedder.h"

namespace footnote::services {
namespace {

using generator::ByteTokenizer;
using generator::HashModel;
using generator::HashModelOptions;
using ::testing::HasSubstr;

class InferenceTest : public testing::Test {
 protected:
  InferenceTest() {
    config_.generator.model = "/models/tiny.gguf";
    config_.generator.max_tokens = 40;
    context_.trace_id = NewTraceId();
    Start({});
  }

  void Start(HashModelOptions options) {
    inference_.reset();
    auto model =
        GeneratorModel::Make(config_.generator, std::make_unique<HashModel>(std::move(options)));
    ASSERT_TRUE(model.ok()) << model.status();
    model_ = *std::move(model);
    inference_ = MakeInference(config_, &embedder_, model_.get());
  }

  static v1::GenerateRequest Prompt(const std::string& prompt) {
    v1::GenerateRequest request;
    request.set_prompt(prompt);
    return request;
  }

  absl::StatusOr<v1::GenerateDone> Generate(const v1::GenerateRequest& request) {
    text_.clear();
    tokens_.clear();
    return inference_->Generate(request, context_, [&](const v1::GeneratedPiece& piece) {
      text_ += piece.text();
      tokens_.insert(tokens_.end(), piece.tokens().begin(), piece.tokens().end());
    });
  }

  Config config_;
  CallContext context_;
  generator::WordEmbedder embedder_;
  std::unique_ptr<GeneratorModel> model_;
  std::unique_ptr<Inference> inference_;
  std::string text_;
  std::vector<v1::GeneratedToken> tokens_;
};

TEST_F(InferenceTest, GeneratesWithTheDefaults) {
  const auto done = Generate(Prompt("Hello"));
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_EQ(done->model(), "tiny");
  EXPECT_EQ(done->prompt_tokens(), 6);
  EXPECT_LE(done->tokens(), 40);
  EXPECT_EQ(tokens_.size(), static_cast<size_t>(done->tokens()));
  EXPECT_EQ(done->trace_id(), context_.trace_id);
  EXPECT_EQ(done->times_size(), 3);
  EXPECT_FALSE(tokens_[0].has_log_prob());
  std::string joined;
  for (const v1::GeneratedToken& token : tokens_) joined += token.text();
  EXPECT_EQ(joined, text_);
}

TEST_F(InferenceTest, OptionsReachTheSampler) {
  v1::GenerateRequest request = Prompt("Hello");
  request.set_temperature(1.5);
  request.set_seed(3);
  ASSERT_TRUE(Generate(request).ok());
  const std::string first = text_;
  ASSERT_TRUE(Generate(request).ok());
  EXPECT_EQ(text_, first);
  request.set_seed(4);
  ASSERT_TRUE(Generate(request).ok());
  EXPECT_NE(text_, first);
  request.set_top_k(1);
  ASSERT_TRUE(Generate(request).ok());
  const std::string only_best = text_;
  ASSERT_TRUE(Generate(Prompt("Hello")).ok());
  EXPECT_EQ(text_, only_best);
  request.set_top_k(0);
  request.set_top_p(0);  // set to zero isn't absent
  ASSERT_TRUE(Generate(request).ok());
  EXPECT_EQ(text_, only_best);
  request.set_max_tokens(3);
  request.set_top_log_probs(2);
  ASSERT_TRUE(Generate(request).ok());
  ASSERT_EQ(tokens_.size(), 3u);
  EXPECT_TRUE(tokens_[0].has_log_prob());
  EXPECT_EQ(tokens_[0].top_size(), 2);
}

TEST_F(InferenceTest, SpecialTokensInAPromptAreText) {
  const auto done = Generate(Prompt("</s><|user|>"));
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_EQ(done->prompt_tokens(), 1 + 12);
}

TEST_F(InferenceTest, WithoutMaxTokensTheContextsRoomIsUsed) {
  HashModelOptions small;
  small.context = 20;
  Start(small);
  v1::GenerateRequest request = Prompt("0123456789");
  request.set_ignore_end(true);
  const auto done = Generate(request);
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_EQ(done->tokens(), 9);
  EXPECT_EQ(done->reason(), v1::GenerateDone::LENGTH);
  const auto refused = Generate(Prompt(std::string(50, 'x')));
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("has 51 tokens"));
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("context holds 20"));
  request.set_max_tokens(10);  // asked for, so it isn't cut
  EXPECT_EQ(Generate(request).status().code(), absl::StatusCode::kOutOfRange);
}

TEST_F(InferenceTest, WrongRequestsAreRefused) {
  const auto code = [&](const v1::GenerateRequest& request) {
    return Generate(request).status().code();
  };
  EXPECT_EQ(code({}), absl::StatusCode::kInvalidArgument);
  v1::GenerateRequest request = Prompt("x");
  request.add_messages()->set_role("user");
  EXPECT_EQ(code(request), absl::StatusCode::kInvalidArgument);
  request = Prompt("\xff");
  EXPECT_EQ(code(request), absl::StatusCode::kInvalidArgument);
  request = {};
  request.add_messages()->set_role("root");
  EXPECT_EQ(code(request), absl::StatusCode::kInvalidArgument);
  for (const int bad : {-1, 0, INT32_MIN}) {
    request = Prompt("x");
    request.set_max_tokens(bad);
    EXPECT_EQ(code(request), absl::StatusCode::kInvalidArgument) << bad;
  }
  request = Prompt("x");
  request.set_top_log_probs(-1);
  EXPECT_EQ(code(request), absl::StatusCode::kInvalidArgument);
  request = Prompt("x");
  request.set_adapter("nobody");
  EXPECT_EQ(code(request), absl::StatusCode::kNotFound);
}

TEST_F(InferenceTest, MessagesNeedAChatTemplate) {
  v1::GenerateRequest request;
  v1::ChatMessage* message = request.add_messages();
  message->set_role("user");
  message->set_content("hello");
  const auto refused = Generate(request);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("tiny has no chat template"));
}

TEST_F(InferenceTest, DeadlinesAndCancellation) {
  v1::GenerateRequest request = Prompt("x");
  context_.deadline = absl::InfinitePast();
  EXPECT_EQ(Generate(request).status().code(), absl::StatusCode::kDeadlineExceeded);
  context_.deadline = absl::InfiniteFuture();
  context_.cancelled = [] { return true; };
  EXPECT_EQ(Generate(request).status().code(), absl::StatusCode::kCancelled);
  v1::EmbedRequest embed;
  embed.add_texts("x");
  EXPECT_EQ(inference_->Embed(embed, context_).status().code(), absl::StatusCode::kCancelled);
}

TEST_F(InferenceTest, AdaptersComeFromTheirFolderOnly) {
  v1::LoadAdapterRequest request;
  request.set_name("law");
  request.set_folder("law");
  auto refused = inference_->LoadAdapter(request, context_);
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("generator.adapters_dir"));
  config_.generator.adapters_dir = "/adapters";
  Start({});
  const auto loaded = inference_->LoadAdapter(request, context_);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->adapter().content_hash(), "/adapters/law");
  v1::GenerateRequest generate = Prompt("Hello");
  generate.set_adapter("law");
  const auto done = Generate(generate);
  ASSERT_TRUE(done.ok()) << done.status();
  EXPECT_EQ(done->adapter_hash(), "/adapters/law");
  const v1::ListModelsResponse models = inference_->ListModels();
  ASSERT_EQ(models.models_size(), 2);
  EXPECT_EQ(models.models(0).kind(), v1::Model::EMBEDDER);
  EXPECT_EQ(models.models(1).kind(), v1::Model::GENERATOR);
  EXPECT_EQ(models.models(1).name(), "tiny");
  ASSERT_EQ(models.models(1).adapters_size(), 1);
  EXPECT_EQ(models.models(1).adapters(0).name(), "law");
}

TEST_F(InferenceTest, EmbedsTokenizesAndBack) {
  v1::EmbedRequest embed;
  embed.add_texts("harbour lighthouse");
  embed.add_texts("");
  const auto vectors = inference_->Embed(embed, context_);
  ASSERT_TRUE(vectors.ok()) << vectors.status();
  ASSERT_EQ(vectors->embeddings_size(), 2);
  EXPECT_EQ(vectors->embeddings(0).values_size(), 512);
  EXPECT_EQ(vectors->embeddings(0).tokens(), 2);
  EXPECT_EQ(vectors->model(), "words");

  v1::TokenizeRequest tokenize;
  tokenize.set_text("</s>a");
  EXPECT_EQ(inference_->Tokenize(tokenize)->ids_size(), 5);
  tokenize.set_parse_special(true);
  tokenize.set_add_special(true);
  const auto tokens = inference_->Tokenize(tokenize);
  ASSERT_EQ(tokens->ids_size(), 3);
  EXPECT_EQ(tokens->ids(0), ByteTokenizer::kBos);
  EXPECT_EQ(tokens->texts(1), "</s>");
  v1::DetokenizeRequest detokenize;
  *detokenize.mutable_ids() = tokens->ids();
  detokenize.add_ids(1 << 30);  // outside the vocabulary: nothing
  EXPECT_EQ(inference_->Detokenize(detokenize)->text(), "<s></s>a");
  detokenize.set_skip_special(true);
  EXPECT_EQ(inference_->Detokenize(detokenize)->text(), "a");
}

// Texts with more letters in common with the query score higher.
class FakeCrossEncoder : public transformer::CrossEncoder {
 public:
  absl::StatusOr<std::vector<float>> Score(absl::string_view query,
                                           absl::Span<const absl::string_view> passages,
                                           const std::function<bool()>&) const override {
    std::vector<float> scores;
    for (const absl::string_view passage : passages) {
      float score = 0;
      for (const char c : passage) score += query.find(c) == absl::string_view::npos ? 0.f : 1.f;
      scores.push_back(score);
    }
    return scores;
  }
  int max_tokens() const override { return 7; }
  const std::string& fingerprint() const override { return fingerprint_; }

 private:
  const std::string fingerprint_ = "letters";
};

TEST_F(InferenceTest, ReranksBestFirstAndEqualsAsGiven) {
  v1::RerankRequest request;
  request.set_query("harbour");
  for (const char* text : {"xyz", "har", "xyzh", "our"}) request.add_texts(text);
  EXPECT_EQ(inference_->Rerank(request, context_).status().code(),
            absl::StatusCode::kFailedPrecondition);
  const FakeCrossEncoder reranker;
  inference_ = MakeInference(config_, &embedder_, nullptr, &reranker);
  auto response = inference_->Rerank(request, context_);
  ASSERT_TRUE(response.ok()) << response.status();
  std::vector<int> order;
  for (const v1::RankedText& result : response->results()) order.push_back(result.index());
  EXPECT_EQ(order, (std::vector<int>{1, 3, 2, 0}));
  EXPECT_EQ(response->results(0).score(), 3);
  request.set_top_n(2);
  EXPECT_EQ(inference_->Rerank(request, context_)->results_size(), 2);
  EXPECT_EQ(inference_->ListModels().models(1).kind(), v1::Model::RERANKER);
}

TEST_F(InferenceTest, WithoutAModelItSaysSo) {
  const auto none = MakeInference(Config(), &embedder_, nullptr);
  const auto generated = none->Generate(Prompt("x"), context_, [](const auto&) {});
  EXPECT_EQ(generated.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(generated.status().message()), HasSubstr("generator.model"));
  EXPECT_EQ(none->ListModels().models_size(), 1);
}

TEST_F(InferenceTest, TheConfigurationDecidesWhatIsSupported) {
  EXPECT_EQ(AnswerConfig().min_confidence, generator::GroundedOptions().min_confidence);
  const generator::SupportOptions support;
  EXPECT_EQ(AnswerConfig().min_passage_overlap, support.min_passage_overlap);
  EXPECT_EQ(AnswerConfig().min_quote_overlap, support.min_unit_overlap);
  EXPECT_EQ(AnswerConfig().min_quote_cosine, support.min_cosine);

  HashModelOptions model;
  model.context = 4096;
  model.script = "The server always listens on port 5432 [1].";
  config_.generator.max_tokens = 100;
  Start(std::move(model));
  generator::Passage passage;
  passage.text = "The server listens on port 5432 of every address. It always does.";
  passage.end = passage.text.size();
  generator::AnswerRequest request;
  request.question = "Which port does the server have?";
  request.passages = {&passage, 1};
  request.stored_text = [&](const std::string&, uint32_t begin, uint32_t end) {
    return passage.text.substr(begin, end - begin);
  };
  const auto outcome = [&](const AnswerConfig& config) {
    const auto answer = model_->MakeAnswerer(config, &embedder_)->Run(request);
    EXPECT_TRUE(answer.ok()) << answer.status();
    return answer->outcome;
  };
  EXPECT_EQ(outcome({}), generator::Outcome::kAnswered);
  AnswerConfig all;
  all.min_passage_overlap = 1;
  EXPECT_EQ(outcome(all), generator::Outcome::kAnswered);  // the passage has all words
  for (double AnswerConfig::*least :
       {&AnswerConfig::min_confidence, &AnswerConfig::min_quote_overlap,
        &AnswerConfig::min_quote_cosine}) {
    AnswerConfig strict;
    strict.*least = 1;
    EXPECT_EQ(outcome(strict), generator::Outcome::kAbstained);
  }
}

TEST_F(InferenceTest, TotalsCountTokensAndEnds) {
  ASSERT_TRUE(Generate(Prompt("Hello")).ok());
  const int tokens = static_cast<int>(tokens_.size());
  // The last step is counted after its text is out.
  while (model_->totals().generated_tokens() < tokens) absl::SleepFor(absl::Milliseconds(1));
  EXPECT_EQ(model_->totals().prompt_tokens(), 6);
  EXPECT_EQ(model_->totals().ends(absl::StatusCode::kOk), 1);
}

}  // namespace
}  // namespace footnote::services
