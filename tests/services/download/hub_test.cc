#include "services/download/hub.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/download/digest.h"
#include "services/download/http_client.h"

namespace footnote::services {
namespace {

using testing::ElementsAre;

TEST(HubTest, RepositoryNames) {
  for (const char* id : {"gpt2", "org/name", "Org-1/name.v2_x"}) {
    EXPECT_TRUE(CheckRepositoryId(id).ok()) << id;
  }
  for (const char* id : {"", "/", "a/", "/a", "a/b/c", "..", "../a", "a/..", ".a/b", "a b", "a?b",
                         "a\\b", "a%2Fb"}) {
    EXPECT_FALSE(CheckRepositoryId(id).ok()) << id;
  }
}

TEST(HubTest, Revisions) {
  for (const char* revision : {"main", "v1.0", "refs/pr/1"}) {
    EXPECT_TRUE(CheckRevision(revision).ok()) << revision;
  }
  for (const char* revision : {"", "a/../b", "/a", "a?b", "a b"}) {
    EXPECT_FALSE(CheckRevision(revision).ok()) << revision;
  }
}

TEST(HubTest, FilesStayInTheirRepository) {
  for (const char* name :
       {"config.json", "1_Pooling/config.json", ".gitattributes", "a b", "größe"}) {
    EXPECT_TRUE(CheckFileName(name).ok()) << name;
  }
  for (const std::string& name :
       {std::string(), std::string(".."), std::string("../a"), std::string("a/.."),
        std::string("/a"), std::string("a//b"), std::string("a/"), std::string("a\\b"),
        std::string("a\0b", 3), std::string("a\nb"), std::string(201, 'x'),
        std::string("1/2/3/4/5/6/7/8/9")}) {
    EXPECT_FALSE(CheckFileName(name).ok()) << name;
  }
}

TEST(HubTest, ListsAreParsed) {
  const auto revision =
      ParseRevision(absl::StrCat(R"({"sha":")", std::string(40, 'a'),
                                 R"(","siblings":[{"rfilename":"x"},{"rfilename":"y/z"}]})"));
  ASSERT_TRUE(revision.ok()) << revision.status();
  EXPECT_EQ(revision->commit, std::string(40, 'a'));
  EXPECT_THAT(revision->files, ElementsAre("x", "y/z"));
  EXPECT_EQ(ParseRevision(R"({"sha":"short","siblings":[]})")->commit, "");

  const std::string oid(40, 'b'), sha(64, 'c');
  const auto tree = ParseTree(
      absl::StrCat(R"([{"type":"directory","path":"d"},{"type":"file","path":"s","size":3,"oid":")",
                   oid, R"("},{"type":"file","path":"l","size":9,"oid":")", oid,
                   R"(","lfs":{"oid":")", sha, R"(","size":9}}])"));
  ASSERT_TRUE(tree.ok()) << tree.status();
  ASSERT_EQ(tree->size(), 2u);
  EXPECT_EQ((*tree)[0].git_blob, oid);
  EXPECT_EQ((*tree)[0].bytes, 3u);
  EXPECT_EQ((*tree)[1].sha256, sha);
  EXPECT_EQ((*tree)[1].git_blob, "");
}

TEST(HubTest, OtherAnswersAreRefused) {
  for (const char* text : {"", "[]", "{}", R"({"siblings":1})", R"({"siblings":[1]})",
                           R"({"siblings":[{}]})", R"({"siblings":[{"rfilename":"../x"}]})"}) {
    EXPECT_FALSE(ParseRevision(text).ok()) << text;
  }
  const std::string oid(40, 'b');
  for (const std::string& entry :
       {std::string("1"), std::string(R"({"type":"file"})"),
        std::string(R"({"type":"file","path":"a","size":1})"),
        absl::StrCat(R"({"type":"file","path":"a","oid":")", oid, "\"}"),
        absl::StrCat(R"({"type":"file","path":"a","size":-1,"oid":")", oid, "\"}"),
        absl::StrCat(R"({"type":"file","path":"a","size":1e3,"oid":")", oid, "\"}"),
        absl::StrCat(R"({"type":"file","path":"a","size":18446744073709551615,"oid":")", oid,
                     "\"}"),
        absl::StrCat(R"({"type":"file","path":"/a","size":1,"oid":")", oid, "\"}"),
        absl::StrCat(R"({"type":"file","path":"a","size":1,"oid":")", std::string(40, 'B'), "\"}"),
        absl::StrCat(R"({"type":"file","path":"a","size":1,"lfs":{"size":1,"oid":")", oid,
                     "\"}}")}) {
    EXPECT_FALSE(ParseTree(absl::StrCat("[", entry, "]")).ok()) << entry;
  }
  EXPECT_FALSE(ParseTree("{}").ok());
  EXPECT_TRUE(ParseTree("[]").ok());
}

