#include "transformer/tokenizer/gguf_pre_tokenizers.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/tokenizer/character_classes.h"

namespace footnote::transformer {
namespace {

// BLOOM splits at its own list of punctuation.
constexpr char kBloomRegex[] = R"( ?[^(\s|[.,!?…。，、।۔،])]+)";

// GPT-4o's, which tells apart upper and lower case.
constexpr char kGpt4oRegex[] =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+)"
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)?)"
    R"(|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*)"
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)?)"
    R"(|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

// Mistral's, the same without contractions and with single digits.
constexpr char kTekkenRegex[] =
    R"([^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]*[\p{Ll}\p{Lm}\p{Lo}\p{M}]+)"
    R"(|[^\r\n\p{L}\p{N}]?[\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}]+[\p{Ll}\p{Lm}\p{Lo}\p{M}]*)"
    R"(|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+)";

using GgufRow = GgufPreTokenizerRow;

// Names as convert_hf_to_gguf.py of llama.cpp writes them.
constexpr GgufRow kRows[] = {
    {"gpt-2", kGpt2Regex},
    {"phi-2", kGpt2Regex},
    {"mpt", kGpt2Regex},
    {"olmo", kGpt2Regex},
    {"jais", kGpt2Regex},
    {"roberta-bpe", kGpt2Regex},
    {"starcoder", kGpt2Regex, true},
    {"refact", kGpt2Regex, true},
    {"command-r", kGpt2Regex, true, true},
    {"smollm", kGpt2Regex, true},
    {"codeshell", kGpt2Regex, true},
    {"llama3", kLlama3Regex, false, false, true, true},
    {"llama-v3", kLlama3Regex, false, false, true, true},
    {"llama-bpe", kLlama3Regex, false, false, true, true},
    {"falcon3", kLlama3Regex, false, false, true, true},
    {"dbrx", kLlama3Regex},
    {"smaug-bpe", kLlama3Regex},
    {"qwen2", kQwen2Regex, false, true},
    {"deepseek-r1-qwen", kQwen2Regex, false, true},
    {"stablelm2", kQwen2Regex},
    {"megrez", kQwen2Regex},
    {"bloom", kBloomRegex},
    {"gpt3-finnish", kBloomRegex},
    {"gpt-4o", kGpt4oRegex},
    {"tekken", kTekkenRegex, false, false, true, true},
};

}  // namespace

absl::Span<const GgufRow> GgufPreTokenizerRows() { return kRows; }

absl::StatusOr<GgufPreTokenizer> MakeGgufPreTokenizer(absl::string_view pre,
                                                      absl::string_view name) {
  for (const GgufRow& row : kRows) {
    if (row.pre != pre) continue;
    GgufPreTokenizer out;
    std::vector<PreTokenizerPtr> steps;
    if (row.single_digits) {
      steps.push_back(MakeSplitAtClass(CharacterClasses::kNumeric, SplitBehavior::kIsolated));
    }
    FN_ASSIGN_OR_RETURN(auto pattern, MakeRegexPattern(row.regex));
    steps.push_back(MakeSplit(std::move(pattern), SplitBehavior::kIsolated, false));
    out.pre_tokenizer = MakePreTokenizerSequence(std::move(steps));
    if (row.nfc) out.normalizer = MakeUnicodeNormalizer(UnicodeForm::kNfc);
    out.ignore_merges = row.ignore_merges;
    out.adds_bos = row.adds_bos;
    return out;
  }
  std::string known;
  for (const GgufRow& row : kRows) absl::StrAppend(&known, known.empty() ? "" : ", ", row.pre);
  return absl::UnimplementedError(absl::StrCat(name, ": tokenizer.ggml.pre \"", pre,
                                               "\" is not supported; these are: ", known));
}

}  // namespace footnote::transformer
