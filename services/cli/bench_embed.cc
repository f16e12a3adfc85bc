#include <algorithm>
#include <chrono>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "kernels/base/cpu.h"
#include "kernels/base/line_reader.h"
#include "kernels/base/status_macros.h"
#include "kernels/base/thread_pool.h"
#include "retrieval/eval/evaluate.h"
#include "services/cli/commands.h"
#include "services/cli/flags.h"
#include "services/cli/terminal.h"

namespace footnote::services::cli {
namespace {

constexpr int kMadeUpTexts = 256;
constexpr int kWordsPerText = 150;  // about 200 tokens, an ingested passage's length

struct Options {
  ModelFlags model;
  std::string texts_file;
  int runs = 3;
  bool json = false;
};

// The same texts on every machine: common words in a seeded order.
std::vector<std::string> MadeUpTexts() {
  constexpr const char* kWords[] = {"the",    "server",     "reads",       "configuration",
                                    "when",   "a",          "connection",  "is",
                                    "opened", "and",        "each",        "client",
                                    "waits",  "for",        "its",         "result",
                                    "table",  "index",      "of",          "database",
                                    "may",    "be",         "changed",     "by",
                                    "an",     "option",     "that",        "user",
                                    "sets",   "before",     "session",     "starts",
                                    "file",   "contains",   "value",       "default",
                                    "memory", "number",     "query",       "planner",
                                    "uses",   "statistics", "transaction", "isolation",
                                    "level",  "which",      "prevents",    "anomalies",
                                    "in",     "concurrent", "updates"};
  std::mt19937 random(1);
  std::vector<std::string> texts;
  for (int i = 0; i < kMadeUpTexts; ++i) {
    std::string text;
    for (int w = 0; w < kWordsPerText; ++w) {
      absl::StrAppend(&text, w > 0 ? " " : "", kWords[random() % std::size(kWords)]);
    }
    texts.push_back(std::move(text));
  }
  return texts;
}

absl::StatusOr<std::vector<std::string>> Texts(const std::string& path) {
  if (path.empty()) return MadeUpTexts();
  FN_ASSIGN_OR_RETURN(kernels::LineReader reader, kernels::LineReader::Open(path));
  std::vector<std::string> texts;
  std::string line;
  while (true) {
    FN_ASSIGN_OR_RETURN(const bool more, reader.Next(&line));
    if (!more) break;
    texts.push_back(line);
  }
  if (texts.empty()) return absl::InvalidArgumentError(absl::StrCat(path, " is empty"));
  return texts;
}

absl::StatusOr<Exit> Bench(const Options& options) {
  FN_ASSIGN_OR_RETURN(const std::vector<std::string> texts, Texts(options.texts_file));
  FN_ASSIGN_OR_RETURN(const auto embedder, LoadEmbedder(options.model));
  const std::vector<absl::string_view> views(texts.begin(), texts.end());
  int64_t tokens = 0;  // as the encoder sees them: with the two special ones, cut at the limit
  for (const absl::string_view text : views) {
    tokens += std::min(embedder->CountTokens(text) + 2, embedder->max_tokens());
  }
  // Warms caches and clocks up; not measured.
  FN_RETURN_IF_ERROR(
      embedder->Embed(absl::MakeConstSpan(views).subspan(0, std::min<size_t>(32, views.size())))
          .status());
  std::vector<double> seconds;
  for (int run = 0; run < options.runs; ++run) {
    const auto start = std::chrono::steady_clock::now();
    FN_RETURN_IF_ERROR(embedder->Embed(views).status());
    seconds.push_back(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count());
  }
  const double median = retrieval::Percentile(seconds, 0.5);
  const int threads = options.model.threads > 0 ? options.model.threads : kernels::AvailableCpus();
  const absl::string_view level = kernels::CpuLevelName(kernels::ActiveCpuLevel());
  if (options.json) {
    const nlohmann::ordered_json json = {
        {"tokens_per_second", static_cast<double>(tokens) / median},
        {"texts_per_second", static_cast<double>(texts.size()) / median},
        {"seconds_median", median},
        {"seconds_min", *std::min_element(seconds.begin(), seconds.end())},
        {"runs", options.runs},
        {"texts", texts.size()},
        {"tokens", tokens},
        {"precision", PrecisionFlagName(options.model.precision)},
        {"threads", threads},
        {"cpu_level", std::string(level)},
        {"fingerprint", embedder->fingerprint()}};
    std::cout << json.dump() << "\n";
  } else {
    std::cout << absl::StrFormat(
        "%s tokens/s, %.1f texts/s (%s texts, %s tokens; median of %d runs; %s, %d threads, %s)\n",
        WithCommas(std::llround(static_cast<double>(tokens) / median)),
        static_cast<double>(texts.size()) / median, WithCommas(texts.size()), WithCommas(tokens),
        options.runs, PrecisionFlagName(options.model.precision), threads, level);
  }
  return Exit::kOk;
}

Action Define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  AddModelFlags(app, &options->model);
  app.add_option("--texts", options->texts_file,
                 "Embed this file's lines instead of 256 made-up texts of 200 tokens")
      ->type_name("FILE");
  app.add_option("--runs", options->runs, "How often; the median is reported (default 3)")
      ->check(CLI::Range(1, 1000))
      ->type_name("N");
  AddJsonFlag(app, &options->json);
  return [options] { return Bench(*options); };
}

}  // namespace

const Command kBenchEmbedCommand = {
    "bench embed", "How many tokens per second this machine embeds",
    "  footnote bench embed --json\n"
    "  footnote bench embed --precision f32 --texts passages.txt --runs 5",
    &Define};

}  // namespace footnote::services::cli