TEST(HubTest, TheNextPageIsFound) {
  EXPECT_EQ(NextPage("<https://h/a?cursor=x>; rel=\"next\""), "https://h/a?cursor=x");
  EXPECT_EQ(NextPage("<https://h/0>; rel=\"prev\", <https://h/2>; rel=\"next\""), "https://h/2");
  EXPECT_EQ(NextPage(""), "");
  EXPECT_EQ(NextPage("><; rel=\"next\""), "");
}

TEST(HubTest, WhatFilesAreFor) {
  for (const char* name : {"config.json", "model.safetensors", "a/b.gguf", "README.md", "LICENSE",
                           "vocab.txt", "tokenizer.model"}) {
    EXPECT_EQ(UseOfFile(name), FileUse::kTake) << name;
  }
  for (const char* name : {"pytorch_model.bin", "x.PT", "a/x.pth", "x.ckpt", "x.pkl"}) {
    EXPECT_EQ(UseOfFile(name), FileUse::kPickle) << name;
  }
  for (const char* name : {".gitattributes", ".git/config", "tf_model.h5", "onnx/model.onnx",
                           "modeling_x.py", "consolidated.safetensors", "a.png"}) {
    EXPECT_EQ(UseOfFile(name), FileUse::kOther) << name;
  }
}

TEST(UrlTest, Origins) {
  EXPECT_EQ(*UrlOrigin("https://Example.org/a/b"), "https://example.org:443");
  EXPECT_EQ(*UrlOrigin("http://example.org:8080"), "http://example.org:8080");
  EXPECT_NE(*UrlOrigin("https://example.org.evil.net/"), *UrlOrigin("https://example.org/"));
  EXPECT_EQ(*UrlOrigin("https://example.org@evil.net/"), "https://evil.net:443");
  for (const char* url : {"", "example.org", "file:///etc/passwd", "ftp://example.org"}) {
    EXPECT_FALSE(UrlOrigin(url).ok()) << url;
  }
}

TEST(UrlTest, PercentEncoding) {
  EXPECT_EQ(PercentEncode("a/b c?\xC3\xB6", true), "a/b%20c%3F%C3%B6");
  EXPECT_EQ(PercentEncode("refs/pr/1", false), "refs%2Fpr%2F1");
}

TEST(HttpClientTest, ATokenIsNotSentUnencrypted) {
  const auto create = [](const std::string& server, const std::string& token) {
    HttpClientOptions options;
    options.server = server;
    options.token = token;
    return HttpClient::Create(options).status();
  };
  EXPECT_TRUE(create("https://example.org", "t").ok());
  EXPECT_TRUE(create("http://example.org", "").ok());
  EXPECT_TRUE(create("http://127.0.0.1:80", "t").ok());
  EXPECT_TRUE(create("http://[::1]:80", "t").ok());
  EXPECT_FALSE(create("http://example.org", "t").ok());
  EXPECT_FALSE(create("http://127.evil.net", "t").ok());
  EXPECT_FALSE(create("https://example.org", "t\r\nX: y").ok());
}

// The first is FIPS 180-2's, the second `git hash-object`'s.
TEST(DigestTest, KnownValues) {
  Digest sha(DigestKind::kSha256, 3);
  sha.Add("a");
  sha.Add("bc");
  EXPECT_EQ(sha.Hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  Digest blob(DigestKind::kGitBlob, 6);
  blob.Add("hello\n");
  EXPECT_EQ(blob.Hex(), "ce013625030ba8dba906f756967f9e9ca394464a");
}

}  // namespace
}  // namespace footnote::services
