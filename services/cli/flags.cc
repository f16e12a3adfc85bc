#include "services/cli/flags.h"

#include <iostream>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "kernels/base/status_macros.h"
#include "retrieval/filter/filter_parser.h"
#include "services/cli/command.h"
#include "services/cli/progress.h"
#include "services/cli/terminal.h"
#include "transformer/model/registry.h"

namespace footnote::services::cli {
namespace {

using transformer::Precision;

absl::Status ExplainLock(const absl::Status& status, const Config& config) {
  if (!absl::IsFailedPrecondition(status) || !absl::StrContains(status.message(), "process")) {
    return status;
  }
  return absl::Status(
      status.code(),
      absl::StrCat(status.message(),
                   ".\nA running `footnote serve` with these settings answers at ",
                   config.http.listen, " (REST, search page) and ", config.grpc.listen, " (gRPC)"));
}

// On standard error.
retrieval::ReindexProgress ShowReindexing() {
  const Style style = StyleOf(2);
  const auto line = std::make_shared<ProgressLine>(style, std::cerr);
  return [style, line](const std::string& collection, uint64_t done, uint64_t total) {
    line->Update([&] {
      return FormatCount(absl::StrCat("indexing the words of ", collection, " anew"), done, total,
                         style);
    });
  };
}

}  // namespace

void AddJsonFlag(CLI::App& app, bool* json) {
  app.add_flag("--json", *json, "Print JSON for programs instead of text for people");
}

void AddStoreFlags(CLI::App& app, StoreFlags* flags) {
  app.add_option("--data", flags->data,
                 absl::StrCat("The data folder (default ", StoreConfig().data_dir, ")"))
      ->type_name("DIR");
  AddConfigFlags(app, flags);
}

void AddConfigFlags(CLI::App& app, StoreFlags* flags) {
  app.add_option("--config", flags->config_file, "A configuration file (TOML)")->type_name("FILE");
  app.add_option("--set", flags->settings,
                 "One setting over the file's, such as answer.passages=20; may be repeated")
      ->type_name("KEY=VALUE")
      ->allow_extra_args(false);
}

absl::StatusOr<Config> MakeConfig(const StoreFlags& flags) {
  Config config;
  if (!flags.config_file.empty()) {
    FN_ASSIGN_OR_RETURN(config, LoadConfigFile(flags.config_file));
  }
  std::vector<Override> overrides;
  for (const std::string& setting : flags.settings) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(setting, absl::MaxSplits('=', 1));
    if (!absl::StrContains(setting, '=')) {
      return UsageError(absl::StrCat("--set ", setting, ": expected KEY=VALUE"));
    }
    overrides.push_back(parts);
  }
  if (const absl::Status status = ApplyOverrides(overrides, &config); !status.ok()) {
    return UsageError(status.message());
  }
  if (!flags.data.empty()) config.store.data_dir = flags.data;
  if (!flags.generator.empty()) config.generator.model = flags.generator;
  if (!flags.reranker.empty()) config.reranker.model = flags.reranker;
  return config;
}

absl::StatusOr<std::unique_ptr<Application>> OpenApplication(const StoreFlags& flags,
                                                             bool create_if_missing) {
  FN_ASSIGN_OR_RETURN(const Config config, MakeConfig(flags));
  return OpenApplication(config, create_if_missing);
}

absl::StatusOr<std::unique_ptr<Application>> OpenApplication(const Config& config,
                                                             bool create_if_missing) {
  auto application = Application::Open(config, create_if_missing, ShowReindexing());
  if (!application.ok()) return ExplainLock(application.status(), config);
  return application;
}

absl::StatusOr<std::unique_ptr<retrieval::Engine>> OpenStore(const StoreFlags& flags) {
  FN_ASSIGN_OR_RETURN(const Config config, MakeConfig(flags));
  auto engine = services::OpenStore(config.store, /*create_if_missing=*/false,
                                    /*embedder=*/nullptr, /*reranker=*/nullptr, ShowReindexing());
  if (!engine.ok()) return ExplainLock(engine.status(), config);
  return engine;
}

