#include <iostream>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "kernels/base/human_bytes.h"
#include "kernels/base/status_macros.h"
#include "services/cli/commands.h"
#include "services/cli/flags.h"
#include "services/cli/interrupt.h"
#include "services/cli/progress.h"
#include "services/cli/terminal.h"
#include "services/convert.h"
#include "services/json.h"
#include "transformer/text/utf8.h"

namespace footnote::services::cli {
namespace {

struct Options {
  StoreFlags store;
  std::string collection = retrieval::kDefaultCollection;
  retrieval::AccessList access;
  std::vector<std::string> metadata;  // "key=value"
  bool sync = false;
  bool json = false;
  std::vector<std::string> paths;
};

// Before the store is made: a mistyped path shouldn't leave a folder behind.
absl::Status CheckPaths(const std::vector<std::string>& paths) {
  for (const std::string& path : paths) {
    std::error_code error;
    if (!std::filesystem::exists(path, error)) {
      if (error) return absl::PermissionDeniedError(absl::StrCat(path, ": ", error.message()));
      return absl::NotFoundError(absl::StrCat("there is no file or folder ", path));
    }
  }
  return absl::OkStatus();
}

nlohmann::ordered_json Summary(const ingest::IngestReport& report) {
  return {{"added", report.added},
          {"replaced", report.replaced},
          {"unchanged", report.unchanged},
          {"removed", report.removed},
          {"failed", report.failed},
          {"chunks", report.chunks},
          {"tokens", report.tokens},
          {"source_bytes", report.source_bytes},
          {"seconds", report.seconds},
          {"sequence", report.sequence},
          {"cancelled", false}};
}

void PrintSummary(const ingest::IngestReport& report, const Style& style) {
  const double seconds = std::max(report.seconds, 1e-9);
  const uint64_t documents = report.added + report.replaced;
  std::cout << absl::StrFormat("%s added, %s replaced, %s unchanged, %s removed, %s failed\n",
                               WithCommas(report.added), WithCommas(report.replaced),
                               WithCommas(report.unchanged), WithCommas(report.removed),
                               WithCommas(report.failed));
  std::cout << absl::StrFormat("%s passages, %s tokens, %s in %.1f s", WithCommas(report.chunks),
                               WithCommas(report.tokens), kernels::HumanBytes(report.source_bytes),
                               report.seconds);
  if (documents > 0) {
    std::cout << absl::StrFormat(
        " (%.1f documents/s, %s tokens/s)", static_cast<double>(documents) / seconds,
        WithCommas(std::llround(static_cast<double>(report.tokens) / seconds)));
  }
  std::cout << "\n";
  if (report.failures.empty()) return;
  std::cout.flush();
  std::cerr << Paint(style, Ink::kBad, absl::StrCat(WithCommas(report.failed), " failed:")) << "\n";
  for (const ingest::DocumentReport& failure : report.failures) {
    std::cerr << "  " << OneLine(failure.id) << "\n      " << OneLine(failure.status.message())
              << "\n";
  }
}

// What a cancelled job leaves: each document is whole or not there.
absl::StatusOr<Exit> ReportCancelled(const Options& options, uint64_t stored) {
  if (options.json) {
    std::cout << nlohmann::ordered_json({{"cancelled", true}, {"stored", stored}}).dump() << "\n";
  }
  std::cerr << "cancelled: " << WithCommas(stored)
            << " documents of this run are stored and can be searched; the others are as they "
               "were before. Run the same command again to go on.\n";
  return Exit::kFailed;
}

absl::StatusOr<std::map<std::string, std::string>> ParseMetadata(
    const std::vector<std::string>& pairs) {
  std::map<std::string, std::string> out;
  for (const std::string& pair : pairs) {
    const size_t equals = pair.find('=');
    if (equals == std::string::npos || equals == 0) {
      return UsageError(absl::StrCat("--meta ", pair, ": expected KEY=VALUE"));
    }
    if (!transformer::IsValidUtf8(pair)) return UsageError("--meta: it isn't valid UTF-8");
    if (!out.emplace(pair.substr(0, equals), pair.substr(equals + 1)).second) {
      return UsageError(absl::StrCat("--meta ", pair, ": the key is there twice"));
    }
  }
  return out;
}

absl::StatusOr<Exit> Ingest(const Options& options) {
  FN_ASSIGN_OR_RETURN(auto metadata, ParseMetadata(options.metadata));
  FN_RETURN_IF_ERROR(CheckPaths(options.paths));
  FN_ASSIGN_OR_RETURN(const std::unique_ptr<Application> app,
                      OpenApplication(options.store, /*create_if_missing=*/true));
  ingest::IngestOptions ingest;
  ingest.collection = options.collection;
  ingest.access = options.access;
  ingest.metadata = std::move(metadata);
  ingest.sync = options.sync;
  ingest.max_document_bytes = app->config().limits.max_document_bytes;

  const Style style = StyleOf(2);
  InterruptGuard interrupt;
  ProgressLine line(style, std::cerr);
  uint64_t stored = 0;
  const auto report = app->ingester().IngestPaths(
      options.paths, ingest,
      [&](const ingest::DocumentReport& document) {
        stored += document.outcome == ingest::DocumentOutcome::kAdded ||
                  document.outcome == ingest::DocumentOutcome::kReplaced;
        if (!options.json) return;
        line.Clear();
        std::cout << ToJson(ToProto(document)) << "\n";
      },
      [&](const ingest::IngestProgress& progress) {
        line.Update([&] { return FormatIngestProgress(progress, style); });
      },
      [] { return InterruptGuard::Interrupted(); });
  line.Clear();
  if (absl::IsCancelled(report.status())) return ReportCancelled(options, stored);
  FN_RETURN_IF_ERROR(report.status());
  if (options.json) {
    std::cout << Summary(*report).dump() << "\n";
  } else {
    PrintSummary(*report, style);
  }
  return report->failed == 0 ? Exit::kOk : Exit::kFailed;
}

Action Define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  AddStoreFlags(app, &options->store);
  AddCollectionFlag(app, &options->collection);
  AddAccessFlags(app, &options->access, "the documents");
  app.add_option("--meta", options->metadata,
                 "Metadata of the documents, such as year=2024, for filters; may be repeated. "
                 "language=de says which language they are in; without, it is detected")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
  app.add_flag("--sync", options->sync,
               "Also remove documents of these folders whose file is gone");
  AddJsonFlag(app, &options->json);
  app.add_option("PATH", options->paths, "Files, and folders with all that is in them")
      ->required()
      ->type_name("");
  return [options] { return Ingest(*options); };
}

}  // namespace

const Command kIngestCommand = {
    "ingest", "Read HTML, Markdown and text files into the store",
    "  footnote ingest --data ./data ./manual\n"
    "  footnote ingest --data ./data --sync ./manual        # and forget deleted files\n"
    "  footnote ingest --data ./data --acl hr,board ./salaries --collection hr\n"
    "  footnote ingest --data ./data --meta language=de --meta year=2024 ./manual\n"
    "\n"
    "A second run does only what has changed. Exit status 1 if any document failed.\n"
    "--json: a line {\"id\",\"outcome\",\"chunks\",\"error\"} per document, then a summary.",
    &Define};

}  // namespace footnote::services::cli
