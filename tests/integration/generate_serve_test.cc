// GeneratorService of the real process with a tiny random model over pages of a
// database's manual: streaming, cancel, deadline, adapters, limits, and answers that
// the model writes. The pages are tests/integration/manual/, in the form of
// PostgreSQL's, so that no installed manual is needed; with FOOTNOTE_MANUAL_STORE, a
// folder into which PostgreSQL's manual was ingested, they are the whole manual's.
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "footnote/v1/footnote.grpc.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/generator/random_llama.h"
#include "tests/integration/server_process.h"
#include "tests/services/http/raw_client.h"

namespace footnote::integration {
namespace {

using ::testing::HasSubstr;

const std::filesystem::path kGolden = std::filesystem::path(FOOTNOTE_TESTDATA) / "golden";

class GenerateServeTest : public testing::Test {
 protected:
  GenerateServeTest() {
    std::string name =
        (std::filesystem::temp_directory_path() / "footnote-generate-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    std::filesystem::create_directory(folder_ / "llama");
    generator::WriteRandomLlama("llama2", 30000, (folder_ / "llama").string());
    std::filesystem::copy(kGolden / "adapters", folder_ / "adapters",
                          std::filesystem::copy_options::recursive);
    if (const char* store = std::getenv("FOOTNOTE_MANUAL_STORE")) {
      std::filesystem::create_directory_symlink(store, folder_ / "data");
    } else {
      Process ingest({"ingest", "--data", (folder_ / "data").string(),
                      std::string(FOOTNOTE_TESTDATA) + "/integration/manual"},
                     (folder_ / "ingest.log").string());
      EXPECT_EQ(ingest.Wait(), 0) << ingest.Log();
    }
    Start({"generator.cache_tokens=40000", "generator.max_queue=4", "generator.max_running=2",
           absl::StrCat("generator.adapters_dir=", (folder_ / "adapters").string())});
  }

  ~GenerateServeTest() override {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  // In place of the server that runs, if any.
  void Start(const std::vector<std::string>& settings) {
    server_.reset();
    std::vector<std::string> flags = {"--generator", (folder_ / "llama").string()};
    for (const std::string& setting : settings) {
      flags.insert(flags.end(), {"--set", setting});
    }
    server_ =
        std::make_unique<Server>((folder_ / "data").string(), (folder_ / "log").string(), flags);
    channel_ = grpc::CreateChannel(server_->grpc(), grpc::InsecureChannelCredentials());
    stub_ = v1::GeneratorService::NewStub(channel_);
  }

  static v1::GenerateRequest Request(int max_tokens) {
    v1::GenerateRequest request;
    request.set_prompt("Vacuuming takes no lock");
    request.set_max_tokens(max_tokens);
    request.set_ignore_end(true);
    return request;
  }

  struct Result {
    grpc::Status status;
    std::string text;
    v1::GenerateDone done;
  };
  Result Generate(const v1::GenerateRequest& request) {
    grpc::ClientContext ctx;
    Result result;
    auto reader = stub_->Generate(&ctx, request);
    v1::GenerateEvent event;
    while (reader->Read(&event)) {
      if (event.has_piece()) result.text += event.piece().text();
      if (event.has_done()) result.done = event.done();
    }
    result.status = reader->Finish();
    return result;
  }

  grpc::Status LoadAdapter(const std::string& name, const std::string& folder) {
    grpc::ClientContext ctx;
    v1::LoadAdapterRequest request;
    request.set_name(name);
    request.set_folder(folder);
    v1::LoadAdapterResponse response;
    return stub_->LoadAdapter(&ctx, request, &response);
  }

  // A metric of the process, by its name and labels; 0: it isn't there yet.
  double Metric(const std::string& name) {
    const std::string all = services::Exchange(server_->http(), services::Get("/metrics"));
    const size_t at = all.find("\n" + name + " ");
    return at == std::string::npos ? 0 : std::stod(all.substr(at + name.size() + 2));
  }
  void WaitForMetric(const std::string& name, double least) {
    while (Metric(name) < least && server_->process().Running()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
  }

  // The answer, less what differs each time; its quotes stand in the manual.
  v1::AskResponse AskAndCheckQuotes(const std::string& question) {
    const auto qa = v1::QaService::NewStub(channel_);
    const auto documents = v1::RetrievalService::NewStub(channel_);
    grpc::ClientContext ctx;
    v1::AskRequest request;
    request.set_question(question);
    const auto reader = qa->AskStream(&ctx, request);
    v1::AskEvent event;
    EXPECT_TRUE(reader->Read(&event));
    EXPECT_TRUE(event.has_passages());
    v1::AskResponse answer;
    while (reader->Read(&event)) {
      if (event.has_done()) answer = event.done();
    }
    const grpc::Status status = reader->Finish();
    EXPECT_TRUE(status.ok()) << status.error_message() << server_->process().Log();
    for (const v1::Footnote& footnote : answer.footnotes()) {
      grpc::ClientContext get_ctx;
      v1::GetDocumentRequest get;
      get.set_doc(footnote.doc());
      v1::GetDocumentResponse document;
      EXPECT_TRUE(documents->GetDocument(&get_ctx, get, &document).ok());
      EXPECT_EQ(document.text().substr(footnote.start(), footnote.end() - footnote.start()),
                footnote.quote());
      EXPECT_LT(footnote.passage(), answer.passages_read());
    }
    for (const v1::Sentence& sentence : answer.sentences()) {
      EXPECT_GT(sentence.footnotes_size(), 0);
      for (const int number : sentence.footnotes()) {
        EXPECT_GE(number, 1);
        EXPECT_LE(number, answer.footnotes_size());
      }
    }
    answer.clear_trace_id();
    answer.clear_times();
    return answer;
  }

  std::filesystem::path folder_;
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::GeneratorService::Stub> stub_;
};

TEST_F(GenerateServeTest, TheSameTextAloneAndAmongOthers) {
  const Result alone = Generate(Request(60));
  ASSERT_TRUE(alone.status.ok()) << alone.status.error_message() << server_->process().Log();
  EXPECT_EQ(alone.done.tokens(), 60);
  EXPECT_EQ(alone.done.model(), "llama");
  std::vector<std::thread> threads;
  std::vector<Result> together(4);
  for (Result& result : together) {
    threads.emplace_back([&] { result = Generate(Request(60)); });
  }
  for (std::thread& thread : threads) thread.join();
  for (const Result& result : together) {
    ASSERT_TRUE(result.status.ok()) << result.status.error_message();
    EXPECT_EQ(result.text, alone.text);
  }
}

TEST_F(GenerateServeTest, CancelAndDeadlineFreeTheModel) {
  for (int i = 0; i < 4; ++i) {
    grpc::ClientContext ctx;
    if (i % 2 == 1) {
      ctx.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(300));
    }
    auto reader = stub_->Generate(&ctx, Request(29000));
    v1::GenerateEvent event;
    ASSERT_TRUE(reader->Read(&event)) << reader->Finish().error_message();
    if (i % 2 == 0) ctx.TryCancel();
    while (reader->Read(&event)) {
    }
    EXPECT_EQ(reader->Finish().error_code(),
              i % 2 == 0 ? grpc::StatusCode::CANCELLED : grpc::StatusCode::DEADLINE_EXCEEDED);
  }
  // The cache holds only one of them at a time, so this one ran because they ended.
  EXPECT_TRUE(Generate(Request(20)).status.ok());
}

// A text comes in pieces while it is written, and costs nothing once its reader has left.
TEST_F(GenerateServeTest, TextStreamsAndEndsWithItsReader) {
  const std::string generated = "footnote_generator_tokens_total{kind=\"generated\"}";
  grpc::ClientContext ctx;
  const auto reader = stub_->Generate(&ctx, Request(29000));
  v1::GenerateEvent event;
  for (int pieces = 0; pieces < 3; ++pieces) {
    ASSERT_TRUE(reader->Read(&event)) << reader->Finish().error_message();
    EXPECT_TRUE(event.has_piece());
  }
  ctx.TryCancel();
  while (reader->Read(&event)) {
  }
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  WaitForMetric("footnote_generations_total{code=\"CANCELLED\"}", 1);
  const double before = Metric(generated);
  EXPECT_GE(before, 3);
  EXPECT_LT(before, 29000);
  // The next tokens are those of another text, to the last one.
  EXPECT_EQ(Generate(Request(7)).done.tokens(), 7);
  WaitForMetric(generated, before + 7);
  EXPECT_EQ(Metric(generated), before + 7);
}

TEST_F(GenerateServeTest, AdaptersTakeTurns) {
  const auto generate = [this](const std::string& adapter) {
    v1::GenerateRequest request = Request(60);
    request.set_adapter(adapter);
    const Result result = Generate(request);
    EXPECT_TRUE(result.status.ok()) << result.status.error_message();
    return result.text;
  };
  ASSERT_TRUE(LoadAdapter("all", "llama_all").ok()) << server_->process().Log();
  ASSERT_TRUE(LoadAdapter("some", "llama_q_v").ok()) << server_->process().Log();
  const std::vector<std::string> names = {"", "all", "some"};
  std::vector<std::string> first;
  for (const std::string& name : names) first.push_back(generate(name));
  EXPECT_NE(first[0], first[1]);
  EXPECT_NE(first[0], first[2]);
  EXPECT_NE(first[1], first[2]);
  for (const size_t i : {0, 1, 0, 2, 1, 2, 0}) EXPECT_EQ(generate(names[i]), first[i]);
  // And in one batch.
  std::vector<std::string> together(names.size());
  std::vector<std::thread> threads;
  for (size_t i = 0; i < names.size(); ++i) {
    threads.emplace_back([&, i] { together[i] = generate(names[i]); });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(together, first);
}

TEST_F(GenerateServeTest, AdaptersAreSwitchedAndReplaced) {
  const Result base = Generate(Request(60));
  v1::GenerateRequest request = Request(60);
  request.set_adapter("style");
  EXPECT_EQ(Generate(request).status.error_code(), grpc::StatusCode::NOT_FOUND);
  ASSERT_TRUE(LoadAdapter("style", "llama_all").ok()) << server_->process().Log();
  const Result first = Generate(request);
  ASSERT_TRUE(first.status.ok()) << first.status.error_message();
  ASSERT_TRUE(LoadAdapter("style", "llama_q_v").ok());
  const Result second = Generate(request);
  EXPECT_NE(first.done.adapter_hash(), second.done.adapter_hash());
  EXPECT_NE(first.text, base.text);
  EXPECT_NE(first.text, second.text);
  EXPECT_EQ(Generate(Request(60)).text, base.text);
  EXPECT_EQ(LoadAdapter("x", "../llama").error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(LoadAdapter("x", "nothing").error_code(), grpc::StatusCode::NOT_FOUND);

  grpc::ClientContext ctx;
  v1::ListModelsResponse models;
  ASSERT_TRUE(stub_->ListModels(&ctx, v1::ListModelsRequest(), &models).ok());
  ASSERT_EQ(models.models_size(), 2);
  EXPECT_EQ(models.models(1).family(), "llama");
  EXPECT_EQ(models.models(1).context_tokens(), 30000);
  EXPECT_EQ(models.models(1).adapters_size(), 1);
}

TEST_F(GenerateServeTest, WhatCantFitIsRefusedAndTheQueueIsBounded) {
  const Result too_long = Generate(Request(30001));
  EXPECT_EQ(too_long.status.error_code(), grpc::StatusCode::OUT_OF_RANGE);
  EXPECT_THAT(too_long.status.error_message(), HasSubstr("30001 may be generated"));
  EXPECT_THAT(too_long.status.error_message(), HasSubstr("context holds 30000"));

  // One runs (the cache has room for no second), four wait, others are refused. Those
  // that wait end by their deadline.
  grpc::ClientContext running_ctx;
  const auto running = stub_->Generate(&running_ctx, Request(29000));
  v1::GenerateEvent event;
  ASSERT_TRUE(running->Read(&event));
  std::vector<grpc::Status> statuses(8);
  std::vector<std::thread> threads;
  for (grpc::Status& status : statuses) {
    threads.emplace_back([&] {
      grpc::ClientContext ctx;
      ctx.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(3));
      const auto reader = stub_->Generate(&ctx, Request(29000));
      v1::GenerateEvent ignored;
      while (reader->Read(&ignored)) {
      }
      status = reader->Finish();
    });
  }
  for (std::thread& thread : threads) thread.join();
  int refused = 0;
  for (const grpc::Status& status : statuses) {
    if (status.error_code() != grpc::StatusCode::RESOURCE_EXHAUSTED) continue;
    EXPECT_THAT(status.error_message(), HasSubstr("busy"));
    ++refused;
  }
  EXPECT_GE(refused, 1) << server_->process().Log();
  EXPECT_LE(refused, 4);
  running_ctx.TryCancel();
}

TEST_F(GenerateServeTest, AModelOverTheMemoryLimitIsRefusedWithTheNumbers) {
  Start({"generator.memory_limit_bytes=40000"});
  EXPECT_NE(server_->process().Wait(), 0);
  const std::string log = server_->process().Log();
  EXPECT_THAT(log, HasSubstr("does not fit: weights 2"));  // 210 kB
  EXPECT_THAT(log, HasSubstr("but 40.0 kB are available"));

  Start({"generator.cache_tokens=256"});
  const Result result = Generate(Request(300));
  EXPECT_EQ(result.status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(result.status.error_message(), HasSubstr("256"));
  EXPECT_THAT(result.status.error_message(), HasSubstr("300"));
}

// What people ask of the whole manual, or of the pages here.
std::vector<std::string> Questions() {
  if (std::getenv("FOOTNOTE_MANUAL_STORE") == nullptr) {
    return {"Which port does the server listen on?", "How is a table's space given back?",
            "What is outside of an array?", "Which form of an archive is compressed?"};
  }
  std::vector<std::string> questions;
  std::ifstream file(std::string(FOOTNOTE_TESTDATA) + "/bench/postgresql_questions.jsonl");
  for (std::string line; std::getline(file, line);) {
    questions.push_back(nlohmann::json::parse(line).at("question"));
  }
  return questions;
}

TEST_F(GenerateServeTest, AnswersQuoteTheManualOrAbstain) {
  const std::vector<std::string> questions = Questions();
  ASSERT_GE(questions.size(), 4u);
  for (const std::string& question : questions) {
    const v1::AskResponse first = AskAndCheckQuotes(question);
    const v1::AskResponse again = AskAndCheckQuotes(question);
    EXPECT_EQ(first.SerializeAsString(), again.SerializeAsString());
    EXPECT_EQ(first.author(), "llama");
    EXPECT_GE(first.passages_read(), 4);
    EXPECT_EQ(first.outcome() == v1::AskResponse::ANSWERED, first.sentences_size() > 0);
    EXPECT_EQ(first.outcome() == v1::AskResponse::ABSTAINED, !first.reason().empty());
  }
}

}  // namespace
}  // namespace footnote::integration
