#include "transformer/convert/across.h"

#include <filesystem>
#include <memory>
#include <utility>
#include <vector>

#include "kernels/base/status_macros.h"
#include "transformer/convert/tokenizer_from_gguf.h"
#include "transformer/convert/tokenizer_to_gguf.h"
#include "transformer/executor/sources.h"
#include "transformer/families/registry.h"
#include "transformer/tokenizer/tokenizer.h"

namespace footnote::transformer {
namespace {

// A small vector that belongs to the configuration.
OutputTensor VectorTensor(const std::string& name, const std::vector<float>& values) {
  OutputTensor out;
  out.name = name;
  out.dtype = DType::kF32;
  out.shape = {static_cast<int64_t>(values.size())};
  out.write = [name, values](const ByteSink& sink) {
    return WriteValues(name, values, DType::kF32, sink);
  };
  return out;
}

}  // namespace

absl::Status FolderToGguf(const std::string& dir, const WeightFile& file, const ChooseType& choose,
                          const WriteGgufFile& write) {
  FN_ASSIGN_OR_RETURN(ModelDefinition model, DefineModel(dir, file));
  FN_RETURN_IF_ERROR(CheckTensors(model.source, file));
  FN_ASSIGN_OR_RETURN(const auto tokenizer, LoadTokenizer(dir));
  // GGUF has one key for what config.json and the tokenizer may both say.
  TransformerConfig& config = model.config;
  const SpecialTokens& special = tokenizer->special();
  if (config.bos_token < 0) config.bos_token = special.bos;
  if (config.pad_token < 0) config.pad_token = special.pad;
  if (config.eos_tokens.empty() && special.eos >= 0) config.eos_tokens = {special.eos};
  FN_ASSIGN_OR_RETURN(const GgufLayout layout, GgufLayoutOf(model));
  FN_ASSIGN_OR_RETURN(std::vector<OutputTensor> tensors,
                      RelaidTensors(file, model, layout.definition, "GGUF", choose));
  for (const auto& [name, values] : layout.keys.vectors()) {
    tensors.push_back(VectorTensor(name, values));
  }
  GgufPairs pairs = layout.keys.pairs();
  const std::filesystem::path folder = std::filesystem::path(dir).lexically_normal();
  pairs.AddString("general.name",
                  (folder.has_filename() ? folder : folder.parent_path()).filename().string());
  FN_RETURN_IF_ERROR(TokenizerToGguf(dir, *tokenizer, config.vocab_size, &pairs));
  return write(std::move(pairs), tensors);
}

absl::Status GgufToFolder(const std::string& path, const WeightFile& file, const ChooseType& choose,
                          const WriteModelFolder& write) {
  FN_ASSIGN_OR_RETURN(const ModelDefinition model, DefineModel(path, file));
  FN_RETURN_IF_ERROR(CheckTensors(model.source, file));
  FN_ASSIGN_OR_RETURN(FolderLayout layout, FolderLayoutOf(model));
  FN_ASSIGN_OR_RETURN(TokenizerFiles tokenizer, TokenizerFromGguf(*file.gguf(), path));
  FN_ASSIGN_OR_RETURN(const std::vector<OutputTensor> tensors,
                      RelaidTensors(file, model, layout.definition, "the folder", choose));
  return write(
      {std::move(layout.config), std::move(tokenizer.tokenizer), std::move(tokenizer.config)},
      tensors);
}

}  // namespace footnote::transformer
