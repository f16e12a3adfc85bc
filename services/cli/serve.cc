#include "services/serve.h"

#include <memory>
#include <string>

#include "kernels/base/status_macros.h"
#include "services/cli/commands.h"
#include "services/cli/flags.h"

namespace footnote::services::cli {
namespace {

struct Options {
  StoreFlags store;
  std::string grpc;
  std::string http;
  bool json = false;
};

absl::StatusOr<Exit> RunServe(const CLI::App& app, const Options& options) {
  FN_ASSIGN_OR_RETURN(Config config, MakeConfig(options.store));
  // An empty address is a choice: this door stays shut.
  if (app.count("--grpc") > 0) config.grpc.listen = options.grpc;
  if (app.count("--http") > 0) config.http.listen = options.http;
  if (options.json) config.log.format = LogFormat::kJson;
  FN_RETURN_IF_ERROR(Serve(config));
  return Exit::kOk;
}

Action Define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  AddStoreFlags(app, &options->store);
  AddGeneratorFlag(app, &options->store.generator);
  app.add_option("--grpc", options->grpc,
                 "HOST:PORT of gRPC (default " + GrpcConfig().listen + "; \"\" for none)")
      ->type_name("ADDR");
  app.add_option("--http", options->http,
                 "HOST:PORT of REST and the search page (default " + HttpConfig().listen +
                     "; \"\" for none)")
      ->type_name("ADDR");
  app.add_flag("--json", options->json, "Write the log as JSON lines, whatever the file says");
  return [&app, options] { return RunServe(app, *options); };
}

}  // namespace

const Command kServeCommand = {
    "serve", "Serve gRPC, REST and the search page until SIGTERM or Ctrl-C",
    "  footnote serve --data ./data                    # then open http://127.0.0.1:8080\n"
    "  footnote serve --data ./data --http 127.0.0.1:9000 --grpc \"\"\n"
    "  footnote serve --config footnote.toml --set log.format=text",
    &Define};

}  // namespace footnote::services::cli
