#include "services/http/server.h"

#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/http/routes.h"
#include "services/http/static_files.h"
#include "tests/services/fake_application.h"
#include "tests/services/http/raw_client.h"

namespace footnote::services {
namespace {

using ::testing::AllOf;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

Config TestConfig() {
  Config config;
  config.http.listen = "127.0.0.1:0";
  config.http.header_timeout = absl::Milliseconds(400);
  config.http.body_timeout = absl::Milliseconds(400);
  config.http.idle_timeout = absl::Milliseconds(600);
  config.http.heartbeat = absl::Milliseconds(100);
  config.http.max_header_bytes = 4096;
  config.limits.max_body_bytes = 100000;
  config.limits.worker_threads = 4;
  config.limits.max_concurrent_requests = 3;
  return config;
}

// The real server over real sockets, before an application that is fake.
class HttpServerTest : public testing::Test {
 protected:
  explicit HttpServerTest(const Config& config = TestConfig())
      : config_(config),
        application_(config),
        logger_(config.log, [this](absl::string_view line) { AddLog(line); }),
        calls_(config.limits, &metrics_, &logger_),
        readiness_({}, [] { return absl::OkStatus(); }),
        router_(RequestGuard({"docs.example"}), Routes(), &logger_) {
    auto server = HttpServer::Start(config_, &router_, &logger_);
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }

  std::vector<Route> Routes() {
    auto routes = ApiRoutes(HttpDoor{&application_, &calls_}, &metrics_, &readiness_);
    static constexpr web::Asset kAssets[] = {
        {"/", "text/html; charset=utf-8", "<p>page</p>", "\"abc\""}};
    for (Route& route : StaticRoutes(kAssets)) routes.push_back(std::move(route));
    return routes;
  }

  std::string Ask(absl::string_view request) { return Exchange(server_->address(), request); }

  void WaitUntil(const std::function<bool()>& condition) {
    while (!condition()) absl::SleepFor(absl::Milliseconds(2));
  }

  void AddLog(absl::string_view line) {
    const std::lock_guard<std::mutex> lock(log_mu_);
    log_.append(line.data(), line.size());
  }
  std::string Log() {
    const std::lock_guard<std::mutex> lock(log_mu_);
    return log_;
  }

