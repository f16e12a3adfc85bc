#include "transformer/tokenizer/tokenizer.h"

#include <filesystem>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/hash.h"
#include "kernels/base/status_macros.h"
#include "nlohmann/json.hpp"
#include "transformer/io/file.h"
#include "transformer/io/json.h"
#include "transformer/tokenizer/gguf_tokenizer.h"
#include "transformer/tokenizer/pipeline.h"
#include "transformer/tokenizer/sentencepiece_tokenizer.h"
#include "transformer/tokenizer/tokenizer_config.h"
#include "transformer/tokenizer/wordpiece.h"
#include "transformer/tokenizer/wordpiece_files.h"
#include "transformer/weights/gguf.h"

namespace footnote::transformer {
namespace {

absl::StatusOr<std::unique_ptr<const Tokenizer>> FromTokenizerJson(const std::string& model_dir,
                                                                   const std::string& path) {
  FN_ASSIGN_OR_RETURN(const std::string text, ReadFile(path, kMaxTokenizerBytes));
  FN_ASSIGN_OR_RETURN(const nlohmann::json root, ParseJsonObject(text, path));
  FN_ASSIGN_OR_RETURN(const TokenizerConfig config, ReadTokenizerConfig(model_dir));
  return MakeTokenizerFromJson(root, path, config, kernels::HexHash128(text));
}

absl::StatusOr<std::unique_ptr<const Tokenizer>> FromSentencePiece(const std::string& model_dir,
                                                                   const std::string& path) {
  FN_ASSIGN_OR_RETURN(const std::string model, ReadFile(path, kMaxTokenizerBytes));
  FN_ASSIGN_OR_RETURN(const TokenizerConfig config, ReadTokenizerConfig(model_dir));
  return MakeSentencePieceTokenizer(path, model, config);
}

absl::StatusOr<std::unique_ptr<const Tokenizer>> FromGguf(const std::string& path) {
  FN_ASSIGN_OR_RETURN(const std::unique_ptr<const MappedFile> file, MappedFile::Open(path));
  const absl::StatusOr<GgufContents> contents = ParseGguf(file->bytes());
  if (!contents.ok()) {
    return absl::Status(contents.status().code(),
                        absl::StrCat(path, ": ", contents.status().message()));
  }
  return MakeGgufTokenizer(contents->metadata, path);
}

absl::StatusOr<std::unique_ptr<const Tokenizer>> FromVocabTxt(const std::string& vocab_path,
                                                              const std::string& config_path) {
  FN_ASSIGN_OR_RETURN(const std::string vocab, ReadFile(vocab_path, kMaxTokenizerBytes));
  std::string config;
  if (IsFile(config_path)) {
    FN_ASSIGN_OR_RETURN(config, ReadFile(config_path, kMaxConfigBytes));
  }
  FN_ASSIGN_OR_RETURN(WordPieceSpec spec, ParseVocabTxt(vocab, vocab_path, config, config_path));
  spec.content_hash =
      kernels::HexHash128(absl::StrCat(kernels::HexHash128(vocab), kernels::HexHash128(config)));
  return MakeWordPieceTokenizer(vocab_path, std::move(spec));
}

}  // namespace

absl::StatusOr<std::unique_ptr<const Tokenizer>> LoadTokenizer(const std::string& model_dir) {
  if (absl::EndsWith(model_dir, ".json") && IsFile(model_dir)) {
    return FromTokenizerJson(std::filesystem::path(model_dir).parent_path().string(), model_dir);
  }
  if (IsFile(model_dir)) return FromGguf(model_dir);
  const std::string json_path = absl::StrCat(model_dir, "/tokenizer.json");
  if (IsFile(json_path)) return FromTokenizerJson(model_dir, json_path);
  for (const char* file : {"/tokenizer.model", "/spiece.model", "/sentencepiece.bpe.model"}) {
    const std::string path = absl::StrCat(model_dir, file);
    if (IsFile(path)) return FromSentencePiece(model_dir, path);
  }
  const std::string vocab_path = absl::StrCat(model_dir, "/vocab.txt");
  if (IsFile(vocab_path)) {
    return FromVocabTxt(vocab_path, absl::StrCat(model_dir, "/tokenizer_config.json"));
  }
  return absl::NotFoundError(absl::StrCat(
      model_dir,
      " has none of tokenizer.json, tokenizer.model and vocab.txt; is it a model folder?"));
}

}  // namespace footnote::transformer
