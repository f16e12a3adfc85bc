#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "kernels/base/status_macros.h"
#include "services/cli/commands.h"
#include "services/cli/flags.h"
#include "services/cli/progress.h"
#include "services/cli/terminal.h"

namespace footnote::services::cli {
namespace {

struct Options {
  StoreFlags store;
  bool json = false;
};

void Print(const retrieval::VerifyReport& report) {
  std::cout << WithCommas(report.documents) << " documents, " << WithCommas(report.chunks)
            << " passages, " << WithCommas(report.postings) << " postings, "
            << WithCommas(report.vectors) << " vectors read\n";
  if (report.divergences.empty()) {
    std::cout << "no divergence\n";
    return;
  }
  std::cout << report.divergences.size() << " divergences:\n";
  for (const std::string& divergence : report.divergences) {
    std::cout << "  " << OneLine(divergence) << "\n";
  }
  std::cout << "Restore a snapshot, or ingest the documents into a new data folder.\n";
}

absl::StatusOr<Exit> Verify(const Options& options) {
  FN_ASSIGN_OR_RETURN(const std::unique_ptr<retrieval::Engine> engine, OpenStore(options.store));
  const Style style = StyleOf(2);
  ProgressLine line(style, std::cerr);
  FN_ASSIGN_OR_RETURN(const retrieval::VerifyReport report,
                      engine->Verify([&](uint64_t done, uint64_t total) {
                        line.Update([&] { return FormatCount("verifying", done, total, style); });
                      }));
  line.Clear();
  if (options.json) {
    const nlohmann::ordered_json json = {{"documents", report.documents},
                                         {"chunks", report.chunks},
                                         {"postings", report.postings},
                                         {"vectors", report.vectors},
                                         {"divergences", report.divergences}};
    std::cout << json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  } else {
    Print(report);
  }
  return report.divergences.empty() ? Exit::kOk : Exit::kFailed;
}

Action Define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  AddStoreFlags(app, &options->store);
  AddJsonFlag(app, &options->json);
  return [options] { return Verify(*options); };
}

}  // namespace

const Command kVerifyCommand = {"verify", "Read the whole store and compare its parts",
                                "  footnote verify --data ./data\n"
                                "\n"
                                "Exit status 1 if anything diverges.",
                                &Define};

}  // namespace footnote::services::cli
