// A thousand texts of a real model with random weights: whatever it writes, its marks
// name passages that it was given.

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "generator/grounded/citation_constraint.h"
#include "generator/grounded/prompt.h"
#include "generator/runner/model_runner.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/generator/grounded/citation_marks.h"
#include "tests/generator/random_llama.h"
#include "tests/transformer/golden_model.h"
#include "transformer/language_model.h"

namespace footnote::generator {
namespace {

// Pages in the manner of a database's manual, with what looks like marks.
std::vector<Passage> ManualPassages() {
  std::vector<Passage> passages;
  for (const char* text :
       {"The server listens on port 5432 unless told otherwise; see Chapter 20 [13].",
        "An array is written int4[3], and a[1:2] is a slice of it. Subscripts begin at 1.",
        "pg_dump [connection-option...] [option...] [dbname] extracts a database into a file.",
        "VACUUM reclaims the space of dead rows. [99] It takes no lock that blocks reading.",
        "autovacuum_naptime is the least delay between runs on one database: 1 minute.",
        "SELECT ARRAY[[1,2],[3,4]] makes an array of two dimensions.",
        "A checkpoint writes all dirty pages to disk. It happens every 5 minutes or 1 GB.",
        "The shared_buffers setting is 128 megabytes at first. [0] A quarter is reasonable.",
        "Replication slots keep segments until every standby has them [-1].",
        "CREATE INDEX builds an index; CONCURRENTLY does it without locking out writes.",
        "wal_level decides how much is written to the log: minimal, replica or logical.",
        "A role with LOGIN may be the first name of a connection. Passwords are hashed."}) {
    Passage passage;
    passage.doc = absl::StrCat("page", passages.size());
    passage.heading_path = "Manual";
    passage.text = text;
    passages.push_back(std::move(passage));
  }
  return passages;
}

// Makes tokens with a bracket likelier, as a model would that was taught to cite, and
// then forbids what the other forbids.
class FondOfBrackets : public TokenConstraint {
 public:
  FondOfBrackets(const transformer::Tokenizer& tokenizer, std::unique_ptr<TokenConstraint> rules)
      : rules_(std::move(rules)) {
    for (int32_t id = 0; id < tokenizer.vocab_size(); ++id) {
      if (absl::StrContains(tokenizer.TokenBytes(id), "[")) brackets_.push_back(id);
    }
  }
  void Apply(absl::Span<float> logits) override {
    for (const int32_t id : brackets_) logits[id] += 6;
    rules_->Apply(logits);
  }
  void Accept(int32_t token) override { rules_->Accept(token); }

 private:
  const std::unique_ptr<TokenConstraint> rules_;
  std::vector<int32_t> brackets_;
};

struct Case {
  const char* tokenizer;
  int texts;
};

class RandomCitationsTest : public ::testing::TestWithParam<Case> {};

TEST_P(RandomCitationsTest, OnlyGivenPassagesAreMarked) {
  const std::vector<Passage> all = ManualPassages();
  const transformer::TempModel folder;
  WriteRandomLlama(GetParam().tokenizer, 2048, folder.path());
  transformer::LanguageModelOptions options;
  options.threads = 1;
  options.cache_tokens = 1 << 16;
  auto model = transformer::LoadLanguageModel(folder.path(), options);
  ASSERT_TRUE(model.ok()) << model.status();
  const auto runner = ModelRunner::Start(*std::move(model), {});
  const CitationVocabulary vocabulary(&runner->tokenizer(), runner->info().end_tokens);
  const PromptMaker make_prompt = PlainPrompt(&runner->tokenizer());
  constexpr int kAtOnce = 10;
  int marks = 0;
  std::set<std::string> texts;
  for (int first = 0; first < GetParam().texts; first += kAtOnce) {
    std::vector<std::pair<std::unique_ptr<Generation>, int>> running;
    for (int i = first; i < first + kAtOnce; ++i) {
      const size_t given = 1 + static_cast<size_t>(i) % all.size();
      auto prompt = MakeGroundedPrompt(make_prompt, absl::StrCat("What is setting ", i, "?"),
                                       absl::MakeConstSpan(all).first(given), 2000);
      ASSERT_TRUE(prompt.ok()) << prompt.status();
      ASSERT_EQ(prompt->passages, given);
      GenerateRequest request;
      request.prompt = std::move(prompt->ids);
      request.max_tokens = 24;
      request.sampling.temperature = 1 + i % 3;
      request.sampling.seed = i;
      request.constraint = std::make_unique<FondOfBrackets>(
          runner->tokenizer(), MakeCitationConstraint(&vocabulary, prompt->passages));
      auto generation = runner->Submit(std::move(request));
      ASSERT_TRUE(generation.ok()) << generation.status();
      running.emplace_back(*std::move(generation), prompt->passages);
    }
    for (const auto& [generation, given] : running) {
      std::string text;
      const auto finish =
          generation->Read([&](const Piece& piece) { return text += piece.text, true; }, nullptr);
      ASSERT_TRUE(finish.ok()) << finish.status();
      const int found = CountMarks(text, given);
      ASSERT_GE(found, 0) << text << "\nof " << given << " passages";
      marks += found;
      texts.insert(text);
    }
  }
  // The model did write, each time something else, and marks among it.
  EXPECT_GT(texts.size(), GetParam().texts * 9 / 10);
  EXPECT_GT(marks, GetParam().texts) << "too few to tell";
}

INSTANTIATE_TEST_SUITE_P(Tokenizers, RandomCitationsTest,
                         ::testing::Values(Case{"gpt2", 400},            // bytes
                                           Case{"llama2", 300},          // falls back to bytes
                                           Case{"unigram-bytes", 300}),  // the same, Unigram
                         [](const auto& info) {
                           return absl::StrReplaceAll(info.param.tokenizer, {{"-", "_"}});
                         });

}  // namespace
}  // namespace footnote::generator
