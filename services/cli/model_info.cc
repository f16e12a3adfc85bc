#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "kernels/base/human_bytes.h"
#include "kernels/base/status_macros.h"
#include "services/cli/commands.h"
#include "services/cli/flags.h"
#include "services/cli/language_model_info.h"
#include "services/cli/terminal.h"
#include "transformer/model/registry.h"

namespace footnote::services::cli {
namespace {

struct Options {
  std::string model = ModelConfig().name;
  std::vector<uint64_t> gpu_memory;
  bool json = false;
};

nlohmann::ordered_json ToJson(const transformer::ModelDescription& d) {
  nlohmann::ordered_json files = nlohmann::ordered_json::array();
  for (const auto& file : d.files) files.push_back({{"name", file.name}, {"bytes", file.bytes}});
  return {{"name", d.name},
          {"dir", d.dir},
          {"family", d.family},
          {"tokenizer", d.tokenizer},
          {"licence", d.licence},
          {"parameters", d.parameters},
          {"layers", d.layers},
          {"dim", d.dim},
          {"max_tokens", d.max_tokens},
          {"outputs", d.outputs},
          {"weights_format", d.weights_format},
          {"weights_dtype", d.weights_dtype},
          {"bytes_f32", d.bytes_float32},
          {"bytes_bf16", d.bytes_bfloat16},
          {"bytes_int8", d.bytes_int8},
          {"files", std::move(files)}};
}

void Print(const transformer::ModelDescription& d) {
  const auto row = [](const char* name, const std::string& value) {
    std::cout << absl::StrFormat("%-12s %s\n", name, OneLine(value));
  };
  row("name", d.name);
  row("folder", d.dir);
  row("family", d.family);
  row("tokenizer", d.tokenizer);
  row("licence", d.licence);
  row("parameters", WithCommas(d.parameters));
  row("layers",
      absl::StrFormat("%d, %d dimensions, at most %d tokens", d.layers, d.dim, d.max_tokens));
  row("outputs", absl::StrJoin(d.outputs, ", "));
  row("weights", d.weights_format + ", " + d.weights_dtype);
  row("in memory",
      absl::StrFormat("%s f32, %s bf16, %s int8", kernels::HumanBytes(d.bytes_float32),
                      kernels::HumanBytes(d.bytes_bfloat16), kernels::HumanBytes(d.bytes_int8)));
  for (const auto& file : d.files) row("file", file.name + ", " + kernels::HumanBytes(file.bytes));
}

absl::StatusOr<Exit> LanguageModelInfo(const std::string& path, const Options& options) {
  FN_ASSIGN_OR_RETURN(const nlohmann::ordered_json info,
                      DescribeLanguageModel(path, options.gpu_memory));
  if (options.json) {
    std::cout << info.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  } else {
    PrintLanguageModel(info);
  }
  return Exit::kOk;
}

absl::StatusOr<Exit> Info(const Options& options) {
  if (absl::EndsWith(options.model, ".gguf")) return LanguageModelInfo(options.model, options);
  FN_ASSIGN_OR_RETURN(const std::string dir, transformer::FindModel(options.model));
  if (IsLanguageModel(dir)) return LanguageModelInfo(dir, options);
  FN_ASSIGN_OR_RETURN(const transformer::ModelDescription description,
                      transformer::DescribeModel(dir));
  if (options.json) {
    std::cout << ToJson(description).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
              << "\n";
  } else {
    Print(description);
  }
  return Exit::kOk;
}

Action Define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  AddJsonFlag(app, &options->json);
  app.add_option("MODEL", options->model,
                 "A known model's name, a folder or a GGUF file (default: " + options->model + ")")
      ->type_name("");
  app.add_option("--gpu-memory", options->gpu_memory,
                 "Say what fits on a GPU with so much free, such as 24GB, instead of on this "
                 "machine's; for two give it twice")
      ->transform(CLI::AsSizeValue(false))
      ->type_name("SIZE")
      ->allow_extra_args(false);
  return [options] { return Info(*options); };
}

}  // namespace

const Command kModelInfoCommand = {"model info", "Describe a model on this machine",
                                   "  footnote model info\n"
                                   "  footnote model info ./my-model --json\n"
                                   "  footnote model info ./my-model.gguf --gpu-memory 24GB",
                                   &Define};

}  // namespace footnote::services::cli
