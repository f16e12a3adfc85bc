#include "services/http/guard.h"

#include "gtest/gtest.h"

namespace footnote::services {
namespace {

TEST(GuardTest, HostsWithoutTheirPorts) {
  EXPECT_EQ(HostWithoutPort("Example.COM:80"), "example.com");
  EXPECT_EQ(HostWithoutPort("example.com."), "example.com");
  EXPECT_EQ(HostWithoutPort("[::1]:80"), "::1");
  EXPECT_EQ(HostWithoutPort("[::1"), "::1");
  EXPECT_EQ(HostWithoutPort(":80"), "");
  EXPECT_EQ(HostWithoutPort(""), "");
}

int StatusOf(const RequestGuard& guard, const HttpRequest& request) {
  const auto refusal = guard.Check(request);
  return refusal ? refusal->status : 200;
}

TEST(GuardTest, OnlyThisServersNamesAndLiteralAddressesPass) {
  const RequestGuard guard({"Docs.Example"});
  for (const char* host : {"localhost", "a.localhost:1", "127.0.0.1", "[2001:db8::1]:80",
                           "192.168.1.2:8080", "docs.example", "DOCS.EXAMPLE.:443"}) {
    EXPECT_EQ(StatusOf(guard, {"GET", "/", "", {{"host", host}}, "", "", {}, nullptr}), 200)
        << host;
  }
  for (const char* host : {"", "evil.example", "docs.example.evil", "127.0.0.1.evil.example",
                           "127.1", "2130706433", "localhost.evil", "[evil.example]", "*"}) {
    EXPECT_EQ(StatusOf(guard, {"GET", "/", "", {{"host", host}}, "", "", {}, nullptr}), 421)
        << host;
  }
  EXPECT_EQ(StatusOf(RequestGuard({"*"}), {"GET", "/", "", {{"host", "x.y"}}, "", "", {}, nullptr}),
            200);
}

TEST(GuardTest, PostsComeFromTheSameOriginAsJson) {
  const RequestGuard guard({});
  struct Case {
    const char* origin;
    const char* site;
    const char* type;
    int status;
  };
  const Case cases[] = {
      {"", "", "application/json", 200},
      {"", "", "Application/JSON ; charset=utf-8", 200},
      {"http://localhost:8080", "same-origin", "application/json", 200},
      {"https://LOCALHOST:8080", "", "application/json", 200},
      {"", "none", "application/json", 200},
      {"http://localhost:8081", "", "application/json", 403},
      {"http://localhost", "", "application/json", 403},
      {"http://evil.example", "", "application/json", 403},
      {"http://localhost:8080.evil.example", "", "application/json", 403},
      {"null", "", "application/json", 403},
      {"file://", "", "application/json", 403},
      {"", "cross-site", "application/json", 403},
      {"", "same-site", "application/json", 403},
      {"", "", "", 415},
      {"", "", "text/plain", 415},
      {"", "", "application/x-www-form-urlencoded", 415},
      {"", "", "text/plain; application/json", 415},
      {"", "", "application/jsonx", 415},
  };
  for (const Case& c : cases) {
    HttpRequest request;
    request.method = "POST";
    request.headers = {{"host", "localhost:8080"}, {"content-type", c.type}};
    if (*c.origin != '\0') request.headers.emplace_back("origin", c.origin);
    if (*c.site != '\0') request.headers.emplace_back("sec-fetch-site", c.site);
    EXPECT_EQ(StatusOf(guard, request), c.status) << c.origin << " " << c.site << " " << c.type;
  }
}

TEST(GuardTest, AProxyMayReplaceTheHostOfAnAllowedName) {
  const RequestGuard guard({"Docs.Example"});
  const auto status = [&](const char* origin) {
    return StatusOf(
        guard,
        {"POST",
         "/",
         "",
         {{"host", "127.0.0.1:8080"}, {"content-type", "application/json"}, {"origin", origin}},
         "",
         "",
         {},
         nullptr});
  };
  EXPECT_EQ(status("https://docs.example"), 200);
  EXPECT_EQ(status("https://DOCS.example:8443"), 200);
  EXPECT_EQ(status("https://docs.example.evil"), 403);
  EXPECT_EQ(status("ftp://docs.example"), 403);
  EXPECT_EQ(status("http://localhost"), 403);
}

}  // namespace
}  // namespace footnote::services
