#include <charconv>
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "services/cli/commands.h"
#include "services/cli/flags.h"
#include "services/cli/lines.h"

namespace footnote::services::cli {
namespace {

using transformer::EncoderOutput;

// Lines embedded at once: enough for the encoder to sort them by length.
constexpr size_t kBatch = 256;
// A vector of 4 KiB for each of 8,192 tokens is 32 MiB a line.
constexpr size_t kColbertBatch = 16;

constexpr EncoderOutput kOutputs[] = {EncoderOutput::kDense, EncoderOutput::kSparse,
                                      EncoderOutput::kColbert};

struct Options {
  ModelFlags model;
  std::vector<EncoderOutput> outputs = {EncoderOutput::kDense};
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

// The keys but "embedding" are those of FlagEmbedding.
void AppendOutput(EncoderOutput output, const transformer::TextOutputs& text, std::string* row) {
  switch (output) {
    case EncoderOutput::kDense:
      *row += ",\"embedding\":[";
      AppendFloats(text.dense, row);
      *row += ']';
      break;
    case EncoderOutput::kSparse:
      *row += ",\"lexical_weights\":{";
      for (const transformer::TokenWeight& token : text.lexical_weights) {
        absl::StrAppend(row, row->back() == '{' ? "\"" : ",\"", token.id, "\":");
        AppendFloats({&token.weight, 1}, row);
      }
      *row += '}';
      break;
    case EncoderOutput::kColbert: {
      const size_t dim = static_cast<size_t>(text.colbert.dim);
      *row += ",\"colbert_vecs\":[";
      for (size_t t = 0; t < text.colbert.ids.size(); ++t) {
        *row += t == 0 ? "[" : ",[";
        AppendFloats(absl::MakeConstSpan(text.colbert.values).subspan(t * dim, dim), row);
        *row += ']';
      }
      *row += ']';
      break;
    }
  }
}

absl::Status EmbedLines(const transformer::TextEncoder& encoder,
                        absl::Span<const EncoderOutput> outputs,
                        const std::vector<std::string>& lines, uint64_t first) {
  const std::vector<absl::string_view> views(lines.begin(), lines.end());
  FN_ASSIGN_OR_RETURN(const std::vector<transformer::TextOutputs> texts,
                      encoder.Encode(views, outputs, [] { return false; }));
  for (size_t i = 0; i < lines.size(); ++i) {
    std::string row =
        absl::StrCat("{\"index\":", first + i, ",\"tokens\":", encoder.CountTokens(lines[i]));
    for (const EncoderOutput output : outputs) AppendOutput(output, texts[i], &row);
    std::cout << row << "}\n";
  }
  return absl::OkStatus();
}

absl::StatusOr<Exit> Embed(const Options& options) {
  FN_ASSIGN_OR_RETURN(const auto encoder, LoadEmbedder(options.model));
  const bool colbert = absl::c_linear_search(options.outputs, EncoderOutput::kColbert);
  FN_RETURN_IF_ERROR(ForEachLineBatch(std::cin, colbert ? kColbertBatch : kBatch,
                                      [&](const std::vector<std::string>& lines, uint64_t first) {
                                        return EmbedLines(*encoder, options.outputs, lines, first);
                                      }));
  return Exit::kOk;
}

// Each of the words once, in the order of the enum.
std::vector<EncoderOutput> ParseOutputs(const std::vector<std::string>& words) {
  std::set<EncoderOutput> outputs;
  for (const std::string& word : words) {
    const auto known = absl::c_find_if(kOutputs, [&](EncoderOutput output) {
      return transformer::EncoderOutputName(output) == word;
    });
    if (known == std::end(kOutputs)) {
      throw CLI::ValidationError(
          absl::StrCat("\"", word, "\" is not one of dense, sparse, colbert"));
    }
    outputs.insert(*known);
  }
  return {outputs.begin(), outputs.end()};
}

void AddOutputFlag(CLI::App& app, std::vector<EncoderOutput>* outputs) {
  app.add_option_function<std::vector<std::string>>(
         "--output",
         [outputs](const std::vector<std::string>& words) { *outputs = ParseOutputs(words); },
         "What to write of each line, with commas between: dense, sparse, colbert (default dense)")
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("NAMES");
}

Action Define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  AddModelFlags(app, &options->model);
  AddOutputFlag(app, &options->outputs);
  app.add_flag("--json", options->json, "Accepted for uniformity: the output always is JSON lines");
  return [options] { return Embed(*options); };
}

}  // namespace

const Command kEmbedCommand = {
    "embed", "Embed the lines of standard input",
    "  footnote embed < lines.txt > embeddings.jsonl\n"
    "  footnote embed --model ./my-model --precision f32 < lines.txt\n"
    "  footnote embed --model ./bge-m3 --output dense,sparse,colbert < lines.txt\n"
    "\n"
    "Writes {\"index\",\"tokens\",\"embedding\"} per line. \"tokens\" counts the line's tokens\n"
    "without the special ones; what is beyond the model's limit isn't embedded. Models with\n"
    "bge-m3's heads can also give \"lexical_weights\" (sparse: token id to weight) and\n"
    "\"colbert_vecs\" (colbert: a vector for each token but the first, the end among them);\n"
    "`footnote model info` names a model's outputs.",
    &Define};

}  // namespace footnote::services::cli
