#include "generator/grounded/support.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/generator/word_embedder.h"

namespace footnote::generator {
namespace {

class SupportTest : public ::testing::Test {
 protected:
  SupportTest() {
    Add("Server > Ports",
        "The server listens on port 5432. The port can be changed in the configuration file.\n\n"
        "Remote access is not enabled by default. At most 100 connections are open.");
    Add("Harbour", "The harbour lighthouse is 42 metres high. Visitors may climb it on Sundays.");
  }

  void Add(const std::string& heading, const std::string& text) {
    Passage passage;
    passage.doc = heading;
    passage.heading_path = heading;
    passage.text = text;
    passage.end = static_cast<uint32_t>(text.size());
    passages_.push_back(passage);
  }

  std::string QuoteFor(absl::string_view sentence, std::vector<int> candidates = {0, 1}) {
    SupportChecker checker(&embedder_, passages_, {});
    const auto support = checker.Check(sentence, candidates, [] { return false; });
    EXPECT_TRUE(support.ok()) << support.status();
    if (!support->has_value()) return "";
    EXPECT_GT((*support)->score(), 0);
    EXPECT_LE((*support)->score(), 1);
    return passages_[(*support)->passage].text.substr((*support)->span.begin,
                                                      (*support)->span.size());
  }

  WordEmbedder embedder_;
  std::vector<Passage> passages_;
};

TEST_F(SupportTest, TheSameWordsSupport) {
  EXPECT_EQ(QuoteFor("The server listens on port 5432."), "The server listens on port 5432.");
  EXPECT_EQ(QuoteFor("The lighthouse of the harbour is 42 metres high."),
            "The harbour lighthouse is 42 metres high.");
}

TEST_F(SupportTest, OnlyGivenPassagesCount) {
  EXPECT_EQ(QuoteFor("The server listens on port 5432.", {1}), "");
  EXPECT_EQ(QuoteFor("The server listens on port 5432.", {}), "");
}

TEST_F(SupportTest, AnotherNumberIsUnsupported) {
  EXPECT_EQ(QuoteFor("The server listens on port 5433."), "");
  // It is in the passage, but says something else.
  EXPECT_EQ(QuoteFor("The server listens on port 100."), "");
}

TEST_F(SupportTest, AnotherNameIsUnsupported) {
  EXPECT_EQ(QuoteFor("The Hamburg harbour lighthouse is 42 metres high."), "");
  EXPECT_EQ(QuoteFor("Hamburg harbour lighthouse is 42 metres high."), "");
}

TEST_F(SupportTest, DenialMustAgree) {
  EXPECT_EQ(QuoteFor("Remote access is not enabled by default."),
            "Remote access is not enabled by default.");
  EXPECT_EQ(QuoteFor("Remote access is enabled by default."), "");
  EXPECT_EQ(QuoteFor("The server doesn't listen on port 5432."), "");
}

TEST_F(SupportTest, WhatPassagesDontMentionIsUnsupported) {
  EXPECT_EQ(QuoteFor("The museum opened its doors to the public."), "");
  EXPECT_EQ(QuoteFor("I don't know."), "");
  EXPECT_EQ(QuoteFor(""), "");
  EXPECT_EQ(QuoteFor("It is the."), "");
}

TEST_F(SupportTest, ErrorsOfTheEmbedderAreErrors) {
  SupportChecker checker(&embedder_, passages_, {});
  EXPECT_EQ(
      checker.Check("The server listens on port 5432.", {0}, [] { return true; }).status().code(),
      absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace footnote::generator
