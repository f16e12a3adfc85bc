#include "services/grpc/server.h"

#include <grpcpp/grpcpp.h>

#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "footnote/v1/footnote.grpc.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/services/fake_application.h"

namespace footnote::services {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

Config TestConfig() {
  Config config;
  config.grpc.listen = "127.0.0.1:0";
  config.grpc.max_metadata_bytes = 4096;
  config.limits.max_body_bytes = 100000;
  config.limits.max_concurrent_requests = 4;
  config.limits.write_deadline = absl::Milliseconds(500);
  config.limits.max_batch_documents = 200;
  return config;
}

// The real server over real sockets, before an application that is fake.
class GrpcServerTest : public testing::Test {
 protected:
  GrpcServerTest()
      : config_(TestConfig()),
        application_(config_),
        logger_(config_.log, [](absl::string_view) {}),
        calls_(config_.limits, &metrics_, &logger_) {
    auto server = GrpcServer::Start(config_, &application_, &calls_);
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    grpc::ChannelArguments arguments;
    arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
    channel_ = grpc::CreateCustomChannel(server_->address(), grpc::InsecureChannelCredentials(),
                                         arguments);
    qa_ = v1::QaService::NewStub(channel_);
    retrieval_ = v1::RetrievalService::NewStub(channel_);
    ingest_ = v1::IngestService::NewStub(channel_);
    generator_ = v1::GeneratorService::NewStub(channel_);
  }

  static v1::AskRequest Question(const std::string& text) {
    v1::AskRequest request;
    request.set_question(text);
    return request;
  }

  void WaitUntil(const std::function<bool()>& condition) {
    while (!condition()) absl::SleepFor(absl::Milliseconds(2));
  }

