#ifndef FOOTNOTE_SERVICES_CLI_FLAGS_H_
#define FOOTNOTE_SERVICES_CLI_FLAGS_H_

#include <CLI/CLI.hpp>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "retrieval/engine.h"
#include "services/application.h"
#include "services/config/config.h"
#include "transformer/embedder.h"
#include "transformer/text_encoder.h"

// Options that several commands share, declared once so that they read and
// behave the same everywhere. The targets must outlive the parse.
namespace footnote::services::cli {

// Declares an option whose words stand for the values of `names`. `Target` is T or an
// optional of it.
template <typename T, typename Target>
CLI::Option* AddChoice(CLI::App& app, const char* flag, Target* value,
                       std::map<std::string, T> names, const std::string& help) {
  std::string words;
  for (const auto& [name, unused] : names) absl::StrAppend(&words, words.empty() ? "" : ", ", name);
  return app
      .add_option_function<std::string>(
          flag,
          [value, names, words](const std::string& word) {
            const auto found = names.find(word);
            if (found == names.end()) {
              throw CLI::ValidationError(absl::StrCat("\"", word, "\" is not one of ", words));
            }
            *value = found->second;
          },
          absl::StrCat(help, ": ", words))
      ->type_name("NAME");
}

// --json
void AddJsonFlag(CLI::App& app, bool* json);

// --data, --config, --set: where the store is and how the program is set.
struct StoreFlags {
  std::string data;
  std::string config_file;
  std::vector<std::string> settings;  // "key=value"
  std::string generator;              // of commands that have --generator
  std::string reranker;               // of commands that have --reranker
};
void AddStoreFlags(CLI::App& app, StoreFlags* flags);
// --config and --set alone, for commands without a store.
void AddConfigFlags(CLI::App& app, StoreFlags* flags);

// The file's settings, then --set, then --data, --generator and --reranker. Errors: those of
// config.h.
absl::StatusOr<Config> MakeConfig(const StoreFlags& flags);

// Application::Open; an error because another process has the folder says how
// to go on.
absl::StatusOr<std::unique_ptr<Application>> OpenApplication(const Config& config,
                                                             bool create_if_missing);
absl::StatusOr<std::unique_ptr<Application>> OpenApplication(const StoreFlags& flags,
                                                             bool create_if_missing);

// The store that is there, without its model: to count, check, copy and delete.
absl::StatusOr<std::unique_ptr<retrieval::Engine>> OpenStore(const StoreFlags& flags);

// --generator
void AddGeneratorFlag(CLI::App& app, std::string* model);

// --collection
void AddCollectionFlag(CLI::App& app, std::string* collection);

// --principal, as often as needed
void AddPrincipalFlag(CLI::App& app, std::vector<std::string>* principals);

// --filter
void AddFilterFlag(CLI::App& app, std::optional<retrieval::Filter>* filter, const char* help);

// --acl and --deny, of what `whom` names
void AddAccessFlags(CLI::App& app, retrieval::AccessList* access, const std::string& whom);

// --model, --precision, --threads
struct ModelFlags {
  std::string model = ModelConfig().name;
  transformer::Precision precision = transformer::EncoderOptions().precision;
  int threads = 0;
};
void AddModelFlags(CLI::App& app, ModelFlags* flags);
absl::StatusOr<std::unique_ptr<const transformer::TextEncoder>> LoadEmbedder(
    const ModelFlags& flags);
// The cross-encoder `model` with the flags' precision and threads.
RerankerConfig RerankerOf(const ModelFlags& flags, const std::string& model);

// A positional text of one or more words, which are joined by a blank.
void AddWords(CLI::App& app, const char* name, const char* help, std::vector<std::string>* words);

// "f32", "bf16" or "int8".
const char* PrecisionFlagName(transformer::Precision precision);
// "hybrid", "dense" or "lexical".
const char* ModeName(retrieval::SearchMode mode);

}  // namespace footnote::services::cli

#endif  // FOOTNOTE_SERVICES_CLI_FLAGS_H_