  const Config config_;
  std::mutex log_mu_;
  std::string log_;
  FakeApplication application_;
  const Logger logger_;
  Metrics metrics_;
  Calls calls_;
  Readiness readiness_;
  const Router router_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, AnswersJson) {
  const std::string response = Ask(Post("/v1/ask", R"({"question":"why \"so\"?"})"));
  EXPECT_THAT(response, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(response, HasSubstr("\"outcome\":\"ANSWERED\""));
  EXPECT_THAT(response, HasSubstr(R"("answer":"why \"so\"?")"));
  EXPECT_THAT(response, HasSubstr("\"sequence\":\"7\""));
}

TEST_F(HttpServerTest, SetsAccessAndDeletesByFilter) {
  EXPECT_THAT(Ask(Post("/v1/access", R"({"collection":"hr","deny":["a","b"]})")),
              AllOf(StartsWith("HTTP/1.1 200 OK\r\n"), HasSubstr(R"({"sequence":"102"})")));
  EXPECT_THAT(Ask(Post("/v1/access", R"({"acl":[""]})")), HasSubstr("acl is empty"));
  EXPECT_THAT(Ask(Post("/v1/delete", R"({"filter":{"field":"year","lt":2015}})")),
              StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(Ask(Post("/v1/delete", R"({"filter":{}})")),
              AllOf(StartsWith("HTTP/1.1 400"), HasSubstr("it is empty")));
}

TEST_F(HttpServerTest, EveryResponseHasTheSecurityHeadersAndATraceId) {
  for (const std::string& request : {Get("/"), Get("/nothing"), Get("/v1/search?query=x"),
                                     Post("/v1/ask", "{"), std::string("BAD\r\n\r\n")}) {
    const std::string response = Ask(request);
    EXPECT_THAT(response, AllOf(HasSubstr("X-Content-Type-Options: nosniff\r\n"),
                                HasSubstr("default-src 'self'"),
                                HasSubstr("frame-ancestors 'none'"), HasSubstr("X-Trace-Id: ")))
        << request;
    EXPECT_THAT(response, Not(HasSubstr("Access-Control-Allow-Origin"))) << request;
  }
}

TEST_F(HttpServerTest, KeepsTheClientsTraceIdOnlyIfItIsOne) {
  const std::string id = "0123456789abcdef0123456789abcdef";
  EXPECT_THAT(Ask(Get("/v1/search?query=x", absl::StrCat("X-Trace-Id: ", id, "\r\n"))),
              AllOf(HasSubstr("X-Trace-Id: " + id), HasSubstr("\"trace_id\":\"" + id + "\"")));
  EXPECT_THAT(Ask(Get("/healthz", absl::StrCat("traceparent: 00-", id, "-01-01\r\n"))),
              HasSubstr("X-Trace-Id: " + id));
  EXPECT_THAT(Ask(Get("/healthz", "X-Trace-Id: <script>\r\n")), Not(HasSubstr("script")));
}

TEST_F(HttpServerTest, KeepAliveAndPipeliningAnswerInOrder) {
  RawClient client(server_->address());
  std::string requests;
  for (int i = 0; i < 20; ++i)
    absl::StrAppend(&requests, Get(absl::StrCat("/v1/search?k=1&query=q", i, "e")));
  ASSERT_TRUE(client.Send(requests));
  for (int i = 0; i < 20; ++i) {
    EXPECT_THAT(client.ReadResponse(), HasSubstr(absl::StrCat("\"text\":\"q", i, "e\"")));
  }
}

TEST_F(HttpServerTest, ConnectionCloseAndHttp10AreHonoured) {
  RawClient close(server_->address());
  close.Send(Get("/healthz", "Connection: close\r\n"));
  EXPECT_THAT(close.ReadAll(), AllOf(HasSubstr("Connection: close"), EndsWith("\"ok\"}\n")));
  RawClient old(server_->address());
  old.Send("GET /healthz HTTP/1.0\r\nHost: localhost\r\n\r\n");
  EXPECT_THAT(old.ReadAll(), EndsWith("\"ok\"}\n"));
}

TEST_F(HttpServerTest, HeadHasTheLengthAndNoBody) {
  RawClient client(server_->address());
  client.Send("HEAD / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(client.ReadAll(), AllOf(HasSubstr("Content-Length: 11\r\n"), EndsWith("\r\n\r\n")));
}

TEST_F(HttpServerTest, StaticFilesRevalidate) {
  EXPECT_THAT(Ask(Get("/")), AllOf(HasSubstr("ETag: \"abc\""), HasSubstr("Cache-Control: no-cache"),
                                   EndsWith("<p>page</p>")));
  for (const char* tags : {"\"abc\"", "\"x\", W/\"abc\"", "*"}) {
    EXPECT_THAT(Ask(Get("/", absl::StrCat("If-None-Match: ", tags, "\r\n"))),
                AllOf(StartsWith("HTTP/1.1 304"), Not(HasSubstr("<p>"))));
  }
  EXPECT_THAT(Ask(Get("/", "If-None-Match: \"other\"\r\n")), StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, EventsAreTypedAndInOrder) {
  RawClient client(server_->address());
  client.Send(Post("/v1/ask", R"({"question":"q"})", "Accept: text/event-stream\r\n"));
  const std::string response = client.ReadUntil("0\r\n\r\n");
  EXPECT_THAT(response, HasSubstr("Content-Type: text/event-stream"));
  EXPECT_THAT(response, HasSubstr("Transfer-Encoding: chunked"));
  size_t at = 0;
  for (const char* event : {"event: passages\ndata: {", "event: footnote\ndata: {",
                            "event: sentence\ndata: {", "event: done\ndata: {"}) {
    const size_t next = response.find(event, at);
    ASSERT_NE(next, std::string::npos) << event;
    at = next;
  }
  // The connection can be used again.
  client.Send(Get("/v1/ask?question=q2", "Accept: text/event-stream\r\n"));
  EXPECT_THAT(client.ReadUntil("0\r\n\r\n"), HasSubstr("\"answer\":\"q2\""));
}

TEST_F(HttpServerTest, ErrorsBeforeTheFirstEventAreHttpErrorsAndLaterOnesAreEvents) {
  const std::string sse = "Accept: text/event-stream\r\n";
  EXPECT_THAT(Ask(Post("/v1/ask", R"({"question":""})", sse)),
              AllOf(StartsWith("HTTP/1.1 400"), HasSubstr("question is empty")));
  RawClient client(server_->address());
  client.Send(Post("/v1/ask", R"({"question":"fail late"})", sse));
  EXPECT_THAT(client.ReadUntil("0\r\n\r\n"),
              AllOf(StartsWith("HTTP/1.1 200"),
                    HasSubstr("event: error\ndata: {\"error\":{\"code\":\"DATA_LOSS\"")));
}

TEST_F(HttpServerTest, QuietStreamsCarryHeartbeatsAndEndWithTheDeadline) {
  RawClient client(server_->address());
  client.Send(Post("/v1/ask", R"({"question":"wait"})",
                   "Accept: text/event-stream\r\nX-Timeout-Ms: 500\r\n"));
  const std::string response = client.ReadUntil("0\r\n\r\n");
  EXPECT_THAT(response, HasSubstr(": heartbeat\n\n"));
  EXPECT_THAT(response, HasSubstr("DEADLINE_EXCEEDED"));
  EXPECT_EQ(application_.expired, 1);
}

TEST_F(HttpServerTest, DeadlineEndsACall) {
  EXPECT_THAT(Ask(Post("/v1/search", R"({"query":"wait"})", "X-Timeout-Ms: 50\r\n")),
              AllOf(StartsWith("HTTP/1.1 504"), HasSubstr("DEADLINE_EXCEEDED")));
  for (const char* bad : {"0", "-1", "x", "1e3", "9999999999999999999999"}) {
    EXPECT_THAT(Ask(Get("/v1/search?query=x", absl::StrCat("X-Timeout-Ms: ", bad, "\r\n"))),
                AllOf(StartsWith("HTTP/1.1 400"), HasSubstr("X-Timeout-Ms")));
  }
}

TEST_F(HttpServerTest, AClientThatLeavesCancelsItsWork) {
  for (const char* accept : {"", "Accept: text/event-stream\r\n"}) {
    const int before = application_.cancelled;
    RawClient client(server_->address());
    // A second request waits unread in the socket: that must not hide the end.
    client.Send(Post("/v1/ask", R"({"question":"wait"})", accept) + Get("/healthz"));
    WaitUntil([&] { return application_.waiting == 1; });
    client.Close();
    WaitUntil([&] { return application_.cancelled == before + 1; });
  }
}

TEST_F(HttpServerTest, TooManyCallsAreRefusedAtOnceAndHealthStillAnswers) {
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 3; ++i) {
    clients.push_back(std::make_unique<RawClient>(server_->address()));
    clients.back()->Send(Post("/v1/ask", R"({"question":"wait"})"));
  }
  WaitUntil([&] { return application_.waiting == 3; });
  EXPECT_THAT(Ask(Get("/v1/search?query=x")),
              AllOf(StartsWith("HTTP/1.1 429"), HasSubstr("Retry-After"), HasSubstr("busy")));
  // Both threads that are left now wait too.
  EXPECT_THAT(Ask(Get("/healthz")), StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, AnExceptionIsAnErrorAndNotTheEnd) {
  EXPECT_THAT(Ask(Post("/v1/ask", R"({"question":"throw"})")),
              AllOf(StartsWith("HTTP/1.1 500"), HasSubstr("thrown for the test")));
  EXPECT_THAT(Ask(Get("/healthz")), StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, LargeResponsesArriveWhole) {
  application_.big_document_bytes = 5 << 20;
  const std::string response = Ask(Get("/v1/document?doc=known"));
  EXPECT_THAT(response.substr(0, 20), StartsWith("HTTP/1.1 200"));
  EXPECT_GT(response.size(), size_t{5} << 20);
  EXPECT_THAT(response, EndsWith("}\n"));
}

TEST_F(HttpServerTest, MetricsShowWhatHappened) {
  Ask(Post("/v1/ask", R"({"question":"q"})"));
  Ask(Post("/v1/ask", "{}"));
  const std::string metrics = Ask(Get("/metrics"));
  for (const char* line :
       {"footnote_requests_total{code=\"OK\",door=\"http\",method=\"Ask\"} 1",
        "footnote_requests_total{code=\"INVALID_ARGUMENT\",door=\"http\",method=\"Ask\"} 1",
        "footnote_request_seconds_bucket", "footnote_stage_seconds_count{stage=\"answer\"} 1",
        "footnote_documents{collection=\"default\"} 3",
        "footnote_chunks{collection=\"default\"} 12", "footnote_requests_in_flight 0",
        "process_resident_memory_bytes"}) {
    EXPECT_THAT(metrics, HasSubstr(line));
  }
}

struct Refusal {
  std::string name;
  std::string request;
  int status;
  std::string part;
};

// Requests that must be refused, each on its own connection; afterwards the
// server still answers.
TEST_F(HttpServerTest, BadRequestsAreRefusedWithAReason) {
  const std::string host = "Host: localhost\r\n";
  const std::string json = "Content-Type: application/json\r\n";
  const std::string post = "POST /v1/search HTTP/1.1\r\n" + host + json;
  const std::vector<Refusal> cases = {
      {"unknown path", Get("/v2/ask"), 404, "/openapi.json"},
      {"dots", Get("/../etc/passwd"), 404, "NOT_FOUND"},
      {"wrong method", Get("/v1/documents"), 405, "POST"},
      {"method of the future", "BREW / HTTP/1.1\r\n" + host + "\r\n", 405, "GET"},
      {"options", "OPTIONS /v1/ask HTTP/1.1\r\n" + host + "\r\n", 405, "Allow: POST, GET"},
      {"absolute target", "GET http://localhost/ HTTP/1.1\r\n" + host + "\r\n", 400, "target"},
      {"not http", "hello\r\n\r\n", 400, "malformed"},
      {"tls", std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 15), 400,
       "malformed"},
      {"http2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 400, ""},
      {"no host", "GET / HTTP/1.1\r\n\r\n", 421, "allowed_hosts"},
      {"two hosts", "GET / HTTP/1.1\r\n" + host + host + "\r\n", 400, "Host"},
      {"foreign host", "GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421, "evil.example"},
      {"foreign origin", Post("/v1/delete", R"({"docs":["x"]})", "Origin: http://evil.example\r\n"),
       403, "origin"},
      {"null origin", Post("/v1/delete", R"({"docs":["x"]})", "Origin: null\r\n"), 403, "origin"},
      {"cross site", Post("/v1/delete", R"({"docs":["x"]})", "Sec-Fetch-Site: cross-site\r\n"), 403,
       "origin"},
      {"form",
       "POST /v1/delete HTTP/1.1\r\n" + host +
           "Content-Type: text/plain\r\nContent-Length: 2\r\n\r\n{}",
       415, "application/json"},
      {"no type", "POST /v1/delete HTTP/1.1\r\n" + host + "Content-Length: 2\r\n\r\n{}", 415,
       "json"},
      {"length and chunks",
       post + "Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, ""},
      {"chunks and length",
       post + "Transfer-Encoding: chunked\r\nContent-Length: 2\r\n\r\n0\r\n\r\n", 400, ""},
      {"two lengths", post + "Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400, ""},
      {"two equal lengths", post + "Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}", 400, ""},
      {"length list", post + "Content-Length: 2, 2\r\n\r\n{}", 400, ""},
      {"negative length", post + "Content-Length: -1\r\n\r\n", 400, ""},
      {"signed length", post + "Content-Length: +2\r\n\r\n{}", 400, ""},
      {"hex length", post + "Content-Length: 0x2\r\n\r\n{}", 400, ""},
      {"length beyond 64 bits", post + "Content-Length: 18446744073709551616\r\n\r\n", 400, ""},
      {"greatest length", post + "Content-Length: 18446744073709551615\r\n\r\n", 413,
       "max_body_bytes"},
      {"other coding", post + "Transfer-Encoding: xchunked\r\n\r\n{}", 400, "Transfer-Encoding"},
      {"chunked not last", post + "Transfer-Encoding: chunked, identity\r\n\r\n{}", 400,
       "Transfer-Encoding"},
      {"two codings", post + "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400, ""},
      {"coding twice",
       post + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400, ""},
      {"coding with a vertical tab",
       post + "Transfer-Encoding: \x0b"
              "chunked\r\n\r\n0\r\n\r\n",
       400, ""},
      {"coding in 1.0",
       "POST /v1/search HTTP/1.0\r\n" + host + json + "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
       400, ""},
      {"space before colon", "GET / HTTP/1.1\r\nHost : localhost\r\n\r\n", 400, ""},
      {"folded header", "GET / HTTP/1.1\r\n" + host + "A: b\r\n Transfer-Encoding: chunked\r\n\r\n",
       200, ""},
      {"nul in a header", std::string("GET / HTTP/1.1\r\nHost: local\0host\r\n\r\n", 36), 400, ""},
      {"bare newlines", "GET / HTTP/1.1\nHost: localhost\n\n", 400, ""},
      {"negative chunk", post + "Transfer-Encoding: chunked\r\n\r\n-1\r\nx\r\n", 400, ""},
      {"chunk beyond 64 bits",
       post + "Transfer-Encoding: chunked\r\n\r\n1ffffffffffffffff\r\nx\r\n", 400, ""},
      {"greatest chunk", post + "Transfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\nx\r\n", 413,
       ""},
      {"large body", Post("/v1/search", std::string(100001, 'x')), 413, "max_body_bytes"},
      {"large chunked body",
       post + "Transfer-Encoding: chunked\r\n\r\n" +
           absl::StrCat("186a1\r\n", std::string(100001, 'x'), "\r\n0\r\n\r\n"),
       413, "max_body_bytes"},
      {"long target", Get("/" + std::string(5000, 'a')), 431, "max_header_bytes"},
      {"long header", Get("/", absl::StrCat("A: ", std::string(5000, 'a'), "\r\n")), 431,
       "max_header_bytes"},
  };
  for (const Refusal& c : cases) {
    const std::string response = Ask(c.request);
    EXPECT_THAT(response, StartsWith(absl::StrCat("HTTP/1.1 ", c.status, " "))) << c.name;
    EXPECT_THAT(response, HasSubstr(c.part)) << c.name;
    if (c.status >= 400) {
      EXPECT_THAT(response, HasSubstr("{\"error\":{\"code\":\"")) << c.name;
    }
  }
  EXPECT_THAT(Ask(Get("/healthz")), StartsWith("HTTP/1.1 200"));
  EXPECT_EQ(application_.ingested, 0);
}

TEST_F(HttpServerTest, RefusalsAreLogged) {
  Ask(Get("/nothing%0Ahere"));
  Ask("GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n");
  Ask(Get("/" + std::string(5000, 'a')));
  EXPECT_THAT(Log(), HasSubstr("\"status\":404,\"method\":\"GET\",\"path\":\"/nothing%0Ahere\""));
  EXPECT_THAT(Log(), HasSubstr("\"host\":\"evil.example\""));
  EXPECT_THAT(Log(), HasSubstr("\"status\":431"));
}

TEST_F(HttpServerTest, AMillionHeadersAreCutOff) {
  RawClient client(server_->address());
  client.Send("GET / HTTP/1.1\r\nHost: localhost\r\n");
  int sent = 0;
  while (sent < 1000000 && client.Send("A: b\r\n")) ++sent;
  EXPECT_LT(sent, 1000000);
  EXPECT_THAT(Ask(Get("/healthz")), StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, EndlessChunksAndTrailersAreCutOff) {
  const std::string head =
      "POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Transfer-Encoding: chunked\r\n\r\n";
  const std::pair<std::string, std::string> endless[] = {
      {head, "1\r\nx\r\n"},
      {head + "1;", std::string(1000, 'e')},  // one chunk's extensions
      {head + "0\r\n", "Trailer: " + std::string(90, 't') + "\r\n"}};
  for (const auto& [begin, more] : endless) {
    RawClient client(server_->address());
    client.Send(begin);
    int sent = 0;
    while (sent < 1000000 && client.Send(more)) ++sent;
    EXPECT_LT(sent, 1000000) << more;
  }
  EXPECT_THAT(Ask(Get("/healthz")), StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, SlowClientsAreCutOff) {
  // A byte now and then must not keep a connection.
  const std::string slow[] = {Get("/healthz"), Post("/v1/search", std::string(5000, ' '))};
  for (const std::string& request : slow) {
    RawClient client(server_->address());
    const size_t quick = request.find("\r\n\r\n") == request.size() - 4 ? 0 : request.size() - 4900;
    client.Send(absl::string_view(request).substr(0, quick));
    size_t sent = quick;
    while (sent < request.size() && client.Send(request.substr(sent, 1))) {
      ++sent;
      absl::SleepFor(absl::Milliseconds(50));
    }
    EXPECT_LT(sent, request.size());
  }
  // Nor may one that says nothing, before or between requests.
  RawClient silent(server_->address());
  EXPECT_EQ(silent.ReadAll(), "");
  RawClient idle(server_->address());
  idle.Send(Get("/healthz"));
  EXPECT_THAT(idle.ReadAll(), EndsWith("\"ok\"}\n"));
}

TEST_F(HttpServerTest, ChunkedBodiesAndExpectContinueWork) {
  RawClient chunked(server_->address());
  chunked.Send(
      "POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Transfer-Encoding: chunked\r\n\r\n8;x=y\r\n{\"query\"\r\n");
  chunked.Send("5\r\n:\"x\"}\r\n0\r\n\r\n");
  EXPECT_THAT(chunked.ReadResponse(), StartsWith("HTTP/1.1 200"));
  RawClient expecting(server_->address());
  expecting.Send(
      "POST /v1/search HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
      "Expect: 100-continue\r\nContent-Length: 13\r\n\r\n");
  EXPECT_EQ(expecting.ReadUntil("\r\n\r\n"), "HTTP/1.1 100 Continue\r\n\r\n");
  expecting.Send(R"({"query":"x"})");
  EXPECT_THAT(expecting.ReadResponse(), StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, ASlowReaderDoesNotGrowMemoryAndIsCutOff) {
  application_.big_document_bytes = 64 << 20;
  RawClient client(server_->address());
  client.Send(Get("/v1/document?doc=known"));
  // It reads nothing; others are served.
  EXPECT_THAT(Ask(Get("/healthz")), StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, AllowedHostsMayBeUsed) {
  for (const char* host :
       {"localhost:1", "127.0.0.1:8080", "[::1]:1", "DOCS.example", "10.0.0.1"}) {
    EXPECT_THAT(Ask(absl::StrCat("GET / HTTP/1.1\r\nHost: ", host, "\r\n\r\n")),
                StartsWith("HTTP/1.1 200"))
        << host;
  }
  EXPECT_THAT(
      Ask("POST /v1/delete HTTP/1.1\r\nHost: docs.example\r\nOrigin: https://docs.example\r\n"
          "Content-Type: application/json; charset=utf-8\r\nContent-Length: 14\r\n\r\n"
          R"({"docs":["x"]})"),
      StartsWith("HTTP/1.1 200"));
}

TEST_F(HttpServerTest, DrainLetsRequestsFinishAndRefusesNewOnes) {
  RawClient idle(server_->address());
  idle.Send(Get("/healthz"));
  idle.ReadResponse();
  RawClient busy(server_->address());
  busy.Send(Post("/v1/search", R"({"query":"wait"})", "X-Timeout-Ms: 300\r\n"));
  WaitUntil([&] { return application_.waiting == 1; });
  server_->Shutdown(absl::Now() + absl::Seconds(20));
  EXPECT_EQ(idle.ReadAll(), "");
  EXPECT_THAT(busy.ReadAll(), HasSubstr("504"));
  EXPECT_EQ(application_.expired, 1);
  RawClient late(server_->address());
  EXPECT_FALSE(late.Send(Get("/healthz")) && !late.ReadAll().empty());
}

TEST_F(HttpServerTest, DrainCancelsAtItsDeadline) {
  RawClient busy(server_->address());
  busy.Send(Post("/v1/ask", R"({"question":"wait"})", "Accept: text/event-stream\r\n"));
  WaitUntil([&] { return application_.waiting == 1; });
  server_->Shutdown(absl::Now() + absl::Milliseconds(50));
  EXPECT_EQ(application_.cancelled, 1);
}

TEST(HttpServerStartTest, AnAddressInUseAndABadOneAreErrors) {
  const Config config = TestConfig();
  const Logger logger(config.log, [](absl::string_view) {});
  const Router router(RequestGuard({}), {}, &logger);
  auto first = HttpServer::Start(config, &router, &logger);
  ASSERT_TRUE(first.ok());
  Config second = config;
  second.http.listen = (*first)->address();
  const auto again = HttpServer::Start(second, &router, &logger);
  EXPECT_TRUE(absl::IsFailedPrecondition(again.status())) << again.status();
  EXPECT_THAT(std::string(again.status().message()),
              AllOf(HasSubstr((*first)->address()), HasSubstr("in use"), HasSubstr("http.listen")));
  for (const char* bad : {"", "8080", ":8080", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:65536",
                          "127.0.0.1:-1", "::1:80", "no such host:1", "203.0.113.7:80"}) {
    second.http.listen = bad;
    const auto server = HttpServer::Start(second, &router, &logger);
    EXPECT_FALSE(server.ok()) << bad;
    EXPECT_THAT(std::string(server.status().message()), HasSubstr("http.listen")) << bad;
  }
}

}  // namespace
}  // namespace footnote::services
