#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <google/protobuf/stubs/common.h>
#include <grpcpp/grpcpp.h>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "kernels/base/cpu.h"
#include "kernels/base/thread_pool.h"
#include "services/cli/commands.h"
#include "services/cli/flags.h"
#include "services/cli/terminal.h"
#include "services/version.h"
#include "transformer/model/registry.h"

namespace footnote::services::cli {
namespace {

struct Options {
  std::string model = ModelConfig().name;
  bool json = false;
};

struct Machine {
  std::string cpu = "unknown";
  int cpus = 0;
  uint64_t memory_bytes = 0;
  std::string system;
};

Machine DescribeMachine() {
  Machine machine;
  std::ifstream info("/proc/cpuinfo");
  std::string line;
  while (std::getline(info, line)) {
    const size_t colon = line.find(':');
    if (absl::StartsWith(line, "model name") && colon != std::string::npos) {
      machine.cpu = std::string(absl::StripAsciiWhitespace(line.substr(colon + 1)));
      break;
    }
  }
  machine.cpus = kernels::AvailableCpus();
  machine.memory_bytes = static_cast<uint64_t>(sysconf(_SC_PHYS_PAGES)) * sysconf(_SC_PAGESIZE);
  utsname name = {};
  if (uname(&name) == 0) {
    machine.system = absl::StrCat(name.sysname, " ", name.release, " ", name.machine);
  }
  return machine;
}

std::string ProtobufVersion() {
  return absl::StrCat(GOOGLE_PROTOBUF_VERSION / 1000000, ".", GOOGLE_PROTOBUF_VERSION / 1000 % 1000,
                      ".", GOOGLE_PROTOBUF_VERSION % 1000);
}

// Everything that is told, as JSON; the text form prints the same.
nlohmann::ordered_json Examine(const Options& options) {
  const Machine machine = DescribeMachine();
  nlohmann::ordered_json levels = nlohmann::ordered_json::array();
  for (const kernels::CpuLevel level : kernels::SupportedCpuLevels()) {
    levels.push_back(std::string(kernels::CpuLevelName(level)));
  }
  nlohmann::ordered_json model = {{"name", options.model}, {"found", false}};
  if (const auto dir = transformer::FindModel(options.model); !dir.ok()) {
    model["error"] = std::string(dir.status().message());
  } else if (const auto description = transformer::DescribeModel(*dir); !description.ok()) {
    model["dir"] = *dir;
    model["error"] = std::string(description.status().message());
  } else {
    model["found"] = true;
    model["dir"] = *dir;
    model["family"] = description->family;
    model["dim"] = description->dim;
    model["max_tokens"] = description->max_tokens;
    model["precision"] = PrecisionFlagName(transformer::EncoderOptions().precision);
  }
  return {
      {"version", std::string(Version())},
      {"machine",
       {{"cpu", machine.cpu},
        {"cpus", machine.cpus},
        {"memory_bytes", machine.memory_bytes},
        {"system", machine.system}}},
      {"kernels",
       {{"detected", std::string(kernels::CpuLevelName(kernels::DetectedCpuLevel()))},
        {"chosen", std::string(kernels::CpuLevelName(kernels::ActiveCpuLevel()))},
        {"usable", std::move(levels)}}},
      {"model", std::move(model)},
      {"built_with",
       {{"compiler", __VERSION__}, {"protobuf", ProtobufVersion()}, {"grpc", grpc::Version()}}}};
}

void Print(const nlohmann::ordered_json& found, const Style& style) {
  const auto row = [](absl::string_view name, absl::string_view value) {
    std::cout << absl::StrFormat("%-10s %s\n", name, OneLine(value));
  };
  const auto text = [&](const char* section, const char* key) {
    return found[section][key].get<std::string>();
  };
  row("footnote", found["version"].get<std::string>());
  row("machine", absl::StrFormat("%s, %d CPUs, %s, %s", text("machine", "cpu"),
                                 found["machine"]["cpus"].get<int>(),
                                 HumanBytes(found["machine"]["memory_bytes"].get<uint64_t>()),
                                 text("machine", "system")));
  const std::string detected = text("kernels", "detected"), chosen = text("kernels", "chosen");
  row("kernels", chosen == detected
                     ? chosen
                     : absl::StrCat(chosen, " (FOOTNOTE_CPU; the machine has ", detected, ")"));
  const auto& model = found["model"];
  if (model["found"].get<bool>()) {
    row("model", absl::StrFormat("%s in %s", text("model", "name"), text("model", "dir")));
  } else {
    row("model", Paint(style, Ink::kBad, "missing or unusable"));
    std::cout << "           " << OneLine(text("model", "error")) << "\n";
  }
  row("built with", absl::StrFormat("gcc %s, protobuf %s, gRPC %s", text("built_with", "compiler"),
                                    text("built_with", "protobuf"), text("built_with", "grpc")));
}

absl::StatusOr<Exit> Doctor(const Options& options) {
  const nlohmann::ordered_json found = Examine(options);
  if (options.json) {
    std::cout << found.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
  } else {
    Print(found, StyleOf(1));
  }
  return found["model"]["found"].get<bool>() ? Exit::kOk : Exit::kFailed;
}

Action Define(CLI::App& app) {
  auto options = std::make_shared<Options>();
  app.add_option("--model", options->model,
                 "A known model's name or a folder (default " + options->model + ")")
      ->type_name("NAME|DIR");
  AddJsonFlag(app, &options->json);
  return [options] { return Doctor(*options); };
}

}  // namespace

const Command kDoctorCommand = {
    "doctor", "Show the machine, the kernels chosen, the model found and versions",
    "  footnote doctor\n"
    "  footnote doctor --json\n"
    "\n"
    "Exit status 1 if the model is missing or unusable.",
    &Define};

}  // namespace footnote::services::cli
