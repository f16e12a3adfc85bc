#include "services/config/config.h"

#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "services/config/fields.h"

namespace footnote::services {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST(ConfigTest, EmptyFileGivesTheDefaults) {
  const auto config = ParseConfig("", "x.toml");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(*config, Config());
}

TEST(ConfigTest, PrintedDefaultsParseBackEqual) {
  const std::string toml = ToToml(Config());
  const auto config = ParseConfig(toml, "x.toml");
  ASSERT_TRUE(config.ok()) << config.status() << "\n" << toml;
  EXPECT_EQ(*config, Config());
  for (const absl::string_view line : absl::StrSplit(toml, '\n'))
    EXPECT_LE(line.size(), 100u) << line;
}

TEST(ConfigTest, EveryFieldSurvivesPrintingAndParsing) {
  Config config;
  config.store.data_dir = "/srv/\"quoted\" and \\ and \xC3\xA9";
  config.store.block_cache_bytes = 1ull << 39;
  config.store.sync_writes = false;
  config.model.name = "/models/other";
  config.model.precision = transformer::Precision::kBfloat16;
  config.model.threads = 3;
  config.grpc.listen = "";
  config.grpc.reflection = true;
  config.grpc.idle_timeout = absl::Milliseconds(1500);
  config.http.listen = "[::]:0";
  config.http.allowed_hosts = {"a.example", "b \"c\""};
  config.http.heartbeat = absl::Seconds(90);
  config.limits.max_document_bytes = 1;
  config.limits.default_deadline = absl::Milliseconds(1);
  config.answer.dense_weight = 0.1234567890123;
  config.answer.min_confidence = 1;
  config.answer.min_passage_overlap = 0.25;
  config.answer.min_quote_overlap = 0;
  config.answer.min_quote_cosine = 0.75;
  config.generator.model = "/models/tiny.gguf";
  config.generator.precision = transformer::WeightPrecision::kInt4;
  config.generator.kv_precision = kernels::KvFormat::kInt8;
  config.generator.cuda_device = 1;
  config.generator.deterministic = true;
  config.generator.deadline = absl::Seconds(7);
  config.log.level = LogLevel::kError;
  config.log.format = LogFormat::kText;
  config.profiles["default"].ranking.dense_weight = 0.25;
  RankingProfile& profile = config.profiles["careful-2"];
  profile.version = "7 \"b\"";
  profile.ranking.mode = retrieval::SearchMode::kLexical;
  profile.ranking.fusion = retrieval::Fusion::kReciprocalRank;
  profile.ranking.candidates = 17;
  profile.ranking.rerank = true;
  profile.ranking.rerank_candidates = 3;
  profile.ranking.fold_similarity = 0.875;
  profile.ranking.max_per_document = 2;
  profile.ranking.mmr_lambda = 0.5;
  profile.ranking.fuzzy = false;
  profile.ranking.boost = "1 + passes(type = \"a\")";
  const auto parsed = ParseConfig(ToToml(config), "x.toml");
  ASSERT_TRUE(parsed.ok()) << parsed.status() << "\n" << ToToml(config);
  EXPECT_EQ(*parsed, config);
}

struct ErrorCase {
  const char* toml;
  std::vector<std::string> message;  // parts of it
};

class ConfigErrorTest : public testing::TestWithParam<ErrorCase> {};

TEST_P(ConfigErrorTest, NamesFileLineKeyAndMend) {
  const auto config = ParseConfig(GetParam().toml, "site.toml");
  ASSERT_FALSE(config.ok());
  EXPECT_TRUE(absl::IsInvalidArgument(config.status()));
  EXPECT_THAT(std::string(config.status().message()), StartsWith("site.toml"));
  for (const std::string& part : GetParam().message) {
    EXPECT_THAT(std::string(config.status().message()), HasSubstr(part));
  }
}

INSTANTIATE_TEST_SUITE_P(
    Cases, ConfigErrorTest,
    testing::Values(
        ErrorCase{"[http]\n\nlisen = \"x\"",
                  {":3:", "http.lisen", "listen", "allowed_hosts", "heartbeat"}},
        ErrorCase{"\n[htp]\nlisten = \"x\"", {":2:", "htp", "store, model, models, grpc, http"}},
        ErrorCase{"http = 3", {":1:", "\"http\"", "[http]"}},
        ErrorCase{"[http]\nlisten = 8080", {":2:", "http.listen must be a string"}},
        ErrorCase{"[http]\nallowed_hosts = \"a\"", {"list of strings"}},
        ErrorCase{"[http]\nallowed_hosts = [1]", {"list of strings"}},
        ErrorCase{"[http]\nheartbeat = 3", {"http.heartbeat", "\"30s\""}},
        ErrorCase{"[http]\nheartbeat = \"-3s\"", {"between 0.1 and 3600 seconds"}},
        ErrorCase{"[grpc]\nreflection = \"yes\"", {"grpc.reflection must be true or false"}},
        ErrorCase{"[limits]\nworker_threads = 0", {"between 1 and 1024"}},
        ErrorCase{"[limits]\nworker_threads = -1", {"between 1 and 1024"}},
        ErrorCase{"[limits]\nworker_threads = 1.5", {"whole number"}},
        ErrorCase{"[limits]\nmax_body_bytes = -1", {"limits.max_body_bytes must be between"}},
        ErrorCase{"[limits]\nmax_body_bytes = 9223372036854775807", {"must be between"}},
        ErrorCase{"[answer]\ndense_weight = nan", {"answer.dense_weight must be a number"}},
        ErrorCase{"[answer]\ndense_weight = 1.01", {"between 0 and 1"}},
        ErrorCase{"[answer]\npassages = 101", {"between 1 and 100"}},
        ErrorCase{"[answer]\nmin_quote_cosine = -1", {"min_quote_cosine", "between 0 and 1"}},
        ErrorCase{"[model]\nprecision = \"fp8\"", {"\"float32\", \"bfloat16\", \"int8\""}},
        ErrorCase{"[log]\nlevel = 1", {"\"debug\", \"info\""}},
        ErrorCase{"[store]\ndata_dir = \"a\\u0000b\"", {"NUL"}},
        ErrorCase{"[profiles.a]\nversion = 1", {":2:", "profiles.a.version must be a string"}},
        ErrorCase{"[profiles.a]\n\nrerankk = true",
                  {":3:", "profiles.a.rerankk", "version, mode, candidates", "mmr_lambda"}},
        ErrorCase{"[profiles.a]\nmode = \"psychic\"", {"\"hybrid\", \"dense\", \"lexical\""}},
        ErrorCase{"[profiles.a]\nfusion = \"cold\"", {"\"convex\", \"rrf\""}},
        ErrorCase{"[profiles.a]\nrerank_candidates = 0", {"between 1 and 1000"}},
        ErrorCase{"[profiles.a]\nmmr_lambda = 1.5", {"mmr_lambda must be between 0 and 1"}},
        ErrorCase{"[profiles.a]\nboost = \"1 +\"",
                  {":2:", "profiles.a.boost", "at its end: expected a number"}},
        ErrorCase{"[profiles.\"a b\"]\nversion = \"1\"", {"a b", "letters, digits"}},
        ErrorCase{"[profiles]\na = 1", {":2:", "[profiles.a]"}},
        ErrorCase{"profiles = 1", {":1:", "profiles.NAME"}}, ErrorCase{"[http\n", {"site.toml:"}},
        ErrorCase{"\xFF\xFE", {"site.toml:"}}));

TEST(ConfigTest, IntegersAreNumbersToo) {
  const auto config = ParseConfig("[answer]\ndense_weight = 1", "x.toml");
  ASSERT_TRUE(config.ok()) << config.status();
  EXPECT_EQ(config->answer.dense_weight, 1.0);
}

TEST(ConfigTest, OverridesWinAndMayLackQuotes) {
  Config config;
  const std::vector<Override> overrides = {
      {"store.data_dir", "/a b"},     {"http.listen", "\"0.0.0.0:1\""},
      {"http.allowed_hosts", "one"},  {"http.heartbeat", "2s"},
      {"model.precision", "float32"}, {"grpc.reflection", "true"},
      {"limits.worker_threads", "3"}, {"answer.dense_weight", "0.25"}};
  ASSERT_TRUE(ApplyOverrides(overrides, &config).ok());
  EXPECT_EQ(config.store.data_dir, "/a b");
  EXPECT_EQ(config.http.listen, "0.0.0.0:1");
  EXPECT_EQ(config.http.allowed_hosts, std::vector<std::string>{"one"});
  EXPECT_EQ(config.http.heartbeat, absl::Seconds(2));
  EXPECT_EQ(config.model.precision, transformer::Precision::kFloat32);
  EXPECT_TRUE(config.grpc.reflection);
  EXPECT_EQ(config.limits.worker_threads, 3);
  EXPECT_EQ(config.answer.dense_weight, 0.25);
  ASSERT_TRUE(ApplyOverrides({{"profiles.mine.rerank", "true"},
                              {"profiles.mine.mode", "dense"},
                              {"profiles.mine.version", "2"}},
                             &config)
                  .ok());
  EXPECT_TRUE(config.profiles.at("mine").ranking.rerank);
  EXPECT_EQ(config.profiles.at("mine").ranking.mode, retrieval::SearchMode::kDense);
  EXPECT_EQ(config.profiles.at("mine").version, "2");
  ASSERT_TRUE(ApplyOverrides({{"http.allowed_hosts", "[\"a\", \"b\"]"}}, &config).ok());
  EXPECT_EQ(config.http.allowed_hosts, (std::vector<std::string>{"a", "b"}));
}

TEST(ConfigTest, BadOverridesNameTheKey) {
  const std::vector<Override> bad = {{"http.listen2", "x"},
                                     {"listen", "x"},
                                     {"limits.worker_threads", "many"},
                                     {"", ""},
                                     {"profiles", "x"},
                                     {"profiles.a", "x"},
                                     {"profiles.a.b", "x"},
                                     {"profiles..rerank", "true"},
                                     {"profiles.a b.rerank", "true"},
                                     {"profiles.a.rerank", "perhaps"},
                                     {"grpc.reflection", "no"},
                                     {"limits.worker_threads", "1\n[x]\ny = 2"},
                                     {"store.data_dir", "\"open"}};
  for (const Override& override : bad) {
    Config config;
    const absl::Status status = ApplyOverrides({override}, &config);
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << override.first;
    EXPECT_THAT(std::string(status.message()), HasSubstr(override.first));
    EXPECT_EQ(config, Config());
  }
}

TEST(ConfigTest, ProfilesAreFoundByName) {
  Config config;
  config.answer.dense_weight = 0.25;
  RankingProfile expected;
  expected.ranking.dense_weight = 0.25;
  for (const char* name : {"", "default"}) {
    const auto profile = FindProfile(config, name);
    ASSERT_TRUE(profile.ok()) << profile.status();
    EXPECT_EQ(*profile, expected);
  }
  config.profiles["default"].version = "9";
  config.profiles["b"].ranking.candidates = 5;
  EXPECT_EQ(FindProfile(config, "")->version, "9");
  EXPECT_EQ(FindProfile(config, "")->ranking.dense_weight, std::nullopt);  // its own default
  EXPECT_EQ(FindProfile(config, "b")->ranking.candidates, 5);
  const absl::Status status = FindProfile(config, "c").status();
  EXPECT_TRUE(absl::IsInvalidArgument(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("\"c\"; the profiles are b, default"));
}

// The manual of profiles is in what `config` prints, though there is none.
TEST(ConfigTest, PrintedDefaultsTellOfProfiles) {
  const std::string toml = ToToml(Config());
  for (const internal::ProfileField& field : internal::ProfileFields()) {
    EXPECT_THAT(toml, HasSubstr(absl::StrCat("# ", field.name, " = ")));
  }
}

TEST(ConfigTest, MissingFileAndFolderAreNamed) {
  const auto missing = LoadConfigFile("/no/such/file.toml");
  EXPECT_TRUE(absl::IsNotFound(missing.status())) << missing.status();
  EXPECT_THAT(std::string(missing.status().message()), HasSubstr("/no/such/file.toml"));
  const auto folder = LoadConfigFile("/");
  EXPECT_FALSE(folder.ok());
}

// The header is the manual and the table is what people see: they say the same.
TEST(ConfigTest, HelpIsTheHeadersComment) {
  std::ifstream in(std::string(FOOTNOTE_SOURCE_DIR) + "/services/config/config.h");
  const std::string header((std::istreambuf_iterator<char>(in)), {});
  ASSERT_FALSE(header.empty());
  std::string comment;
  size_t next = 0;
  bool in_struct = false;
  for (absl::string_view line : absl::StrSplit(header, '\n')) {
    if (absl::EndsWith(line, "Config {")) in_struct = absl::StartsWith(line, "struct");
    if (line == "struct Config {" || line == "};") in_struct = false;
    line = absl::StripAsciiWhitespace(line);
    if (absl::ConsumePrefix(&line, "// ")) {
      absl::StrAppend(&comment, comment.empty() ? "" : " ", line);
      continue;
    }
    if (in_struct && absl::EndsWith(line, ";") && !absl::StartsWith(line, "friend")) {
      ASSERT_LT(next, internal::Fields().size()) << "no row for: " << line;
      const internal::Field& field = internal::Fields()[next++];
      EXPECT_THAT(std::string(line), HasSubstr(absl::StrCat(" ", field.name)));
      EXPECT_EQ(comment, field.help) << field.key();
    }
    comment.clear();
  }
  EXPECT_EQ(next, internal::Fields().size());
}

}  // namespace
}  // namespace footnote::services
