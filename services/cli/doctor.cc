#include <cstdlib>
#include <iostream>
#include <memory>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <google/protobuf/stubs/common.h>
#include <grpcpp/grpcpp.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "kernels/base/cpu.h"
#include "kernels/base/human_bytes.h"
#include "kernels/cuda/devices.h"
#include "services/cli/commands.h"
#include "services/cli/flags.h"
#include "services/cli/machine_report.h"
#include "services/cli/terminal.h"
#include "services/version.h"
#include "transformer/model/registry.h"

namespace footnote::services::cli {
namespace {

using Json = nlohmann::ordered_json;

struct Options {
  std::string model = ModelConfig().name;
  bool measure = true;
  bool json = false;
};

std::string ProtobufVersion() {
  return absl::StrCat(GOOGLE_PROTOBUF_VERSION / 1000000, ".", GOOGLE_PROTOBUF_VERSION / 1000 % 1000,
                      ".", GOOGLE_PROTOBUF_VERSION % 1000);
}

Json LargestToJson(uint64_t available, double bandwidth) {
  Json models = Json::array();
  for (const LargestModel& model : LargestModels(available, bandwidth)) {
    Json one = {{"precision", model.precision}, {"parameters", model.parameters}};
    if (bandwidth > 0) one["tokens_per_second"] = model.tokens_per_second;
    models.push_back(std::move(one));
  }
  return models;
}

Json ExamineKernels() {
  Json levels = Json::array();
  for (const kernels::CpuLevel level : kernels::SupportedCpuLevels()) {
    levels.push_back(std::string(kernels::CpuLevelName(level)));
  }
  const kernels::CpuLevel detected = kernels::DetectedCpuLevel();
  const kernels::CpuLevel chosen = kernels::ActiveCpuLevel();
  return {{"detected", std::string(kernels::CpuLevelName(detected))},
          {"chosen", std::string(kernels::CpuLevelName(chosen))},
          {"why", std::getenv("FOOTNOTE_CPU") == nullptr ? "the highest level of this machine"
                                                         : "FOOTNOTE_CPU asks for it"},
          {"usable", std::move(levels)}};
}

Json ExamineModel(const Options& options) {
  Json model = {{"name", options.model}, {"found", false}};
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
  return model;
}

Json ExamineRates(double* bandwidth) {
  const auto rates = MeasureRates();
  if (!rates.ok()) return {{"error", std::string(rates.status().message())}};
  *bandwidth = rates->read_bandwidth;
  return {
      {"threads", rates->threads},
      {"read_bytes_per_second", rates->read_bandwidth},
      {"products_per_second", {{"f32", rates->f32}, {"bf16", rates->bf16}, {"int8", rates->int8}}}};
}

Json ExamineCuda() {
  const auto devices = kernels::ListCudaDevices();
  if (!devices.ok()) {
    return {{"devices", Json::array()}, {"error", std::string(devices.status().message())}};
  }
  Json list = Json::array();
  for (const kernels::CudaDeviceInfo& device : *devices) {
    list.push_back({{"name", device.name},
                    {"memory_bytes", device.memory},
                    {"free_bytes", device.free},
                    {"capability", absl::StrCat(device.major, ".", device.minor)},
                    {"largest_models", LargestToJson(device.free, 0)}});
  }
  return {{"devices", std::move(list)}};
}

// Everything that is told, as JSON; the text form prints the same.
Json Examine(const Options& options) {
  const Machine machine = DescribeMachine();
  Json found = {{"version", std::string(Version())},
                {"machine",
                 {{"cpu", machine.cpu},
                  {"cpus", machine.cpus},
                  {"memory_bytes", machine.memory_bytes},
                  {"available_bytes", machine.available_bytes},
                  {"system", machine.system}}},
                {"kernels", ExamineKernels()}};
  double bandwidth = 0;
  if (options.measure) found["measured"] = ExamineRates(&bandwidth);
  found["largest_models"] = LargestToJson(machine.available_bytes, bandwidth);
  found["cuda"] = ExamineCuda();
  found["model"] = ExamineModel(options);
  found["built_with"] = {
      {"compiler", __VERSION__}, {"protobuf", ProtobufVersion()}, {"grpc", grpc::Version()}};
  return found;
}

void Row(absl::string_view name, absl::string_view value) {
  std::cout << absl::StrFormat("%-10s %s\n", name, OneLine(value));
}

std::string Text(const Json& found, const char* section, const char* key) {
  return found[section][key].get<std::string>();
}

// "bf16 4.5 billion, int8 ..."
std::string LargestToText(const Json& models) {
  std::vector<std::string> words;
  for (const Json& model : models) {
    words.push_back(absl::StrFormat("%s %.2f", model["precision"].get<std::string>(),
                                    model["parameters"].get<double>() / 1e9));
  }
  return absl::StrCat("at most ", absl::StrJoin(words, ", "), " billion parameters");
}

void PrintMeasured(const Json& found) {
  const Json& measured = found["measured"];
  if (measured.contains("error")) {
    Row("measured", measured["error"].get<std::string>());
    return;
  }
  const Json& products = measured["products_per_second"];
  Row("memory", absl::StrFormat("%.1f GB/s read by %d threads",
                                measured["read_bytes_per_second"].get<double>() / 1e9,
                                measured["threads"].get<int>()));
  Row("products",
      absl::StrFormat("%.0f GFLOP/s f32, %.0f bf16, %.0f int8", products["f32"].get<double>() / 1e9,
                      products["bf16"].get<double>() / 1e9, products["int8"].get<double>() / 1e9));
}

void PrintCuda(const Json& cuda) {
  if (cuda.contains("error")) Row("cuda", cuda["error"].get<std::string>());
  int number = 0;
  for (const Json& device : cuda["devices"]) {
    Row(absl::StrCat("cuda:", number++),
        absl::StrFormat("%s, capability %s, %s free of %s, %s", device["name"].get<std::string>(),
                        device["capability"].get<std::string>(),
                        kernels::HumanBytes(device["free_bytes"].get<uint64_t>()),
                        kernels::HumanBytes(device["memory_bytes"].get<uint64_t>()),
                        LargestToText(device["largest_models"])));
  }
}

void Print(const Json& found, const Style& style) {
  Row("footnote", found["version"].get<std::string>());
  Row("machine",
      absl::StrFormat("%s, %d CPUs, %s (%s available), %s", Text(found, "machine", "cpu"),
                      found["machine"]["cpus"].get<int>(),
                      kernels::HumanBytes(found["machine"]["memory_bytes"].get<uint64_t>()),
                      kernels::HumanBytes(found["machine"]["available_bytes"].get<uint64_t>()),
                      Text(found, "machine", "system")));
  const std::string detected = Text(found, "kernels", "detected");
  const std::string chosen = Text(found, "kernels", "chosen");
  Row("kernels", absl::StrCat(chosen, ": ", Text(found, "kernels", "why"),
                              chosen == detected ? "" : "; the machine has " + detected));
  if (found.contains("measured")) PrintMeasured(found);
  Row("holds", LargestToText(found["largest_models"]));
  const Json& largest = found["largest_models"][0];
  if (largest.contains("tokens_per_second")) {
    Row("", absl::StrFormat("a model that fills it: about %.1f tokens/s",
                            largest["tokens_per_second"].get<double>()));
  }
  PrintCuda(found["cuda"]);
  const Json& model = found["model"];
  if (model["found"].get<bool>()) {
    Row("model",
        absl::StrFormat("%s in %s", Text(found, "model", "name"), Text(found, "model", "dir")));
  } else {
    Row("model", Paint(style, Ink::kBad, "missing or unusable"));
    std::cout << "           " << OneLine(Text(found, "model", "error")) << "\n";
  }
  Row("built with",
      absl::StrFormat("gcc %s, protobuf %s, gRPC %s", Text(found, "built_with", "compiler"),
                      Text(found, "built_with", "protobuf"), Text(found, "built_with", "grpc")));
}

absl::StatusOr<Exit> Doctor(const Options& options) {
  const Json found = Examine(options);
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
  app.add_flag("!--no-measure", options->measure, "Don't measure memory and products (a second)");
  AddJsonFlag(app, &options->json);
  return [options] { return Doctor(*options); };
}

}  // namespace

const Command kDoctorCommand = {
    "doctor", "Show the machine, what it can run and how fast, the model found and versions",
    "  footnote doctor\n"
    "  footnote doctor --json\n"
    "  footnote doctor --no-measure\n"
    "\n"
    "Exit status 1 if the model is missing or unusable.",
    &Define};

}  // namespace footnote::services::cli
