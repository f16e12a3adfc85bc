#include <cstdlib>
#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "kernels/base/human_bytes.h"
#include "kernels/base/status_macros.h"
#include "services/cli/commands.h"
#include "services/cli/flags.h"
#include "services/cli/interrupt.h"
#include "services/cli/progress.h"
#include "services/cli/terminal.h"
#include "services/download/hub.h"
#include "services/download/puller.h"
#include "services/version.h"
#include "transformer/model/registry.h"

namespace footnote::services::cli {
namespace {

constexpr char kMirrorVariable[] = "FOOTNOTE_MODEL_MIRROR";
constexpr char kTokenVariable[] = "FOOTNOTE_MODEL_TOKEN";

struct Options {
  StoreFlags config;
  std::string id;
  std::string revision = PullOptions().revision;
  std::string mirror;
  std::string token_file;
  std::string to;
  std::vector<std::string> only;
  bool allow_pickle = false;
  bool json = false;
};

// The environment's value; empty if it isn't set.
std::string Variable(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

absl::StatusOr<std::string> ReadToken(const std::string& path) {
  std::ifstream in(path);
  std::string line;
  if (!in || !std::getline(in, line)) {
    return absl::NotFoundError(absl::StrCat("can't read a token from ", path));
  }
  const std::string token(absl::StripAsciiWhitespace(line));
  if (token.empty()) return absl::InvalidArgumentError(absl::StrCat(path, " begins with no token"));
  return token;
}

// Flags before the environment before the configuration.
absl::StatusOr<PullOptions> ToPullOptions(const Options& options) {
  if (const absl::Status status = CheckRepositoryId(options.id); !status.ok()) {
    return UsageError(status.message());
  }
  if (const absl::Status status = CheckRevision(options.revision); !status.ok()) {
    return UsageError(status.message());
  }
  FN_ASSIGN_OR_RETURN(const Config config, MakeConfig(options.config));
  PullOptions out;
  out.id = options.id;
  out.revision = options.revision;
  out.allow_pickle = options.allow_pickle;
  out.only = options.only;
  out.http.user_agent = absl::StrCat("footnote/", Version());
  out.http.ca_file = config.models.ca_file;
  const std::string mirror = Variable(kMirrorVariable), token = Variable(kTokenVariable);
  out.http.server = !options.mirror.empty() ? options.mirror
                    : !mirror.empty()       ? mirror
                                            : config.models.mirror;
  if (!options.token_file.empty()) {
    FN_ASSIGN_OR_RETURN(out.http.token, ReadToken(options.token_file));
  } else if (!token.empty()) {
    out.http.token = token;
  } else if (!config.models.token_file.empty()) {
    FN_ASSIGN_OR_RETURN(out.http.token, ReadToken(config.models.token_file));
  }
  const std::string name = options.id.substr(options.id.rfind('/') + 1);
  out.dir = options.to.empty() ? absl::StrCat(transformer::ModelSearchPath().front(), "/", name)
                               : options.to;
  return out;
}

void PrintJson(const std::string& id, const PullResult& result) {
  nlohmann::ordered_json files = nlohmann::ordered_json::array();
  for (const PulledFile& file : result.files) {
    files.push_back({{"name", file.name}, {"bytes", file.bytes}, {"was_there", file.was_there}});
  }
  const nlohmann::ordered_json out = {{"id", id},
                                      {"commit", result.commit},
                                      {"dir", result.dir},
                                      {"bytes_fetched", result.bytes_fetched},
                                      {"files", std::move(files)},
                                      {"pickles_left_out", result.pickles},
                                      {"others_left_out", result.others}};
  std::cout << out.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
}

void Print(const PullResult& result) {
  uint64_t bytes = 0, there = 0;
  for (const PulledFile& file : result.files) {
    bytes += file.bytes;
    there += file.was_there ? 1 : 0;
  }
  std::cout << absl::StrFormat("%d files, %s, in %s\n", result.files.size(),
                               kernels::HumanBytes(bytes), OneLine(result.dir));
  std::cout << "commit " << OneLine(result.commit) << ", every digest checked";
  if (there > 0) std::cout << "; " << there << " were there already";
  std::cout << "\n";
  if (!result.pickles.empty()) {
    std::cout << "left out, because pickles can hold code (--allow-pickle takes them): "
              << OneLine(absl::StrJoin(result.pickles, ", ")) << "\n";
  }
  if (!result.others.empty()) {
    std::cout << "left out, because no model here needs them: "
              << OneLine(absl::StrJoin(result.others, ", ")) << "\n";
  }
}

absl::StatusOr<Exit> RunPull(const Options& options) {
  FN_ASSIGN_OR_RETURN(const PullOptions pull, ToPullOptions(options));
  const InterruptGuard interrupt;
  const Style style = StyleOf(2);
  absl::StatusOr<PullResult> result;
  {
    ProgressLine line(style, std::cerr);
    result = Pull(pull, [&](const PullProgress& p) {
      if (p.bytes_total > 0) {
        line.Update([&] {
          return FormatDownload(p.file, p.bytes_done, p.bytes_total, p.bytes_fetched, p.seconds,
                                style);
        });
      }
      return !InterruptGuard::Interrupted();
    });
  }
  if (absl::IsCancelled(result.status())) {
    return absl::CancelledError(absl::StrCat("stopped; what was downloaded stays in ", pull.dir,
                                             ", run it again to go on"));
  }
  FN_RETURN_IF_ERROR(result.status());
  options.json ? PrintJson(options.id, *result) : Print(*result);
  return Exit::kOk;
}

Action Define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  AddConfigFlags(app, &options->config);
  AddJsonFlag(app, &options->json);
  app.add_option("MODEL", options->id, "The repository: ORG/NAME")->required()->type_name("");
  app.add_option("--revision", options->revision, "A branch, tag or commit (default: main)")
      ->type_name("NAME");
  app.add_option("--to", options->to,
                 "The folder for its files (default: NAME where models are looked for)")
      ->type_name("DIR");
  app.add_option("--only", options->only,
                 "Take only files that match a pattern such as '*Q4_K_M.gguf'; may be repeated")
      ->type_name("PATTERN")
      ->allow_extra_args(false);
  app.add_option("--mirror", options->mirror,
                 absl::StrCat("The hub's URL (default: $", kMirrorVariable,
                              ", then models.mirror: ", ModelsConfig().mirror, ")"))
      ->type_name("URL");
  app.add_option("--token-file", options->token_file,
                 absl::StrCat("A file with the hub's token (default: the token in $",
                              kTokenVariable, ", then models.token_file)"))
      ->type_name("FILE");
  app.add_flag("--allow-pickle", options->allow_pickle,
               "Take weights in pickles (.bin, .pt, ...) too, which can hold code");
  return [options] { return RunPull(*options); };
}

}  // namespace

const Command kModelPullCommand = {
    "model pull", "Download a model from a hub, checked and resumable",
    "  footnote model pull intfloat/e5-small-v2\n"
    "  footnote model pull ORG/NAME --revision v1.0 --to ./models/NAME\n"
    "  footnote model pull ORG/NAME-GGUF --only '*Q4_K_M.gguf'\n"
    "  footnote model pull ORG/NAME --mirror https://models.example.org --token-file token",
    &Define};

}  // namespace footnote::services::cli
