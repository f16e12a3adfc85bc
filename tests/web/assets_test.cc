#include "web/assets.h"

#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace footnote::web {
namespace {

std::string PageFile(const std::string& name) {
  std::ifstream in(std::string(FOOTNOTE_SOURCE_DIR) + "/web/page/" + name, std::ios::binary);
  std::ostringstream bytes;
  bytes << in.rdbuf();
  return bytes.str();
}

const Asset* Find(absl::string_view path) {
  for (const Asset& asset : WebAssets()) {
    if (asset.path == path) return &asset;
  }
  return nullptr;
}

TEST(WebAssetsTest, PathsAscendAndEtagsDiffer) {
  std::string last;
  std::set<std::string> etags;
  for (const Asset& asset : WebAssets()) {
    EXPECT_LT(last, std::string(asset.path));
    last = std::string(asset.path);
    ASSERT_EQ(asset.etag.size(), 34) << asset.path;
    EXPECT_EQ(asset.etag.front(), '"');
    EXPECT_EQ(asset.etag.back(), '"');
    EXPECT_TRUE(etags.insert(std::string(asset.etag)).second) << asset.path;
  }
}

TEST(WebAssetsTest, BytesAreThoseOfTheFiles) {
  ASSERT_FALSE(WebAssets().empty());
  for (const Asset& asset : WebAssets()) {
    const std::string name = asset.path == "/" ? "index.html" : std::string(asset.path.substr(1));
    const std::string expected = PageFile(name);
    ASSERT_FALSE(expected.empty()) << name;
    EXPECT_EQ(std::string(asset.bytes), expected) << name;
  }
}

TEST(WebAssetsTest, ContentTypes) {
  const struct {
    const char* path;
    const char* type;
  } cases[] = {{"/", "text/html; charset=utf-8"},
               {"/css/base.css", "text/css; charset=utf-8"},
               {"/favicon.svg", "image/svg+xml"},
               {"/js/app.js", "text/javascript; charset=utf-8"}};
  for (const auto& c : cases) {
    const Asset* asset = Find(c.path);
    ASSERT_NE(asset, nullptr) << c.path;
    EXPECT_EQ(asset->content_type, c.type) << c.path;
  }
}

// Every file that a file of the page names is embedded, and the page preloads its modules, so that
// it isn't a chain of requests, one import after the other.
TEST(WebAssetsTest, WhatIsReferredToIsThere) {
  const Asset* page = Find("/");
  ASSERT_NE(page, nullptr);
  const std::regex reference(R"re((?:href|src)="(/[^"]+)")re");
  const std::string html(page->bytes);
  std::set<std::string> named;
  for (std::sregex_iterator it(html.begin(), html.end(), reference), end; it != end; ++it) {
    named.insert((*it)[1]);
  }
  const std::regex import(R"re(from '\.(/[^']+)')re");
  for (const Asset& asset : WebAssets()) {
    const std::string source(asset.bytes);
    for (std::sregex_iterator it(source.begin(), source.end(), import), end; it != end; ++it) {
      const std::string module = "/js" + std::string((*it)[1]);
      EXPECT_TRUE(named.count(module)) << asset.path << " imports " << module;
    }
  }
  for (const std::string& path : named) EXPECT_NE(Find(path), nullptr) << path;
  for (const Asset& asset : WebAssets()) {
    if (asset.path == "/") continue;
    EXPECT_TRUE(named.count(std::string(asset.path))) << asset.path << " isn't used";
  }
}

// What the content security policy would block anyway must not be written.
TEST(WebAssetsTest, NothingInlineAndNothingFromElsewhere) {
  for (const Asset& asset : WebAssets()) {
    const std::string bytes(asset.bytes);
    EXPECT_THAT(bytes, testing::Not(testing::HasSubstr("https://"))) << asset.path;
    EXPECT_THAT(bytes, testing::Not(testing::HasSubstr("innerHTML"))) << asset.path;
    EXPECT_THAT(bytes, testing::Not(testing::HasSubstr("insertAdjacentHTML"))) << asset.path;
    EXPECT_THAT(bytes, testing::Not(testing::HasSubstr("eval("))) << asset.path;
    if (asset.path == "/") {
      EXPECT_THAT(bytes, testing::Not(testing::HasSubstr("<style"))) << asset.path;
      EXPECT_THAT(bytes, testing::Not(testing::HasSubstr(" style="))) << asset.path;
      EXPECT_THAT(bytes, testing::Not(testing::HasSubstr("<script>"))) << asset.path;
      EXPECT_THAT(bytes, testing::Not(testing::HasSubstr(" onclick="))) << asset.path;
    }
  }
}

}  // namespace
}  // namespace footnote::web
