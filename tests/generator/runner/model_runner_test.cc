#include "generator/runner/model_runner.h"

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <mutex>
#include <random>
#include <set>
#include <thread>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/generator/hash_model.h"

namespace footnote::generator {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

// Lets a model take steps only as the test allows.
class Gate {
 public:
  void Open(int steps) {
    const std::lock_guard<std::mutex> lock(mu_);
    allowed_ += steps;
    changed_.notify_all();
  }
  void OpenForEver() { Open(1 << 30); }
  // Waits until a step is about to begin.
  void AwaitArrival(int steps) {
    std::unique_lock<std::mutex> lock(mu_);
    changed_.wait(lock, [&] { return arrived_ >= steps; });
  }
  absl::Status Pass() {
    std::unique_lock<std::mutex> lock(mu_);
    ++arrived_;
    changed_.notify_all();
    changed_.wait(lock, [&] { return arrived_ <= allowed_; });
    return absl::OkStatus();
  }

 private:
  std::mutex mu_;
  std::condition_variable changed_;
  int allowed_ = 0;
  int arrived_ = 0;
};

struct Text {
  absl::StatusOr<Finish> finish;
  std::string text;
  std::vector<int32_t> ids;
  std::vector<GeneratedToken> tokens;
};

Text Read(Generation* generation, const std::function<bool()>& cancelled = nullptr) {
  Text result;
  result.finish = generation->Read(
      [&](const Piece& piece) {
        result.text += piece.text;
        for (const GeneratedToken& token : piece.tokens) {
          result.ids.push_back(token.id);
          result.tokens.push_back(token);
        }
        return true;
      },
      cancelled);
  return result;
}

Text Generate(ModelRunner* runner, GenerateRequest request) {
  auto generation = runner->Submit(std::move(request));
  if (!generation.ok()) return {generation.status(), "", {}, {}};
  return Read(generation->get());
}

GenerateRequest Request(const std::string& prompt, int max_tokens) {
  GenerateRequest request;
  request.prompt = ByteTokenizer().Tokenize(prompt, {});
  request.max_tokens = max_tokens;
  return request;
}

std::unique_ptr<ModelRunner> Start(HashModelOptions model = {}, RunnerOptions options = {},
                                   RunnerObserver* observer = nullptr) {
  return ModelRunner::Start(std::make_unique<HashModel>(std::move(model)), options, observer);
}

// What the model says by itself, a token at a time.
std::vector<int32_t> Greedy(const std::string& prompt, int count) {
  HashModel model;
  auto sequence = *model.NewSequence();
  std::vector<int32_t> next = model.tokenizer().Tokenize(prompt, {});
  std::vector<int32_t> ids;
  for (int i = 0; i < count; ++i) {
    const auto logits = *model.Forward({{sequence.get(), next}});
    next = {Sampler().Choose(logits.row(0), {}, i)};
    ids.push_back(next[0]);
  }
  return ids;
}

TEST(ModelRunnerTest, GivesTheModelsTokens) {
  const auto runner = Start();
  const Text text = Generate(runner.get(), Request("Hello", 30));
  ASSERT_TRUE(text.finish.ok()) << text.finish.status();
  EXPECT_EQ(text.ids, Greedy("Hello", 30));
  EXPECT_EQ(text.text, ByteTokenizer().Decode(text.ids, true));
  EXPECT_EQ(text.finish->reason, FinishReason::kLength);
  EXPECT_EQ(text.finish->prompt_tokens, 6);
  EXPECT_EQ(text.finish->tokens, 30);
  EXPECT_EQ(text.finish->adapter, "");
}

std::vector<GenerateRequest> MixedRequests() {
  std::vector<GenerateRequest> requests;
  for (int i = 0; i < 24; ++i) {
    GenerateRequest request = Request(std::string(1 + 13 * i % 90, static_cast<char>('a' + i)), 40);
    request.sampling.temperature = i % 3 == 0 ? 0 : 0.5 + 0.1 * i;
    request.sampling.top_k = i % 4 == 1 ? 7 : 0;
    request.sampling.top_p = i % 4 == 2 ? 0.9 : 1;
    request.sampling.seed = i / 2;
    if (i % 5 == 0) request.stop = {"e", "zz"};
    requests.push_back(std::move(request));
  }
  return requests;
}

TEST(ModelRunnerTest, TheSameTextAloneAndAmongOthersAndHoweverPromptsAreCut) {
  std::vector<Text> alone;
  {
    const auto runner = Start();
    for (GenerateRequest& request : MixedRequests()) {
      alone.push_back(Generate(runner.get(), std::move(request)));
      ASSERT_TRUE(alone.back().finish.ok());
    }
  }
  for (const int prefill : {1, 7, 32, 10000}) {
    RunnerOptions options;
    options.prefill_tokens = prefill;
    options.max_running = 9;
    const auto runner = Start({}, options);
    std::vector<std::unique_ptr<Generation>> together;
    for (GenerateRequest& request : MixedRequests()) {
      together.push_back(*runner->Submit(std::move(request)));
    }
    for (size_t i = 0; i < together.size(); ++i) {
      const Text text = Read(together[i].get());
      ASSERT_TRUE(text.finish.ok()) << text.finish.status();
      EXPECT_EQ(text.ids, alone[i].ids) << i;
      EXPECT_EQ(text.text, alone[i].text) << i;
      EXPECT_EQ(text.finish->reason, alone[i].finish->reason) << i;
    }
  }
}

TEST(ModelRunnerTest, EndsAtStopStrings) {
  const auto runner = Start();
  const std::string whole = Generate(runner.get(), Request("Hello", 60)).text;
  ASSERT_GT(whole.size(), 20u);
  GenerateRequest request = Request("Hello", 60);
  request.stop = {whole.substr(10, 4)};
  const size_t at = whole.find(request.stop[0]);
  const Text text = Generate(runner.get(), std::move(request));
  ASSERT_TRUE(text.finish.ok()) << text.finish.status();
  EXPECT_EQ(text.text, whole.substr(0, at));
  EXPECT_EQ(text.finish->reason, FinishReason::kStopString);
  EXPECT_EQ(text.finish->stop, whole.substr(10, 4));
}

// Allows one token, and only from its place on.
class OnlyToken : public TokenConstraint {
 public:
  OnlyToken(int32_t id, int from) : id_(id), from_(from) {}
  void Apply(absl::Span<float> logits) override {
    if (seen_ < from_) return;
    for (size_t i = 0; i < logits.size(); ++i) {
      if (i != static_cast<size_t>(id_)) logits[i] = -std::numeric_limits<float>::infinity();
    }
  }
  void Accept(int32_t) override { ++seen_; }

