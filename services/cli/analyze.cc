#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "kernels/base/status_macros.h"
#include "services/cli/commands.h"
#include "services/cli/flags.h"
#include "services/cli/lines.h"
#include "services/json.h"
#include "transformer/text/analyzer.h"
#include "transformer/text/language.h"

namespace footnote::services::cli {
namespace {

struct Options {
  std::string language;
  bool json = false;
};

absl::Status Print(const Options& options, const std::vector<std::string>& lines, uint64_t first) {
  const transformer::Language& language = transformer::LanguageOf(options.language);
  for (size_t i = 0; i < lines.size(); ++i) {
    std::vector<std::string> terms;
    for (const transformer::Term& term : transformer::Analyze(lines[i], language)) {
      terms.push_back(options.json ? JsonString(term.text) : term.text);
    }
    if (options.json) {
      std::cout << "{\"index\":" << first + i << ",\"terms\":[" << absl::StrJoin(terms, ",")
                << "]}\n";
    } else {
      std::cout << absl::StrJoin(terms, " ") << "\n";
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<Exit> Analyze(const Options& options) {
  FN_RETURN_IF_ERROR(
      ForEachLineBatch(std::cin, 1, [&](const std::vector<std::string>& lines, uint64_t first) {
        return Print(options, lines, first);
      }));
  return Exit::kOk;
}

Action Define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("--language", options->language,
                 "Of the lines, as a tag such as de or pt-BR (default: en)");
  AddJsonFlag(app, &options->json);
  return [options] { return Analyze(*options); };
}

}  // namespace

const Command kAnalyzeCommand = {
    "analyze", "Show the terms that lexical search makes of the lines of standard input",
    "  echo \"How does pg_dump work?\" | footnote analyze\n"
    "  echo \"die Häuser der Stadt\" | footnote analyze --language de\n"
    "  footnote analyze --json < lines.txt > terms.jsonl",
    &Define};

}  // namespace footnote::services::cli
