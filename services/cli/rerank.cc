#include <algorithm>
#include <charconv>
#include <iostream>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "services/cli/commands.h"
#include "services/cli/flags.h"
#include "services/cli/lines.h"
#include "services/reranker.h"
#include "transformer/cross_encoder.h"

namespace footnote::services::cli {
namespace {

// Lines scored at once.
constexpr size_t kBatch = 256;

struct Options {
  ModelFlags model;
  std::string query;
  bool logits = false;
  bool json = false;
};

struct Scored {
  uint64_t index;
  float score;
};

absl::StatusOr<std::unique_ptr<const transformer::CrossEncoder>> LoadModel(const Options& options) {
  return LoadReranker(RerankerOf(options.model, options.model.model),
                      options.logits ? std::optional<bool>(false) : std::nullopt);
}

absl::StatusOr<Exit> Rerank(const Options& options) {
  FN_ASSIGN_OR_RETURN(const auto model, LoadModel(options));
  std::vector<Scored> all;
  FN_RETURN_IF_ERROR(ForEachLineBatch(
      std::cin, kBatch, [&](const std::vector<std::string>& lines, uint64_t first) -> absl::Status {
        const std::vector<absl::string_view> views(lines.begin(), lines.end());
        FN_ASSIGN_OR_RETURN(const std::vector<float> scores,
                            model->Score(options.query, views, [] { return false; }));
        for (size_t i = 0; i < scores.size(); ++i) all.push_back({first + i, scores[i]});
        return absl::OkStatus();
      }));
  std::stable_sort(all.begin(), all.end(),
                   [](const Scored& a, const Scored& b) { return a.score > b.score; });
  for (const Scored& scored : all) {
    // The shortest decimals that read back as the same float.
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof(digits), scored.score).ptr;
    std::cout << absl::StrCat("{\"index\":", scored.index,
                              ",\"score\":", absl::string_view(digits, end - digits), "}\n");
  }
  return Exit::kOk;
}

Action Define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  AddModelFlags(app, &options->model);
  app.get_option("--model")->required()->description("A cross-encoder's folder");
  app.add_option("--query", options->query, "What the lines should answer")
      ->required()
      ->type_name("TEXT");
  app.add_flag("--logits", options->logits, "Scores as the model gives them, without a sigmoid");
  app.add_flag("--json", options->json, "Accepted for uniformity: the output always is JSON lines");
  return [options] { return Rerank(*options); };
}

}  // namespace

const Command kRerankCommand = {
    "rerank", "Order the lines of standard input by how well they answer a query",
    "  footnote rerank --model ./bge-reranker-base --query 'how do I restart it?' < lines.txt\n"
    "  footnote rerank --model ./ms-marco --precision f32 --logits --query ferry < lines.txt\n"
    "\n"
    "Writes {\"index\",\"score\"} per line, best first; \"index\" counts the lines from 0. The\n"
    "model is a cross-encoder: a sequence classifier of the BERT, RoBERTa or XLM-R family with\n"
    "one label.",
    &Define};

}  // namespace footnote::services::cli
