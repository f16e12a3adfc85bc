#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "kernels/base/human_bytes.h"
#include "kernels/base/status_macros.h"
#include "services/cli/commands.h"
#include "services/cli/flags.h"
#include "services/cli/terminal.h"

namespace footnote::services::cli {
namespace {

struct Options {
  StoreFlags store;
  bool json = false;
};

nlohmann::ordered_json ToJson(const retrieval::EngineStats& stats) {
  nlohmann::ordered_json collections = nlohmann::ordered_json::array();
  for (const retrieval::CollectionStats& c : stats.collections) {
    nlohmann::ordered_json segments = nlohmann::ordered_json::array();
    for (const retrieval::SegmentStats& s : c.segments) {
      segments.push_back({{"kind", s.kind},
                          {"rows", s.rows},
                          {"memory_bytes", s.memory_bytes},
                          {"disk_bytes", s.disk_bytes}});
    }
    collections.push_back(
        {{"name", c.name},
         {"documents", c.documents},
         {"chunks", c.chunks},
         {"text_bytes", c.text_bytes},
         {"terms", c.terms},
         {"model", c.model},
         {"dim", c.dim},
         {"acl", c.access.allow},
         {"deny", c.access.deny},
         {"dense_weight", c.dense_weight.has_value() ? nlohmann::ordered_json(*c.dense_weight)
                                                     : nlohmann::ordered_json()},
         {"index_memory_bytes", c.index_memory_bytes},
         {"fields_memory_bytes", c.fields_memory_bytes},
         {"words_memory_bytes", c.words_memory_bytes},
         {"segments", std::move(segments)},
         {"notes", c.notes}});
  }
  return {{"collections", std::move(collections)},
          {"sequence", stats.sequence},
          {"disk_bytes", stats.disk_bytes},
          {"index_memory_bytes", stats.index_memory_bytes},
          {"format_version", stats.format_version}};
}

std::string FileOf(const retrieval::SegmentStats& segment) {
  if (segment.disk_bytes == 0) return "";
  return absl::StrCat(", in a file of ", kernels::HumanBytes(segment.disk_bytes));
}

void Print(const retrieval::EngineStats& stats) {
  std::cout << absl::StrFormat("%-20s %12s %12s %12s  %s\n", "collection", "documents", "passages",
                               "text", "model");
  for (const retrieval::CollectionStats& c : stats.collections) {
    std::cout << absl::StrFormat("%-20s %12s %12s %12s  %s\n", OneLine(c.name),
                                 WithCommas(c.documents), WithCommas(c.chunks),
                                 kernels::HumanBytes(c.text_bytes), OneLine(c.model));
    for (const retrieval::SegmentStats& s : c.segments) {
      std::cout << absl::StrFormat("  vectors: %s of %s passages, %s more memory%s\n", s.kind,
                                   WithCommas(s.rows), kernels::HumanBytes(s.memory_bytes),
                                   FileOf(s));
    }
    for (const std::string& note : c.notes) {
      std::cout << "  built again, nothing is lost: " << OneLine(note) << "\n";
    }
  }
  std::cout << absl::StrFormat("on disk %s, index in memory %s, sequence %d, format %d\n",
                               kernels::HumanBytes(stats.disk_bytes),
                               kernels::HumanBytes(stats.index_memory_bytes), stats.sequence,
                               stats.format_version);
}

absl::StatusOr<Exit> Stats(const Options& options) {
  FN_ASSIGN_OR_RETURN(const std::unique_ptr<retrieval::Engine> engine, OpenStore(options.store));
  FN_ASSIGN_OR_RETURN(const retrieval::EngineStats stats, engine->Stats());
  if (options.json) {
    std::cout << ToJson(stats).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)
              << "\n";
  } else {
    Print(stats);
  }
  return Exit::kOk;
}

Action Define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  AddStoreFlags(app, &options->store);
  AddJsonFlag(app, &options->json);
  return [options] { return Stats(*options); };
}

}  // namespace

const Command kStatsCommand = {"stats", "Count what is in the store",
                               "  footnote stats --data ./data\n"
                               "  footnote stats --data ./data --json",
                               &Define};

}  // namespace footnote::services::cli
