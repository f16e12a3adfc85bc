#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "kernels/base/human_bytes.h"
#include "kernels/base/status_macros.h"
#include "services/cli/commands.h"
#include "services/cli/flags.h"
#include "services/cli/terminal.h"
#include "transformer/convert/logit_check.h"
#include "transformer/convert/model_converter.h"
#include "transformer/model/registry.h"

namespace footnote::services::cli {
namespace {

struct Options {
  std::string source;
  std::string target;
  std::string precision;
  bool no_check = false;
  bool json = false;
};

using Difference = std::optional<transformer::LogitDifference>;

void PrintJson(const Options& options, const transformer::ConvertReport& report,
               const Difference& difference) {
  nlohmann::ordered_json out = {{"source", options.source},
                                {"target", options.target},
                                {"precision", options.precision},
                                {"tensors", report.tensors},
                                {"source_bytes", report.source_bytes},
                                {"target_bytes", report.target_bytes},
                                {"kept_wider", report.kept_wider},
                                {"check", nullptr}};
  if (difference.has_value()) {
    out["check"] = {{"tokens", difference->tokens},
                    {"max_logit_difference", difference->max_difference},
                    {"top1_agreement", difference->top1_agreement}};
  }
  std::cout << out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
}

void Print(const Options& options, const transformer::ConvertReport& report,
           const Difference& difference) {
  std::cout << absl::StrFormat("wrote %s: %d tensors, %s as %s (%s before)\n",
                               OneLine(options.target), report.tensors,
                               kernels::HumanBytes(report.target_bytes), options.precision,
                               kernels::HumanBytes(report.source_bytes));
  if (!report.kept_wider.empty()) {
    std::cout << report.kept_wider.size()
              << " matrices are f16, because their rows are no whole number of blocks\n";
  }
  if (difference.has_value()) {
    std::cout << absl::StrFormat(
        "checked over %d tokens: the logits differ by at most %.3g, the likeliest token is the "
        "same for %.1f %%\n",
        difference->tokens, difference->max_difference, 100 * difference->top1_agreement);
  }
}

// What a model says to the built-in text.
struct Sample {
  transformer::WeightPrecision precision = transformer::WeightPrecision::kF32;
  transformer::Logits logits;
};

absl::StatusOr<Sample> RunSample(const std::string& model) {
  Sample sample;
  FN_ASSIGN_OR_RETURN(sample.precision, transformer::PrecisionForCheck(model));
  FN_ASSIGN_OR_RETURN(sample.logits, transformer::LogitsOfSample(model, sample.precision));
  return sample;
}

absl::StatusOr<Exit> Convert(const Options& options) {
  transformer::ConvertOptions convert;
  const auto dtype = transformer::ParseWeightType(options.precision);
  if (!dtype.ok()) return UsageError(dtype.status().message());
  convert.dtype = *dtype;
  convert.target = options.target;
  convert.source = options.source;
  if (!absl::EndsWith(options.source, ".gguf")) {
    FN_ASSIGN_OR_RETURN(convert.source, transformer::FindModel(options.source));
  }
  std::optional<Sample> before;
  if (!options.no_check) {
    auto sample = RunSample(convert.source);
    if (!sample.ok()) {
      return absl::Status(
          sample.status().code(),
          absl::StrCat("the model can't be run to compare it before and after: ",
                       sample.status().message(), ". --no-check converts it all the same"));
    }
    before = *std::move(sample);
  }
  FN_ASSIGN_OR_RETURN(const transformer::ConvertReport report, transformer::ConvertModel(convert));
  Difference difference;
  if (before.has_value()) {
    FN_ASSIGN_OR_RETURN(const transformer::Logits after,
                        transformer::LogitsOfSample(options.target, before->precision));
    FN_ASSIGN_OR_RETURN(difference, transformer::CompareLogits(before->logits, after));
  }
  options.json ? PrintJson(options, report, difference) : Print(options, report, difference);
  return Exit::kOk;
}

Action Define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  AddJsonFlag(app, &options->json);
  app.add_option("MODEL", options->source, "A model's folder, or a GGUF file")
      ->required()
      ->type_name("");
  app.add_option("--to", options->target,
                 "The folder to write (with safetensors), or FILE.gguf; it must not exist")
      ->required()
      ->type_name("TARGET");
  app.add_option("--precision", options->precision,
                 "f32, f16 or bf16; for GGUF also q8_0, q4_0, q4_1, q5_0, q5_1")
      ->required()
      ->type_name("NAME");
  app.add_flag("--no-check", options->no_check,
               "Don't run the model before and after to compare the logits");
  return [options] { return Convert(*options); };
}

}  // namespace

const Command kModelConvertCommand = {
    "model convert",
    "Write a model at another precision or as the other kind of file, and say what that changes",
    "  footnote model convert ./my-model --to ./my-model-bf16 --precision bf16\n"
    "  footnote model convert big.gguf --to small.gguf --precision q4_0\n"
    "  footnote model convert ./my-model --to my-model.gguf --precision q8_0\n"
    "  footnote model convert my-model.gguf --to ./my-model --precision f16",
    &Define};

}  // namespace footnote::services::cli
