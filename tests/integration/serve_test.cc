// The real process over a small store: both doors, limits, cancellation, drain.
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <signal.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "footnote/v1/footnote.grpc.pb.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "tests/integration/server_process.h"
#include "tests/services/http/raw_client.h"

namespace footnote::integration {
namespace {

using nlohmann::json;
using services::Exchange;
using services::Get;
using services::Post;
using services::RawClient;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr char kQuestion[] = "What port does the gateway listen on?";

json BodyOf(const std::string& response) {
  const size_t at = response.find("\r\n\r\n");
  return at == std::string::npos ? json() : json::parse(response.substr(at + 4), nullptr, false);
}

// A document that keeps the encoder busy for a while.
std::string LongDocument(int paragraphs = 6000) {
  std::string text;
  for (int i = 0; i < paragraphs; ++i) {
    absl::StrAppend(&text, "Paragraph ", i, " tells about valve number ", i * 7,
                    " and its pressure of ", i % 90, " bar in the northern pump house.\n\n");
  }
  return text;
}

// A gRPC call whose messages are bytes, for services that have no stub here.
std::pair<grpc::Status, std::string> RawCall(const std::string& address, const std::string& method,
                                             const std::string& request) {
  grpc::GenericStub stub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
  grpc::ClientContext ctx;
  grpc::CompletionQueue queue;
  const grpc::Slice slice(request);
  const grpc::ByteBuffer message(&slice, 1);
  auto call = stub.PrepareUnaryCall(&ctx, method, message, &queue);
  call->StartCall();
  grpc::ByteBuffer reply;
  grpc::Status status;
  call->Finish(&reply, &status, nullptr);
  void* tag;
  bool ok;
  queue.Next(&tag, &ok);
  std::vector<grpc::Slice> slices;
  std::string bytes;
  if (status.ok() && reply.Dump(&slices).ok()) {
    for (const grpc::Slice& s : slices) {
      bytes.append(reinterpret_cast<const char*>(s.begin()), s.size());
    }
  }
  return {status, bytes};
}

class ServeTest : public testing::Test {
 protected:
  ServeTest() {
    std::string name = (std::filesystem::temp_directory_path() / "footnote-serve-XXXXXX").string();
    folder_ = mkdtemp(name.data());
    data_ = folder_ + "/data";
    server_ = Start();
    const std::string added = Exchange(server_->http(), Post("/v1/documents", R"({"documents":[
        {"id":"ports.md","source":"https://docs.example/ports","content":
         "# Ports\n\nThe gateway listens on port 7413 unless told otherwise.\n"},
        {"id":"cats.txt","content":"Cats sleep for most of the day."},
        {"id":"secret.md","acl":["boss"],"content":"The gateway's password is swordfish."}]})"));
    EXPECT_THAT(added, StartsWith("HTTP/1.1 200")) << server_->process().Log();
    EXPECT_EQ(BodyOf(added)["results"].size(), 3u) << added;
  }

  ~ServeTest() override {
    server_.reset();
    std::filesystem::remove_all(folder_);
  }

  std::unique_ptr<Server> Start(const std::vector<std::string>& flags = {}) {
    return std::make_unique<Server>(data_, absl::StrCat(folder_, "/log", ++servers_), flags);
  }

  std::shared_ptr<grpc::Channel> Channel() {
    return grpc::CreateChannel(server_->grpc(), grpc::InsecureChannelCredentials());
  }

  std::string Ask(absl::string_view request) { return Exchange(server_->http(), request); }

  bool IsStored(const std::string& id) {
    return absl::StartsWith(Ask(Get("/v1/document?doc=" + id)), "HTTP/1.1 200");
  }