 private:
  const int32_t id_;
  const int from_;
  int seen_ = 0;
};

TEST(ModelRunnerTest, EndsAtTheEndToken) {
  const auto runner = Start();
  GenerateRequest request = Request("Hello", 60);
  request.constraint = std::make_unique<OnlyToken>(ByteTokenizer::kEos, 5);
  Text text = Generate(runner.get(), std::move(request));
  ASSERT_TRUE(text.finish.ok()) << text.finish.status();
  EXPECT_EQ(text.finish->reason, FinishReason::kEnd);
  EXPECT_THAT(text.ids, SizeIs(5));

  request = Request("Hello", 20);
  request.constraint = std::make_unique<OnlyToken>(ByteTokenizer::kEos, 5);
  request.ignore_end = true;
  text = Generate(runner.get(), std::move(request));
  EXPECT_EQ(text.finish->reason, FinishReason::kLength);
  EXPECT_EQ(text.finish->tokens, 20);
}

TEST(ModelRunnerTest, AConstraintThatLeavesNothingIsAnError) {
  const auto runner = Start();
  GenerateRequest request = Request("Hello", 60);
  request.constraint = std::make_unique<OnlyToken>(-1, 3);
  EXPECT_EQ(Generate(runner.get(), std::move(request)).finish.status().code(),
            absl::StatusCode::kInternal);
}

TEST(ModelRunnerTest, LogProbabilitiesAreTheModelsBeforeTheConstraint) {
  const auto runner = Start();
  GenerateRequest request = Request("Hello", 4);
  request.log_probs = true;
  request.top_log_probs = 3;
  request.constraint = std::make_unique<OnlyToken>('Q', 2);
  const Text text = Generate(runner.get(), std::move(request));
  ASSERT_THAT(text.tokens, SizeIs(4));
  for (const GeneratedToken& token : text.tokens) {
    ASSERT_THAT(token.top, SizeIs(3));
    EXPECT_GE(token.top[0].log_prob, token.top[1].log_prob);
    EXPECT_LT(token.log_prob, 0);
  }
  EXPECT_EQ(text.tokens[0].top[0].id, text.tokens[0].id);
  EXPECT_EQ(text.tokens[0].top[0].log_prob, text.tokens[0].log_prob);
  EXPECT_EQ(text.tokens[2].id, 'Q');
  EXPECT_NE(text.tokens[2].top[0].id, 'Q');
}

TEST(ModelRunnerTest, RefusesWhatDoesNotFit) {
  HashModelOptions model;
  model.context = 100;
  model.cache_tokens = 64;
  const auto runner = Start(model);
  const auto status = [&](GenerateRequest request) {
    return Generate(runner.get(), std::move(request)).finish.status();
  };
  absl::Status refused = status(Request(std::string(70, 'x'), 30));
  EXPECT_EQ(refused.code(), absl::StatusCode::kOutOfRange);
  EXPECT_THAT(std::string(refused.message()),
              HasSubstr("the prompt has 71 tokens and 30 may be generated, but the model's context "
                        "holds 100"));
  refused = status(Request(std::string(69, 'x'), 30));
  EXPECT_EQ(refused.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("need 128 tokens of cache, but the whole "
                                                        "cache holds 64"));
  EXPECT_TRUE(status(Request(std::string(33, 'x'), 30)).ok());  // 64 exactly

  for (const int bad : {0, -1, std::numeric_limits<int>::min()}) {
    EXPECT_EQ(status(Request("x", bad)).code(), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(status(Request("x", std::numeric_limits<int>::max())).code(),
            absl::StatusCode::kOutOfRange);
  for (const int32_t id : {-1, 259, std::numeric_limits<int32_t>::max()}) {
    GenerateRequest request = Request("x", 1);
    request.prompt.push_back(id);
    EXPECT_EQ(status(std::move(request)).code(), absl::StatusCode::kInvalidArgument) << id;
  }
  GenerateRequest empty = Request("x", 1);
  empty.prompt.clear();
  EXPECT_EQ(status(std::move(empty)).code(), absl::StatusCode::kInvalidArgument);
  GenerateRequest many = Request("x", 1);
  many.top_log_probs = 21;
  EXPECT_EQ(status(std::move(many)).code(), absl::StatusCode::kInvalidArgument);
  GenerateRequest stop = Request("x", 1);
  stop.stop = {""};
  EXPECT_EQ(status(std::move(stop)).code(), absl::StatusCode::kInvalidArgument);
  GenerateRequest hot = Request("x", 1);
  hot.sampling.temperature = -0.5;
  EXPECT_EQ(status(std::move(hot)).code(), absl::StatusCode::kInvalidArgument);
}

TEST(ModelRunnerTest, RefusesWhenTheQueueIsFull) {
  Gate gate;
  HashModelOptions model;
  model.before_step = [&](auto) { return gate.Pass(); };
  RunnerOptions options;
  options.max_running = 2;
  options.max_queue = 3;
  const auto runner = Start(model, options);
  std::vector<std::unique_ptr<Generation>> accepted;
  accepted.push_back(*runner->Submit(Request("x", 3)));
  gate.AwaitArrival(1);  // it runs, and no other is looked at
  for (int i = 0; i < 3; ++i) accepted.push_back(*runner->Submit(Request("y", 3)));
  EXPECT_EQ(runner->queued(), 3);
  EXPECT_EQ(runner->running(), 1);
  const auto refused = runner->Submit(Request("z", 3));
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(std::string(refused.status().message()), HasSubstr("1 requests run and 3 wait"));
  gate.OpenForEver();
  for (const auto& generation : accepted) EXPECT_TRUE(Read(generation.get()).finish.ok());
}

TEST(ModelRunnerTest, CacheIsSharedAndGivenBack) {
  HashModelOptions model;
  model.cache_tokens = 128;
  std::atomic<int> together{0};
  model.before_step = [&](auto inputs) {
    together = std::max<int>(together, static_cast<int>(inputs.size()));
    return absl::OkStatus();
  };
  const auto runner = Start(model);
  std::vector<std::unique_ptr<Generation>> all;
  for (int i = 0; i < 20; ++i) all.push_back(*runner->Submit(Request("prompt", 20 + i % 20)));
  for (const auto& generation : all) {
    const Text text = Read(generation.get());
    EXPECT_TRUE(text.finish.ok()) << text.finish.status();
  }
  EXPECT_LE(together, 4);  // of 32 tokens each
  EXPECT_GE(together, 2);
}

TEST(ModelRunnerTest, ACancelledGenerationTakesNoFurtherStep) {
  Gate gate;
  HashModelOptions model;
  std::atomic<int> sequences{0};
  model.before_step = [&](auto inputs) {
    sequences = static_cast<int>(inputs.size());
    return gate.Pass();
  };
  const auto runner = Start(model);
  auto dropped = *runner->Submit(Request("x", 100));
  gate.AwaitArrival(1);
  const auto kept = *runner->Submit(Request("y", 10));
  gate.Open(1);
  gate.AwaitArrival(2);
  EXPECT_EQ(sequences, 2);
  dropped.reset();
  gate.Open(1);
  gate.AwaitArrival(3);
  EXPECT_EQ(sequences, 1);
  gate.OpenForEver();
  EXPECT_TRUE(Read(kept.get()).finish.ok());
}

TEST(ModelRunnerTest, ReadEndsWhenCancelledWhileTheModelIsBusy) {
  Gate gate;
  HashModelOptions model;
  model.before_step = [&](auto) { return gate.Pass(); };
  const auto runner = Start(model);
  const auto generation = *runner->Submit(Request("x", 100));
  gate.AwaitArrival(1);
  EXPECT_EQ(Read(generation.get(), [] { return true; }).finish.status().code(),
            absl::StatusCode::kCancelled);
  gate.OpenForEver();
  // The reader itself can say so, too.
  const auto other = *runner->Submit(Request("x", 100));
  int pieces = 0;
  const auto finish = other->Read([&](const Piece&) { return ++pieces < 3; }, nullptr);
  EXPECT_EQ(finish.status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(pieces, 3);
}

TEST(ModelRunnerTest, DeadlinesHoldForWaitingAndRunningRequests) {
  Gate gate;
  HashModelOptions model;
  model.before_step = [&](auto) { return gate.Pass(); };
  RunnerOptions options;
  options.max_running = 1;
  const auto runner = Start(model, options);
  GenerateRequest request = Request("x", 100);
  request.deadline = absl::Now() + absl::Milliseconds(50);
  const auto running = *runner->Submit(std::move(request));
  request = Request("y", 100);
  request.deadline = absl::Now() + absl::Milliseconds(50);
  const auto waiting = *runner->Submit(std::move(request));
  EXPECT_EQ(Read(running.get()).finish.status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(Read(waiting.get()).finish.status().code(), absl::StatusCode::kDeadlineExceeded);
  gate.OpenForEver();
  EXPECT_TRUE(Generate(runner.get(), Request("z", 5)).finish.ok());
}

TEST(ModelRunnerTest, AdaptersAreFoundByNameAndKeptByContent) {
  Gate gate;
  HashModelOptions model;
  model.before_step = [&](auto) { return gate.Pass(); };
  const auto runner = Start(model);
  const auto with = [](const std::string& adapter) {
    GenerateRequest request = Request("Hello", 30);
    request.adapter = adapter;
    return request;
  };
  const auto unknown = runner->Submit(with("law"));
  EXPECT_EQ(unknown.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(unknown.status().message()), HasSubstr("none is loaded"));

  EXPECT_EQ(*runner->LoadAdapter("law", "first"), "first");
  const auto before = *runner->Submit(with("law"));
  gate.AwaitArrival(1);
  std::thread reload([&] { EXPECT_EQ(*runner->LoadAdapter("law", "second"), "second"); });
  gate.OpenForEver();
  reload.join();
  const Text old_text = Read(before.get());
  const Text new_text = Generate(runner.get(), with("law"));
  const Text base = Generate(runner.get(), with(""));
  EXPECT_EQ(old_text.finish->adapter, "first");
  EXPECT_EQ(new_text.finish->adapter, "second");
  EXPECT_EQ(base.ids, Greedy("Hello", 30));
  EXPECT_NE(old_text.ids, base.ids);
  EXPECT_NE(new_text.ids, old_text.ids);

  ASSERT_THAT(runner->Adapters(), SizeIs(1));
  EXPECT_EQ(runner->Adapters()[0].name, "law");
  EXPECT_EQ(runner->Adapters()[0].content_hash, "second");
  EXPECT_THAT(std::string(runner->Submit(with("tax")).status().message()),
              HasSubstr("loaded are law"));
}

TEST(ModelRunnerTest, AnAdapterThatCannotBeLoadedChangesNothing) {
  RunnerOptions options;
  options.max_adapters = 1;
  const auto runner = Start({}, options);
  EXPECT_EQ(runner->LoadAdapter("a", "missing").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(runner->LoadAdapter("", "dir").status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(*runner->LoadAdapter("a", "dir"), "dir");
  EXPECT_EQ(runner->LoadAdapter("a", "missing").status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(runner->LoadAdapter("b", "dir").status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(*runner->LoadAdapter("a", "other"), "other");
  EXPECT_THAT(runner->Adapters(), SizeIs(1));
}

TEST(ModelRunnerTest, ABadSequenceEndsAlone) {
  HashModelOptions model;
  model.before_step = [](absl::Span<const transformer::SequenceInput> inputs) -> absl::Status {
    for (const auto& input : inputs) {
      if (std::find(input.tokens.begin(), input.tokens.end(), '!') != input.tokens.end()) {
        return absl::InternalError("numbers overflowed");
      }
    }
    return absl::OkStatus();
  };
  const auto runner = Start(model);
  std::vector<std::unique_ptr<Generation>> all;
  for (const char* prompt : {"fine", "bad!", "good"}) {
    GenerateRequest request = Request(prompt, 20);
    request.constraint = std::make_unique<OnlyToken>('k', 0);
    all.push_back(*runner->Submit(std::move(request)));
  }
  EXPECT_TRUE(Read(all[0].get()).finish.ok());
  EXPECT_EQ(Read(all[1].get()).finish.status().message(), "numbers overflowed");
  EXPECT_EQ(Read(all[2].get()).text, std::string(20, 'k'));
}

TEST(ModelRunnerTest, TheRunnersEndEndsWhatRunsAndWhatWaits) {
  RunnerOptions options;
  options.max_running = 1;
  HashModelOptions model;
  model.context = 1 << 20;
  model.cache_tokens = 1 << 20;
  auto runner = Start(model, options);
  GenerateRequest endless = Request("x", 100000);
  endless.ignore_end = true;
  const auto running = *runner->Submit(std::move(endless));
  const auto waiting = *runner->Submit(Request("y", 10));
  runner.reset();
  EXPECT_EQ(Read(running.get()).finish.status().code(), absl::StatusCode::kCancelled);
  EXPECT_EQ(Read(waiting.get()).finish.status().code(), absl::StatusCode::kCancelled);
}

TEST(ModelRunnerTest, AnEncoderDecoderReadsItsPromptAsSource) {
  HashModelOptions model;
  model.encoder_decoder = true;
  model.context = 50;
  const auto runner = Start(model);
  const Text one = Generate(runner.get(), Request("translate this", 50));
  const Text two = Generate(runner.get(), Request("translate that", 50));
  ASSERT_TRUE(one.finish.ok()) << one.finish.status();
  EXPECT_NE(one.ids, two.ids);
  EXPECT_EQ(one.finish->prompt_tokens, 15);
  EXPECT_EQ(Generate(runner.get(), Request("x", 51)).finish.status().code(),
            absl::StatusCode::kOutOfRange);
  EXPECT_EQ(Generate(runner.get(), Request(std::string(50, 'x'), 5)).finish.status().code(),
            absl::StatusCode::kOutOfRange);
}

class CountingObserver : public RunnerObserver {
 public:
  void OnStep(const Step& step) override {
    prompt_tokens += step.prompt_tokens;
    decode_tokens += step.decode_tokens;
    generated_tokens += step.generated_tokens;
    ++steps;
  }
  void OnEnd(const absl::StatusOr<Finish>& end) override { end.ok() ? ++ends : ++failures; }
  int prompt_tokens = 0;
  int decode_tokens = 0;
  int generated_tokens = 0;
  int steps = 0;
  int ends = 0;
  int failures = 0;
};

TEST(ModelRunnerTest, TheObserverHearsOfEveryTokenAndEnd) {
  CountingObserver observer;
  RunnerOptions options;
  options.prefill_tokens = 10;
  auto runner = Start({}, options, &observer);
  ASSERT_TRUE(Generate(runner.get(), Request(std::string(24, 'x'), 7)).finish.ok());
  GenerateRequest late = Request("x", 7);
  late.deadline = absl::InfinitePast();
  EXPECT_FALSE(Generate(runner.get(), std::move(late)).finish.ok());
  runner.reset();
  EXPECT_EQ(observer.prompt_tokens, 25);
  EXPECT_EQ(observer.decode_tokens, 6);  // the last token isn't read again
  EXPECT_EQ(observer.generated_tokens, 7);
  EXPECT_EQ(observer.steps, 3 + 6);
  EXPECT_EQ(observer.ends, 1);
  EXPECT_EQ(observer.failures, 1);
}

TEST(ModelRunnerTest, ManyThreadsAtOnce) {
  HashModelOptions model;
  model.cache_tokens = 1024;
  RunnerOptions options;
  options.max_queue = 10;
  options.max_running = 5;
  options.prefill_tokens = 20;
  const auto runner = Start(model, options);
  const std::vector<int32_t> expected = Greedy("the same", 12);
  std::atomic<int> done{0};
  std::atomic<int> refused{0};
  std::vector<std::thread> threads;
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      std::mt19937 random(t);
      for (int i = 0; i < 40; ++i) {
        if (t == 0 && i % 8 == 0) {
          EXPECT_TRUE(runner->LoadAdapter("a", absl::StrCat("content", i)).ok());
        }
        auto generation = runner->Submit(Request("the same", 12));
        if (!generation.ok()) {
          EXPECT_EQ(generation.status().code(), absl::StatusCode::kResourceExhausted);
          ++refused;
          continue;
        }
        if (random() % 4 == 0) continue;  // given up
        const Text text = Read(generation->get());
        ASSERT_TRUE(text.finish.ok()) << text.finish.status();
        EXPECT_EQ(text.ids, expected);
        EXPECT_LE(runner->Adapters().size(), 1u);
        ++done;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_GT(done, 0);
}

}  // namespace
}  // namespace footnote::generator
