#ifndef FOOTNOTE_SERVICES_CLI_LANGUAGE_MODEL_INFO_H_
#define FOOTNOTE_SERVICES_CLI_LANGUAGE_MODEL_INFO_H_

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace footnote::services::cli {

// Whether the model at `path` (a folder or a GGUF file) is of a family that
// generates text.
bool IsLanguageModel(const std::string& path);

// What `footnote model info` tells of a language model: what it is, and what it
// needs at each precision and context on this machine. Reads configuration,
// tokenizer and tensor tables, no weights. `gpu_memory`: bytes free on the GPUs
// to plan for; empty: those of this machine. Errors: as PlanLanguageModel.
absl::StatusOr<nlohmann::ordered_json> DescribeLanguageModel(
    const std::string& path, const std::vector<uint64_t>& gpu_memory);

// The same as text on standard output.
void PrintLanguageModel(const nlohmann::ordered_json& info);

}  // namespace footnote::services::cli

#endif  // FOOTNOTE_SERVICES_CLI_LANGUAGE_MODEL_INFO_H_