  void WaitForLog(const std::string& part) {
    while (!absl::StrContains(server_->process().Log(), part) && server_->process().Running()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }

  std::string folder_;
  std::string data_;
  int servers_ = 0;
  std::unique_ptr<Server> server_;
};

TEST_F(ServeTest, RestAnswersWithQuotesThatStandInTheDocument) {
  const json answer =
      BodyOf(Ask(Post("/v1/ask", absl::StrCat("{\"question\":\"", kQuestion, "\"}"))));
  ASSERT_EQ(answer["outcome"], "ANSWERED") << answer;
  EXPECT_THAT(answer["answer"].get<std::string>(), HasSubstr("7413"));
  ASSERT_FALSE(answer["footnotes"].empty());
  for (const json& footnote : answer["footnotes"]) {
    const json document =
        BodyOf(Ask(Get("/v1/document?doc=" + footnote["doc"].get<std::string>())));
    const std::string text = document["text"];
    const size_t start = footnote["start"], end = footnote["end"];
    EXPECT_EQ(text.substr(start, end - start), footnote["quote"]);
  }
  EXPECT_EQ(answer["footnotes"][0]["source"], "https://docs.example/ports");
}

TEST_F(ServeTest, WeakEvidenceIsAbstention) {
  const json answer =
      BodyOf(Ask(Post("/v1/ask", R"({"question":"What is the capital of France?"})")));
  EXPECT_EQ(answer["outcome"], "ABSTAINED") << answer;
  EXPECT_EQ(answer["answer"], "");
  EXPECT_FALSE(answer["reason"].get<std::string>().empty());
}

TEST_F(ServeTest, EventsComeInOrder) {
  RawClient client(server_->http());
  client.Send(Post("/v1/ask", absl::StrCat("{\"question\":\"", kQuestion, "\"}"),
                   "Accept: text/event-stream\r\n"));
  const std::string stream = client.ReadUntil("\r\n0\r\n\r\n");
  size_t at = 0;
  for (const char* event :
       {"event: passages\n", "event: footnote\n", "event: sentence\n", "event: done\n"}) {
    const size_t next = stream.find(event, at);
    ASSERT_NE(next, std::string::npos) << event << stream;
    at = next;
  }
}

TEST_F(ServeTest, GrpcGivesTheSameAnswer) {
  auto stub = v1::QaService::NewStub(Channel());
  v1::AskRequest request;
  request.set_question(kQuestion);
  grpc::ClientContext unary, streaming;
  v1::AskResponse response;
  ASSERT_TRUE(stub->Ask(&unary, request, &response).ok());
  EXPECT_EQ(response.outcome(), v1::AskResponse::ANSWERED);
  auto reader = stub->AskStream(&streaming, request);
  v1::AskEvent event, last;
  while (reader->Read(&event)) last = event;
  ASSERT_TRUE(reader->Finish().ok());
  EXPECT_EQ(last.done().answer(), response.answer());
  const json rest = BodyOf(Ask(Get("/v1/ask?question=What+port+does+the+gateway+listen+on%3F")));
  EXPECT_EQ(rest["answer"], response.answer());
}

TEST_F(ServeTest, WhatIsIngestedOverGrpcIsSearchableAtOnceAndGoneWhenDeleted) {
  auto stub = v1::IngestService::NewStub(Channel());
  {
    grpc::ClientContext ctx;
    v1::IngestResponse response;
    auto writer = stub->Ingest(&ctx, &response);
    for (int i = 0; i < 70; ++i) {
      v1::IngestRequest request;
      request.mutable_document()->set_id(absl::StrCat("n", i, ".txt"));
      request.mutable_document()->set_content(absl::StrCat("Sensor number ", i, " is zyxxin."));
      ASSERT_TRUE(writer->Write(request));
    }
    v1::IngestRequest broken;
    broken.mutable_document()->set_id("broken.pdf");
    broken.mutable_document()->set_content("x");
    writer->Write(broken);
    writer->WritesDone();
    const grpc::Status status = writer->Finish();
    ASSERT_TRUE(status.ok()) << status.error_message();
    ASSERT_EQ(response.results_size(), 71);
    EXPECT_EQ(response.results(69).outcome(), v1::DocumentResult::ADDED);
    EXPECT_EQ(response.results(70).outcome(), v1::DocumentResult::FAILED);
    EXPECT_FALSE(response.results(70).error().empty());
    const json found = BodyOf(
        Ask(Post("/v1/search", absl::StrCat("{\"query\":\"zyxxin\",\"k\":100,\"mode\":\"LEXICAL\","
                                            "\"min_sequence\":\"",
                                            response.sequence(), "\"}"))));
    EXPECT_EQ(found["passages"].size(), 70u);
  }
  grpc::ClientContext ctx;
  v1::DeleteRequest remove;
  for (int i = 0; i < 69; ++i) remove.add_docs(absl::StrCat("n", i, ".txt"));
  remove.add_docs("never was");
  v1::DeleteResponse deleted;
  ASSERT_TRUE(stub->Delete(&ctx, remove, &deleted).ok());
  EXPECT_EQ(deleted.deleted(), 69u);
  const json left = BodyOf(Ask(Get("/v1/search?query=zyxxin&mode=lexical")));
  ASSERT_EQ(left["passages"].size(), 1u);
  EXPECT_EQ(left["passages"][0]["doc"], "n69.txt");
}

TEST_F(ServeTest, ForeignDocumentsDontExistOnAnyPath) {
  EXPECT_THAT(Ask(Get("/v1/document?doc=secret.md")), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(Ask(Get("/v1/document?doc=secret.md&principals=clerk")), StartsWith("HTTP/1.1 404"));
  EXPECT_THAT(Ask(Get("/v1/document?doc=secret.md&principals=boss")), HasSubstr("swordfish"));
  for (const char* target : {"/v1/search?query=password+swordfish&k=1000",
                             "/v1/search?query=swordfish&mode=lexical&principals=clerk",
                             "/v1/search?query=swordfish&mode=dense",
                             "/v1/ask?question=What+is+the+password+of+the+gateway%3F"}) {
    const std::string response = Ask(Get(target));
    EXPECT_THAT(response, StartsWith("HTTP/1.1 200")) << target;
    EXPECT_EQ(response.find("is swordfish"), std::string::npos) << target;
  }
}

TEST_F(ServeTest, HealthIsTrueOverBothDoors) {
  EXPECT_THAT(Ask(Get("/healthz")), StartsWith("HTTP/1.1 200"));
  while (!absl::StartsWith(Ask(Get("/readyz")), "HTTP/1.1 200")) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  const std::string serving = "\x08\x01";  // status: SERVING
  for (const std::string& service : {std::string(), std::string("footnote.v1.QaService")}) {
    const std::string request =
        service.empty()
            ? ""
            : absl::StrCat("\x0a", std::string(1, static_cast<char>(service.size())), service);
    while (RawCall(server_->grpc(), "/grpc.health.v1.Health/Check", request).second != serving) {
      std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
  }
}

TEST_F(ServeTest, ReflectionIsOnlyThereBehindItsFlag) {
  const std::string method = "/grpc.reflection.v1alpha.ServerReflection/ServerReflectionInfo";
  const std::string list_services = std::string("\x3a\x00", 2);
  EXPECT_EQ(RawCall(server_->grpc(), method, list_services).first.error_code(),
            grpc::StatusCode::UNIMPLEMENTED);
  server_.reset();
  server_ = Start({"--set", "grpc.reflection=true"});
  const auto [status, reply] = RawCall(server_->grpc(), method, list_services);
  EXPECT_TRUE(status.ok()) << status.error_message();
  EXPECT_THAT(reply, HasSubstr("footnote.v1.QaService"));
}

TEST_F(ServeTest, ThePageAndTheApiDescriptionAreServed) {
  EXPECT_THAT(Ask(Get("/")), AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("text/html"),
                                   HasSubstr("default-src 'self'"), HasSubstr("ETag: ")));
  EXPECT_EQ(BodyOf(Ask(Get("/openapi.json")))["openapi"], "3.1.0");
}

TEST_F(ServeTest, MetricsCountCallsAndDocuments) {
  Ask(Get("/v1/search?query=cats"));
  Ask(Get("/v1/search?query=cats&k=0"));
  const std::string metrics = Ask(Get("/metrics"));
  for (const char* line :
       {"footnote_requests_total{code=\"OK\",door=\"http\",method=\"Search\"} 1",
        "footnote_requests_total{code=\"INVALID_ARGUMENT\",door=\"http\",method=\"Search\"} 1",
        "footnote_documents{collection=\"default\"} 3",
        "footnote_stage_seconds_count{stage=\"embed\"}"}) {
    EXPECT_THAT(metrics, HasSubstr(line));
  }
}

TEST_F(ServeTest, BadBodiesAreClearErrorsAndTheServerLives) {
  const std::pair<std::string, int> bodies[] = {
      {"", 400},
      {"{", 400},
      {"[]", 400},
      {R"({"question":1})", 400},
      {R"({"question":""})", 400},
      {R"({"question":"x","nope":1})", 400},
      {R"({"question":"x","passages":0})", 400},
      {R"({"question":"x","passages":-1})", 400},
      {R"({"question":"x","passages":-2147483648})", 400},
      {R"({"question":"x","passages":2147483647})", 400},
      {R"({"question":"x","passages":1000000000})", 400},
      {R"({"question":"x","min_sequence":-1})", 400},
      {R"({"question":"x","min_sequence":"18446744073709551615"})", 400},
      {R"({"question":"x","collection":"no such"})", 404},
      {R"({"question":"x","collection":"../../etc"})", 404},
      {absl::StrCat("{\"question\":\"", std::string(100 << 10, 'q'), "\"}"), 400},
      {"{\"question\":\"\xFF\"}", 400},
      {std::string(1 << 20, '['), 400},
  };
  for (const auto& [body, status] : bodies) {
    const std::string response = Ask(Post("/v1/ask", body));
    EXPECT_THAT(response, StartsWith(absl::StrCat("HTTP/1.1 ", status))) << body.substr(0, 80);
    EXPECT_FALSE(BodyOf(response)["error"]["message"].get<std::string>().empty());
  }
  for (const char* query : {"k=0", "k=-1", "k=1000000000", "k=1001", "dense_weight=nan",
                            "dense_weight=inf", "dense_weight=-0.1", "fusion=x"}) {
    EXPECT_THAT(Ask(Get(absl::StrCat("/v1/search?query=x&", query))), StartsWith("HTTP/1.1 400"))
        << query;
  }
  EXPECT_THAT(Ask(Get("/healthz")), StartsWith("HTTP/1.1 200"));
}

TEST_F(ServeTest, ADeadlineEndsAnIngestAndNothingIsWritten) {
  const json body = {{"documents", {{{"id", "long.txt"}, {"content", LongDocument()}}}}};
  EXPECT_THAT(Ask(Post("/v1/documents", body.dump(), "X-Timeout-Ms: 50\r\n")),
              StartsWith("HTTP/1.1 504"));
  EXPECT_FALSE(IsStored("long.txt"));
}

TEST_F(ServeTest, AClientThatLeavesEndsItsIngest) {
  const json body = {{"documents", {{{"id", "long.txt"}, {"content", LongDocument()}}}}};
  {
    RawClient client(server_->http());
    client.Send(Post("/v1/documents", body.dump()));
    while (!absl::StrContains(Ask(Get("/metrics")), "footnote_requests_in_flight 1")) {
    }
  }
  WaitForLog("\"method\":\"Ingest\",\"code\":\"CANCELLED\"");
  EXPECT_FALSE(IsStored("long.txt"));
}

TEST_F(ServeTest, SigtermLetsCallsFinishAndClosesTheStore) {
  server_.reset();
  server_ = Start({"--set", "limits.drain_timeout=10m"});
  const json body = {{"documents", {{{"id", "long.txt"}, {"content", LongDocument(1500)}}}}};
  RawClient client(server_->http());
  client.Send(Post("/v1/documents", body.dump()));
  while (!absl::StrContains(Ask(Get("/metrics")), "footnote_requests_in_flight 1")) {
  }
  server_->process().Signal(SIGTERM);
  EXPECT_THAT(client.ReadResponse(), AllOf(StartsWith("HTTP/1.1 200"), HasSubstr("\"ADDED\"")));
  EXPECT_EQ(server_->process().Wait(), 0);
  EXPECT_THAT(server_->process().Log(), HasSubstr("\"message\":\"stopped\""));
  server_ = Start();
  EXPECT_TRUE(IsStored("long.txt"));
}

TEST_F(ServeTest, SigintAtRestEndsWithZero) {
  server_->process().Signal(SIGINT);
  EXPECT_EQ(server_->process().Wait(), 0);
}

TEST_F(ServeTest, DrainCancelsWhatTakesTooLong) {
  server_.reset();
  server_ = Start({"--set", "limits.drain_timeout=50ms"});
  const json body = {{"documents", {{{"id", "long.txt"}, {"content", LongDocument()}}}}};
  RawClient client(server_->http());
  client.Send(Post("/v1/documents", body.dump()));
  while (!absl::StrContains(Ask(Get("/metrics")), "footnote_requests_in_flight 1")) {
  }
  server_->process().Signal(SIGTERM);
  EXPECT_THAT(client.ReadResponse(), HasSubstr("CANCELLED"));
  EXPECT_EQ(server_->process().Wait(), 0);
  EXPECT_THAT(server_->process().Log(), HasSubstr("\"code\":\"CANCELLED\""));
}

TEST_F(ServeTest, TheLogIsOneJsonObjectALine) {
  Ask(Get("/v1/ask?question=two%0Alines%22%2C%22level%22%3A%22error"));
  Ask(Get("/v1/search?query=x&collection=a%0D%0Ab"));
  server_->process().Signal(SIGTERM);
  server_->process().Wait();
  std::istringstream log(server_->process().Log());
  int calls = 0;
  for (std::string line; std::getline(log, line);) {
    const json object = json::parse(line, nullptr, false);
    ASSERT_TRUE(object.is_object()) << line;
    for (const char* key : {"time", "level", "message"}) EXPECT_TRUE(object.contains(key)) << line;
    if (object.contains("trace_id")) ++calls;
  }
  EXPECT_EQ(calls, 3);
}

TEST_F(ServeTest, ASecondServerIsAClearError) {
  Process same_data({"serve", "--data", data_, "--http", "127.0.0.1:0", "--grpc", ""},
                    folder_ + "/second");
  EXPECT_NE(same_data.Wait(), 0);
  EXPECT_THAT(same_data.Log(), HasSubstr(data_));
  for (const char* flag : {"--http", "--grpc"}) {
    const std::string address = flag == std::string("--http") ? server_->http() : server_->grpc();
    const std::string other = flag == std::string("--http") ? "--grpc" : "--http";
    Process same_address({"serve", "--data", folder_ + "/other", flag, address, other, ""},
                         folder_ + "/third");
    EXPECT_NE(same_address.Wait(), 0);
    EXPECT_THAT(same_address.Log(), AllOf(HasSubstr(address), HasSubstr("in use"))) << flag;
  }
}

}  // namespace
}  // namespace footnote::integration
