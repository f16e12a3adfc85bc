// GeneratorService of the real process with a tiny random model: streaming, cancel,
// deadline, adapters, limits, and answers that the model writes.
#include <grpcpp/grpcpp.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "footnote/v1/footnote.grpc.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/integration/server_process.h"

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
    MakeModel();
    std::filesystem::copy(kGolden / "adapters", folder_ / "adapters",
                          std::filesystem::copy_options::recursive);
    server_ = std::make_unique<Server>(
        (folder_ / "data").string(), (folder_ / "log").string(),
        std::vector<std::string>{
            "--generator", (folder_ / "llama").string(), "--set",
            absl::StrCat("generator.adapters_dir=", (folder_ / "adapters").string()), "--set",
            "generator.cache_tokens=40000", "--set", "generator.max_queue=4", "--set",
            "generator.max_running=2"});
    channel_ = grpc::CreateChannel(server_->grpc(), grpc::InsecureChannelCredentials());
    stub_ = v1::GeneratorService::NewStub(channel_);
  }

  ~GenerateServeTest() override {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  // A golden model with a longer context, so that a generation can last.
  void MakeModel() const {
    const std::filesystem::path model = folder_ / "llama";
    std::filesystem::create_directory(model);
    std::filesystem::copy(kGolden / "models/llama/model.safetensors", model);
    for (const char* file : {"vocab.txt", "tokenizer_config.json"}) {
      std::filesystem::copy(kGolden / "models" / file, model);
    }
    nlohmann::json config =
        nlohmann::json::parse(std::ifstream(kGolden / "models/llama/config.json"));
    config["max_position_embeddings"] = 30000;
    std::ofstream(model / "config.json") << config;
  }

  static v1::GenerateRequest Request(int max_tokens) {
    v1::GenerateRequest request;
    request.set_prompt("a harbour");
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

}  // namespace
}  // namespace footnote::integration