  const Config config_;
  FakeApplication application_;
  const Logger logger_;
  Metrics metrics_;
  Calls calls_;
  std::unique_ptr<GrpcServer> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::QaService::Stub> qa_;
  std::unique_ptr<v1::RetrievalService::Stub> retrieval_;
  std::unique_ptr<v1::IngestService::Stub> ingest_;
  std::unique_ptr<v1::GeneratorService::Stub> generator_;
};

TEST_F(GrpcServerTest, AskAnswersWithTheTraceId) {
  const std::string id = "0123456789abcdef0123456789abcdef";
  grpc::ClientContext ctx;
  ctx.AddMetadata("x-trace-id", id);
  v1::AskResponse response;
  const grpc::Status status = qa_->Ask(&ctx, Question("why?"), &response);
  ASSERT_TRUE(status.ok()) << status.error_message();
  EXPECT_EQ(response.answer(), "why?");
  EXPECT_EQ(response.trace_id(), id);
  EXPECT_EQ(ctx.GetServerInitialMetadata().find("x-trace-id")->second, id);
}

TEST_F(GrpcServerTest, AskStreamSendsTypedEventsInOrder) {
  grpc::ClientContext ctx;
  auto reader = qa_->AskStream(&ctx, Question("why?"));
  std::vector<v1::AskEvent::EventCase> events;
  v1::AskEvent event;
  while (reader->Read(&event)) events.push_back(event.event_case());
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(events,
            (std::vector<v1::AskEvent::EventCase>{v1::AskEvent::kPassages, v1::AskEvent::kFootnote,
                                                  v1::AskEvent::kSentence, v1::AskEvent::kDone}));
}

TEST_F(GrpcServerTest, SetsTheAccessOfACollection) {
  v1::SetAccessRequest request;
  request.set_collection("hr");
  request.add_deny("user:eve");
  v1::SetAccessResponse response;
  {
    grpc::ClientContext ctx;
    const grpc::Status status = ingest_->SetAccess(&ctx, request, &response);
    ASSERT_TRUE(status.ok()) << status.error_message();
  }
  EXPECT_EQ(response.sequence(), 101u);
  request.add_acl("");
  grpc::ClientContext ctx;
  EXPECT_EQ(ingest_->SetAccess(&ctx, request, &response).error_code(),
            grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(GrpcServerTest, GenerateStreamsPiecesThenDone) {
  grpc::ClientContext ctx;
  v1::GenerateRequest request;
  request.set_prompt("abc");
  auto reader = generator_->Generate(&ctx, request);
  std::string text;
  v1::GenerateEvent event;
  while (reader->Read(&event)) {
    if (event.has_piece()) text += event.piece().text();
  }
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(text, "abc");
  EXPECT_EQ(event.done().reason(), v1::GenerateDone::END);
  EXPECT_EQ(event.done().tokens(), 3);
  EXPECT_EQ(event.done().trace_id().size(), 32u);
}

TEST_F(GrpcServerTest, ACancelledGenerationStops) {
  grpc::ClientContext ctx;
  v1::GenerateRequest request;
  request.set_prompt("wait");
  auto reader = generator_->Generate(&ctx, request);
  v1::GenerateEvent event;
  ASSERT_TRUE(reader->Read(&event));
  ctx.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
  WaitUntil([&] { return application_.inference().cancelled == 1; });
}

TEST_F(GrpcServerTest, AGenerationsDeadlineIsHonoured) {
  grpc::ClientContext ctx;
  ctx.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(50));
  v1::GenerateRequest request;
  request.set_prompt("wait");
  auto reader = generator_->Generate(&ctx, request);
  v1::GenerateEvent event;
  while (reader->Read(&event)) {
  }
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
}

TEST_F(GrpcServerTest, TheGeneratorsUnaryCalls) {
  const auto call = [&](auto method, const auto& request, auto* response) {
    grpc::ClientContext ctx;
    return (generator_.get()->*method)(&ctx, request, response).error_code();
  };
  using Stub = v1::GeneratorService::Stub;
  v1::EmbedRequest embed;
  v1::EmbedResponse embedded;
  EXPECT_EQ(call(&Stub::Embed, embed, &embedded), grpc::StatusCode::INVALID_ARGUMENT);
  embed.add_texts("one");
  embed.add_texts("");
  EXPECT_EQ(call(&Stub::Embed, embed, &embedded), grpc::StatusCode::OK);
  EXPECT_EQ(embedded.embeddings_size(), 2);

  v1::RerankRequest rerank;
  v1::RerankResponse reranked;
  EXPECT_EQ(call(&Stub::Rerank, rerank, &reranked), grpc::StatusCode::INVALID_ARGUMENT);
  rerank.set_query("q");
  rerank.add_texts("t");
  rerank.set_top_n(-1);
  EXPECT_EQ(call(&Stub::Rerank, rerank, &reranked), grpc::StatusCode::INVALID_ARGUMENT);
  rerank.set_top_n(1);
  EXPECT_EQ(call(&Stub::Rerank, rerank, &reranked), grpc::StatusCode::FAILED_PRECONDITION);

  v1::ListModelsResponse models;
  EXPECT_EQ(call(&Stub::ListModels, v1::ListModelsRequest(), &models), grpc::StatusCode::OK);
  EXPECT_EQ(models.models_size(), 1);

  v1::TokenizeRequest tokenize;
  tokenize.set_text("ab");
  v1::TokenizeResponse tokens;
  EXPECT_EQ(call(&Stub::Tokenize, tokenize, &tokens), grpc::StatusCode::OK);
  EXPECT_EQ(tokens.ids_size(), 2);
  v1::DetokenizeRequest detokenize;
  detokenize.add_ids(-1);
  v1::DetokenizeResponse text;
  EXPECT_EQ(call(&Stub::Detokenize, detokenize, &text), grpc::StatusCode::INVALID_ARGUMENT);
}

TEST_F(GrpcServerTest, AnAdaptersFolderCantLeaveItsPlace) {
  for (const char* folder : {"", "/etc", "..", "a/../../b", "a//b", "./a", "a/", "a/..", "."}) {
    grpc::ClientContext ctx;
    v1::LoadAdapterRequest request;
    request.set_name("x");
    request.set_folder(folder);
    v1::LoadAdapterResponse response;
    EXPECT_EQ(generator_->LoadAdapter(&ctx, request, &response).error_code(),
              grpc::StatusCode::INVALID_ARGUMENT)
        << folder;
  }
  grpc::ClientContext ctx;
  v1::LoadAdapterRequest request;
  request.set_name("x");
  request.set_folder("law/v2");
  v1::LoadAdapterResponse response;
  EXPECT_TRUE(generator_->LoadAdapter(&ctx, request, &response).ok());
}

TEST_F(GrpcServerTest, ErrorsKeepTheirCodes) {
  const std::pair<std::string, grpc::StatusCode> cases[] = {
      {"", grpc::StatusCode::INVALID_ARGUMENT},
      {std::string(9000, 'x'), grpc::StatusCode::INVALID_ARGUMENT},
      {"denied", grpc::StatusCode::NOT_FOUND},
      {"throw", grpc::StatusCode::INTERNAL},
      {"fail late", grpc::StatusCode::DATA_LOSS}};
  for (const auto& [question, code] : cases) {
    grpc::ClientContext ctx;
    v1::AskResponse response;
    EXPECT_EQ(qa_->Ask(&ctx, Question(question), &response).error_code(), code) << question;
  }
}

TEST_F(GrpcServerTest, NumbersOutOfRangeAreRefused) {
  for (const int k : {0, -1, 1001, 1000000000, INT32_MIN, INT32_MAX}) {
    grpc::ClientContext ctx;
    v1::SearchRequest request;
    request.set_query("x");
    request.set_k(k);
    v1::SearchResponse response;
    const grpc::Status status = retrieval_->Search(&ctx, request, &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT) << k;
    EXPECT_THAT(status.error_message(), AllOf(HasSubstr("k is"), HasSubstr("1 and 1000")));
  }
}

TEST_F(GrpcServerTest, ClientsDeadlineIsHonoured) {
  grpc::ClientContext ctx;
  ctx.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(50));
  v1::AskResponse response;
  EXPECT_EQ(qa_->Ask(&ctx, Question("wait"), &response).error_code(),
            grpc::StatusCode::DEADLINE_EXCEEDED);
  // The work ends too, whichever of the two it sees first.
  WaitUntil([&] { return application_.expired + application_.cancelled == 1; });
}

TEST_F(GrpcServerTest, ClientsCancellationIsSeen) {
  grpc::ClientContext ctx;
  auto reader = qa_->AskStream(&ctx, Question("wait"));
  WaitUntil([&] { return application_.waiting == 1; });
  ctx.TryCancel();
  WaitUntil([&] { return application_.cancelled == 1; });
  v1::AskEvent event;
  while (reader->Read(&event)) {
  }
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(GrpcServerTest, IngestReportsEachDocumentInOrder) {
  grpc::ClientContext ctx;
  v1::IngestResponse response;
  auto writer = ingest_->Ingest(&ctx, &response);
  for (int i = 0; i < 150; ++i) {
    v1::IngestRequest request;
    request.mutable_document()->set_id(i == 70 ? "" : absl::StrCat("doc", i));
    request.mutable_document()->set_content("text");
    ASSERT_TRUE(writer->Write(request));
  }
  writer->WritesDone();
  const grpc::Status status = writer->Finish();
  ASSERT_TRUE(status.ok()) << status.error_message();
  ASSERT_EQ(response.results_size(), 150);
  EXPECT_EQ(response.results(149).id(), "doc149");
  EXPECT_EQ(response.results(70).outcome(), v1::DocumentResult::FAILED);
  EXPECT_THAT(response.results(70).error(), HasSubstr("id is empty"));
  EXPECT_EQ(application_.batches, 3);  // 64 + 64 + 22
}

TEST_F(GrpcServerTest, BadIngestStreamsAreRefused) {
  const std::function<void(grpc::ClientWriter<v1::IngestRequest>*)> cases[] = {
      [](auto*) {}, [](auto* writer) { writer->Write(v1::IngestRequest()); },
      [](auto* writer) {
        v1::IngestRequest request;
        request.set_collection("a");
        request.mutable_document()->set_id("1");
        writer->Write(request);
        request.set_collection("b");
        writer->Write(request);
      }};
  for (const auto& send : cases) {
    grpc::ClientContext ctx;
    v1::IngestResponse response;
    auto writer = ingest_->Ingest(&ctx, &response);
    send(writer.get());
    writer->WritesDone();
    EXPECT_EQ(writer->Finish().error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  }
}

TEST_F(GrpcServerTest, AStreamTakesNoMoreDocumentsThanABatch) {
  grpc::ClientContext ctx;
  v1::IngestResponse response;
  auto writer = ingest_->Ingest(&ctx, &response);
  v1::IngestRequest request;
  for (int i = 0; i < 201; ++i) {
    request.mutable_document()->set_id(absl::StrCat("doc", i));
    if (!writer->Write(request)) break;
  }
  writer->WritesDone();
  const grpc::Status status = writer->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_THAT(status.error_message(), HasSubstr("limits.max_batch_documents"));
  EXPECT_THAT(status.error_message(), HasSubstr("192 documents before it were processed"));
}

TEST_F(GrpcServerTest, AStreamThatStallsEndsAtTheServersDeadline) {
  grpc::ClientContext ctx;
  v1::IngestResponse response;
  auto writer = ingest_->Ingest(&ctx, &response);
  v1::IngestRequest request;
  request.mutable_document()->set_id("1");
  ASSERT_TRUE(writer->Write(request));
  const grpc::Status status = writer->Finish();  // without WritesDone
  EXPECT_FALSE(status.ok());
  EXPECT_EQ(application_.batches, 0);
}

TEST_F(GrpcServerTest, ABrokenStreamWritesNothingOfItsLastBatch) {
  {
    grpc::ClientContext ctx;
    v1::IngestResponse response;
    auto writer = ingest_->Ingest(&ctx, &response);
    v1::IngestRequest request;
    request.mutable_document()->set_id("1");
    ASSERT_TRUE(writer->Write(request));
    ctx.TryCancel();
    writer->Finish();
  }
  WaitUntil([&] { return calls_.in_flight() == 0; });
  EXPECT_EQ(application_.batches, 0);
}

TEST_F(GrpcServerTest, LargeMessagesAndMetadataAreRefused) {
  {
    grpc::ClientContext ctx;
    v1::AskResponse response;
    const grpc::Status status = qa_->Ask(&ctx, Question(std::string(200000, 'x')), &response);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  }
  {
    grpc::ClientContext ctx;
    for (int i = 0; i < 1000; ++i) ctx.AddMetadata(absl::StrCat("x-flood-", i), "value");
    v1::AskResponse response;
    EXPECT_FALSE(qa_->Ask(&ctx, Question("x"), &response).ok());
  }
  grpc::ClientContext ctx;
  v1::AskResponse response;
  EXPECT_TRUE(qa_->Ask(&ctx, Question("x"), &response).ok());
}

TEST_F(GrpcServerTest, TooManyCallsAreRefused) {
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::AskEvent>>> readers;
  for (int i = 0; i < 4; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    readers.push_back(qa_->AskStream(contexts.back().get(), Question("wait")));
  }
  WaitUntil([&] { return application_.waiting == 4; });
  grpc::ClientContext ctx;
  v1::AskResponse response;
  const grpc::Status status = qa_->Ask(&ctx, Question("x"), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_THAT(status.error_message(), HasSubstr("limits.max_concurrent_requests"));
  for (auto& context : contexts) context->TryCancel();
  v1::AskEvent event;
  for (auto& reader : readers) {
    while (reader->Read(&event)) {
    }
    reader->Finish();
  }
}

TEST_F(GrpcServerTest, DrainLetsCallsFinishThenCancels) {
  grpc::ClientContext soon, never;
  soon.set_deadline(std::chrono::system_clock::now() + std::chrono::milliseconds(200));
  auto first = qa_->AskStream(&soon, Question("wait"));
  auto second = qa_->AskStream(&never, Question("wait"));
  WaitUntil([&] { return application_.waiting == 2; });
  server_->Shutdown(absl::Now() + absl::Milliseconds(400));
  EXPECT_EQ(application_.waiting, 0);
  v1::AskEvent event;
  while (first->Read(&event)) {
  }
  while (second->Read(&event)) {
  }
  EXPECT_FALSE(first->Finish().ok());
  EXPECT_FALSE(second->Finish().ok());
}

TEST_F(GrpcServerTest, AnAddressInUseIsAnErrorThatNamesIt) {
  Config second = config_;
  second.grpc.listen = server_->address();
  const auto again = GrpcServer::Start(second, &application_, &calls_);
  EXPECT_TRUE(absl::IsFailedPrecondition(again.status())) << again.status();
  EXPECT_THAT(std::string(again.status().message()),
              AllOf(HasSubstr(server_->address()), HasSubstr("in use"), HasSubstr("grpc.listen")));
  second.grpc.listen = "nonsense";
  EXPECT_TRUE(absl::IsInvalidArgument(GrpcServer::Start(second, &application_, &calls_).status()));
}

}  // namespace
}  // namespace footnote::services
