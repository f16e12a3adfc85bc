#include "transformer/convert/model_converter.h"

#include <algorithm>
#include <filesystem>
#include <functional>
#include <iterator>
#include <memory>
#include <system_error>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "kernels/base/status_macros.h"
#include "transformer/convert/across.h"
#include "transformer/io/file.h"
#include "transformer/io/file_writer.h"
#include "transformer/io/json.h"
#include "transformer/weights/block_quant.h"
#include "transformer/weights/gguf.h"
#include "transformer/weights/tensor_table.h"
#include "transformer/weights/weight_writer.h"

namespace footnote::transformer {
namespace {

namespace fs = std::filesystem;

// The types that can be asked for: their name in config.json (null: not in
// safetensors) and llama.cpp's number of a file mostly of that type.
struct TypeRow {
  absl::string_view name;
  DType dtype;
  const char* config_name;
  uint32_t gguf_file_type;
};
constexpr TypeRow kTypes[] = {
    {"f32", DType::kF32, "float32", 0},     {"f16", DType::kF16, "float16", 1},
    {"bf16", DType::kBF16, "bfloat16", 32}, {"q8_0", DType::kQ8_0, nullptr, 7},
    {"q4_0", DType::kQ4_0, nullptr, 2},     {"q4_1", DType::kQ4_1, nullptr, 3},
    {"q5_0", DType::kQ5_0, nullptr, 8},     {"q5_1", DType::kQ5_1, nullptr, 9},
};

// What is copied beside the weights: configuration, tokenizer, texts.
constexpr absl::string_view kCopied[] = {".json", ".jsonl", ".txt", ".model", ".md", ".jinja"};

const TypeRow& RowOf(DType dtype) {
  return *std::find_if(std::begin(kTypes), std::end(kTypes),
                       [dtype](const TypeRow& row) { return row.dtype == dtype; });
}

bool IsGgufPath(const std::string& path) { return absl::EndsWith(path, ".gguf"); }

void Count(const TensorView& stored, const OutputTensor& written, ConvertReport* report) {
  ++report->tensors;
  report->source_bytes += stored.bytes;
  report->target_bytes += TensorBytes(written.shape, written.dtype).value_or(0);
}

// --- A folder to a folder ---

bool IsCopied(const std::string& name) {
  if (absl::EndsWith(name, ".index.json")) return false;  // of the old weight files
  if (absl::StartsWith(name, "LICENSE") || absl::StartsWith(name, "NOTICE")) return true;
  return std::any_of(std::begin(kCopied), std::end(kCopied),
                     [&name](absl::string_view suffix) { return absl::EndsWith(name, suffix); });
}

absl::Status WriteJson(const std::string& path, const nlohmann::ordered_json& json) {
  return WriteFile(path, json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

// config.json says of which type the weights are.
absl::Status WriteConfig(const fs::path& from, const fs::path& to, const TypeRow& type) {
  FN_ASSIGN_OR_RETURN(const std::string text, ReadFile(from.string(), kMaxConfigBytes));
  FN_RETURN_IF_ERROR(ParseJsonObject(text, from.string()).status());
  auto config = nlohmann::ordered_json::parse(text.begin(), text.end(), nullptr, false);
  for (const char* key : {"torch_dtype", "dtype"}) {
    if (config.contains(key)) config[key] = type.config_name;
  }
  return WriteJson(to.string(), config);
}

absl::Status CopyFiles(const fs::path& from, const fs::path& to, const TypeRow& type) {
  std::error_code error;
  fs::recursive_directory_iterator it(from, error), end;
  for (; !error && it != end; it.increment(error)) {
    std::error_code ignored;
    const std::string name = it->path().filename().string();
    if (!it->is_regular_file(ignored) || !IsCopied(name)) continue;
    const fs::path relative = it->path().lexically_relative(from);
    const fs::path target = to / relative;
    fs::create_directories(target.parent_path(), error);
    if (error) return FileError(target.parent_path().string(), "cannot create", error.value());
    if (relative == "config.json") {
      FN_RETURN_IF_ERROR(WriteConfig(it->path(), target, type));
      continue;
    }
    fs::copy_file(it->path(), target, error);
    if (error) return FileError(target.string(), "cannot write", error.value());
  }
  return error ? FileError(from.string(), "cannot read", error.value()) : absl::OkStatus();
}

absl::StatusOr<const TypeRow*> FolderType(DType dtype) {
  const TypeRow& type = RowOf(dtype);
  if (type.config_name != nullptr) return &type;
  return absl::UnimplementedError(
      absl::StrCat("safetensors can't hold ", type.name, "; choose f32, f16 or bf16"));
}

// The target folder, whole or not at all: what `add_files` puts there, and the
// weights.
absl::Status WriteFolder(const ConvertOptions& options, absl::Span<const OutputTensor> tensors,
                         const std::function<absl::Status(const fs::path& dir)>& add_files) {
  const fs::path target(std::string(absl::StripSuffix(options.target, "/")));
  const fs::path partial = target.string() + ".tmp";
  std::error_code error;
  fs::remove_all(partial, error);
  if (error) return FileError(partial.string(), "cannot remove", error.value());
  fs::create_directories(partial, error);
  if (error) return FileError(partial.string(), "cannot create", error.value());
  absl::Cleanup remover = [&partial] {
    std::error_code ignored;
    fs::remove_all(partial, ignored);
  };
  FN_RETURN_IF_ERROR(add_files(partial));
  FN_RETURN_IF_ERROR(WriteSafetensorsFolder(partial.string(), tensors, options.max_file_bytes));
  fs::rename(partial, target, error);
  if (error) return FileError(target.string(), "cannot put in place", error.value());
  std::move(remover).Cancel();
  return absl::OkStatus();
}

absl::StatusOr<ConvertReport> ConvertFolder(const ConvertOptions& options, const WeightFile& file) {
  FN_ASSIGN_OR_RETURN(const TypeRow* const row, FolderType(options.dtype));
  const TypeRow& type = *row;
  ConvertReport report;
  std::vector<OutputTensor> tensors;
  for (const std::string& name : file.names()) {
    const TensorView& stored = *file.Find(name);
    // Integers, such as position ids, stay.
    const DType dtype = CanDequantize(stored.dtype) ? options.dtype : stored.dtype;
    tensors.push_back(ConvertedTensor(name, file, stored, dtype));
    Count(stored, tensors.back(), &report);
  }
  FN_RETURN_IF_ERROR(WriteFolder(options, tensors, [&](const fs::path& partial) {
    return CopyFiles(options.source, partial, type);
  }));
  return report;
}

// --- A GGUF file to a GGUF file ---

// Vectors stay f32, and rows that are no whole number of blocks become f16.
DType GgufDType(DType wanted, bool vector, int64_t columns) {
  if (vector) return DType::kF32;
  return columns % BlockOfDType(wanted).elements == 0 ? wanted : DType::kF16;
}

void AddFileType(DType dtype, GgufPairs* pairs) {
  pairs->AddU32("general.file_type", RowOf(dtype).gguf_file_type);
  pairs->AddU32("general.quantization_version", 2);
}

absl::StatusOr<ConvertReport> ConvertGguf(const ConvertOptions& options, const WeightFile& file) {
  GgufPairs pairs;
  // The architecture stands first, as other readers expect.
  constexpr absl::string_view kArchitecture = "general.architecture";
  if (const GgufValue* value = file.gguf()->Find(kArchitecture); value != nullptr) {
    pairs.AddStored(kArchitecture, value->stored);
  }
  AddFileType(options.dtype, &pairs);
  for (const auto& [key, value] : file.gguf()->values()) {
    if (key == kArchitecture || key == "general.file_type" || key == "general.alignment" ||
        key == "general.quantization_version") {
      continue;
    }
    pairs.AddStored(key, value.stored);
  }
  ConvertReport report;
  std::vector<OutputTensor> tensors;
  for (const std::string& name : file.names()) {
    const TensorView& stored = *file.Find(name);
    DType dtype = stored.dtype;
    if (CanDequantize(stored.dtype)) {
      const bool vector = stored.shape.size() < 2;
      dtype = GgufDType(options.dtype, vector, vector ? 1 : stored.shape.back());
      if (!vector && dtype != options.dtype) report.kept_wider.push_back(name);
    }
    tensors.push_back(ConvertedTensor(name, file, stored, dtype));
    Count(stored, tensors.back(), &report);
  }
  FN_RETURN_IF_ERROR(WriteGguf(options.target, pairs, tensors));
  return report;
}

// --- A folder to a GGUF file, and back ---

// The tensors don't correspond one to one, so the sizes are of all of them.
ConvertReport ReportOf(const WeightFile& file, absl::Span<const OutputTensor> tensors) {
  ConvertReport report;
  for (const std::string& name : file.names()) report.source_bytes += file.Find(name)->bytes;
  for (const OutputTensor& tensor : tensors) {
    ++report.tensors;
    report.target_bytes += TensorBytes(tensor.shape, tensor.dtype).value_or(0);
  }
  return report;
}

absl::StatusOr<ConvertReport> ConvertFolderToGguf(const ConvertOptions& options,
                                                  const WeightFile& file) {
  ConvertReport report;
  const auto choose = [&options](bool vector, bool table, int64_t columns) {
    return GgufDType(options.dtype, vector || table, columns);
  };
  FN_RETURN_IF_ERROR(FolderToGguf(
      options.source, file, choose, [&](GgufPairs pairs, const std::vector<OutputTensor>& tensors) {
        AddFileType(options.dtype, &pairs);
        report = ReportOf(file, tensors);
        for (const OutputTensor& tensor : tensors) {
          if (tensor.dtype != options.dtype && tensor.dtype != DType::kF32) {
            report.kept_wider.push_back(tensor.name);
          }
        }
        return WriteGguf(options.target, pairs, tensors);
      }));
  return report;
}

absl::StatusOr<ConvertReport> ConvertGgufToFolder(const ConvertOptions& options,
                                                  const WeightFile& file) {
  FN_ASSIGN_OR_RETURN(const TypeRow* const type, FolderType(options.dtype));
  ConvertReport report;
  const auto choose = [&options](bool, bool, int64_t) { return options.dtype; };
  const auto write = [&](FolderFiles files, const std::vector<OutputTensor>& tensors) {
    report = ReportOf(file, tensors);
    files.config["torch_dtype"] = type->config_name;
    return WriteFolder(options, tensors, [&files](const fs::path& dir) -> absl::Status {
      const std::pair<const char*, const nlohmann::ordered_json*> texts[] = {
          {"config.json", &files.config},
          {"tokenizer.json", &files.tokenizer},
          {"tokenizer_config.json", &files.tokenizer_config}};
      for (const auto& [name, json] : texts) {
        FN_RETURN_IF_ERROR(WriteJson((dir / name).string(), *json));
      }
      return absl::OkStatus();
    });
  };
  FN_RETURN_IF_ERROR(GgufToFolder(options.source, file, choose, write));
  return report;
}

}  // namespace

absl::StatusOr<DType> ParseWeightType(absl::string_view name) {
  std::string names;
  for (const TypeRow& row : kTypes) {
    if (absl::EqualsIgnoreCase(name, row.name)) return row.dtype;
    absl::StrAppend(&names, names.empty() ? "" : ", ", row.name);
  }
  return absl::InvalidArgumentError(
      absl::StrCat("\"", name, "\" is not one of the types that can be written: ", names));
}

absl::StatusOr<ConvertReport> ConvertModel(const ConvertOptions& options) {
  std::error_code ignored;
  if (fs::exists(options.target, ignored)) {
    return absl::AlreadyExistsError(
        absl::StrCat(options.target, " exists already; remove it or name another"));
  }
  FN_ASSIGN_OR_RETURN(const auto file, OpenWeights(options.source));
  const bool from_gguf = file->gguf() != nullptr, to_gguf = IsGgufPath(options.target);
  if (!from_gguf && !IsDirectory(options.source)) {
    return absl::InvalidArgumentError(
        absl::StrCat(options.source, " is not a model's folder: name the folder with config.json"));
  }
  if (from_gguf) {
    return to_gguf ? ConvertGguf(options, *file) : ConvertGgufToFolder(options, *file);
  }
  return to_gguf ? ConvertFolderToGguf(options, *file) : ConvertFolder(options, *file);
}

}  // namespace footnote::transformer