void AddGeneratorFlag(CLI::App& app, std::string* model) {
  app.add_option(
         "--generator", *model,
         "A language model that writes the answers: a folder or a GGUF file (default: none, "
         "answers are verbatim sentences)")
      ->type_name("DIR|FILE");
}

void AddCollectionFlag(CLI::App& app, std::string* collection) {
  app.add_option("--collection", *collection,
                 absl::StrCat("The collection (default \"", retrieval::kDefaultCollection, "\")"))
      ->type_name("NAME");
}

void AddPrincipalFlag(CLI::App& app, std::vector<std::string>* principals) {
  app.add_option(
         "--principal", *principals,
         "A user or group who is asking; may be repeated: name the user and all of his groups. "
         "Without: public documents only")
      ->type_name("NAME")
      ->allow_extra_args(false);
}

void AddFilterFlag(CLI::App& app, std::optional<retrieval::Filter>* filter, const char* help) {
  app.add_option_function<std::string>(
         "--filter",
         [filter](const std::string& text) {
           const auto parsed = retrieval::ParseFilter(text);
           if (!parsed.ok()) {
             throw CLI::ValidationError(absl::StrCat("--filter: ", parsed.status().message()));
           }
           *filter = *parsed;
         },
         help)
      ->type_name("EXPR");
}

void AddAccessFlags(CLI::App& app, retrieval::AccessList* access, const std::string& whom) {
  app.add_option("--acl", access->allow,
                 absl::StrCat("The only users and groups who may see ", whom,
                              ", separated by commas (default: everybody)"))
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("P,..");
  app.add_option("--deny", access->deny,
                 absl::StrCat("Users and groups who may not see ", whom, ", whatever --acl says"))
      ->delimiter(',')
      ->allow_extra_args(false)
      ->type_name("P,..");
}

void AddModelFlags(CLI::App& app, ModelFlags* flags) {
  app.add_option("--model", flags->model,
                 absl::StrCat("A known model's name or a folder (default ", flags->model, ")"))
      ->type_name("NAME|DIR");
  AddChoice<Precision>(
      app, "--precision", &flags->precision,
      {{"f32", Precision::kFloat32}, {"bf16", Precision::kBfloat16}, {"int8", Precision::kInt8}},
      absl::StrCat("Of the products (default ", PrecisionFlagName(flags->precision), ")"));
  app.add_option("--threads", flags->threads, "CPU threads (default 0: one per CPU)")
      ->check(CLI::Range(0, 1024))
      ->type_name("N");
}

absl::StatusOr<std::unique_ptr<const transformer::TextEncoder>> LoadEmbedder(
    const ModelFlags& flags) {
  FN_ASSIGN_OR_RETURN(const std::string dir, transformer::FindModel(flags.model));
  transformer::EncoderOptions options;
  options.precision = flags.precision;
  options.threads = flags.threads;
  return transformer::LoadTextEncoder(dir, options);
}

RerankerConfig RerankerOf(const ModelFlags& flags, const std::string& model) {
  RerankerConfig config;
  config.model = model;
  config.precision = flags.precision;
  config.threads = flags.threads;
  return config;
}

void AddWords(CLI::App& app, const char* name, const char* help, std::vector<std::string>* words) {
  app.add_option(name, *words, help)->required()->type_name("TEXT");
}

const char* PrecisionFlagName(Precision precision) {
  switch (precision) {
    case Precision::kFloat32:
      return "f32";
    case Precision::kBfloat16:
      return "bf16";
    case Precision::kInt8:
      return "int8";
  }
  return "unknown";
}

const char* ModeName(retrieval::SearchMode mode) {
  switch (mode) {
    case retrieval::SearchMode::kHybrid:
      return "hybrid";
    case retrieval::SearchMode::kDense:
      return "dense";
    case retrieval::SearchMode::kLexical:
      return "lexical";
  }
  return "unknown";
}

}  // namespace footnote::services::cli
