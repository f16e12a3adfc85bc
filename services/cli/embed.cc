#include <charconv>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "services/cli/commands.h"
#include "services/cli/flags.h"
#include "services/cli/lines.h"

namespace footnote::services::cli {
namespace {

// Lines embedded at once: enough for the encoder to sort them by length.
constexpr size_t kBatch = 256;

struct Options {
  ModelFlags model;
  bool json = false;
};

// The shortest decimals that read back as the same floats.
void AppendFloats(absl::Span<const float> values, std::string* out) {
  char digits[32];
  for (size_t i = 0; i < values.size(); ++i) {
    if (i > 0) *out += ',';
    const auto end = std::to_chars(digits, digits + sizeof(digits), values[i]).ptr;
    out->append(digits, end - digits);
  }
}

absl::Status EmbedLines(const transformer::Embedder& embedder,
                        const std::vector<std::string>& lines, uint64_t first) {
  const std::vector<absl::string_view> views(lines.begin(), lines.end());
  FN_ASSIGN_OR_RETURN(const transformer::Embeddings embeddings, embedder.Embed(views));
  for (size_t i = 0; i < lines.size(); ++i) {
    std::string row =
        absl::StrCat("{\"index\":", first + i, ",\"tokens\":", embedder.CountTokens(lines[i]),
                     ",\"embedding\":[");
    AppendFloats(embeddings.row(static_cast<int>(i)), &row);
    std::cout << row << "]}\n";
  }
  return absl::OkStatus();
}

absl::StatusOr<Exit> Embed(const Options& options) {
  FN_ASSIGN_OR_RETURN(const auto embedder, LoadEmbedder(options.model));
  FN_RETURN_IF_ERROR(ForEachLineBatch(std::cin, kBatch,
                                      [&](const std::vector<std::string>& lines, uint64_t first) {
                                        return EmbedLines(*embedder, lines, first);
                                      }));
  return Exit::kOk;
}

Action Define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  AddModelFlags(app, &options->model);
  app.add_flag("--json", options->json, "Accepted for uniformity: the output always is JSON lines");
  return [options] { return Embed(*options); };
}

}  // namespace

const Command kEmbedCommand = {
    "embed", "Embed the lines of standard input",
    "  footnote embed < lines.txt > embeddings.jsonl\n"
    "  footnote embed --model ./my-model --precision f32 < lines.txt\n"
    "\n"
    "Writes {\"index\",\"tokens\",\"embedding\"} per line. \"tokens\" counts the line's tokens\n"
    "without the special ones; what is beyond the model's limit isn't embedded.",
    &Define};

}  // namespace footnote::services::cli
