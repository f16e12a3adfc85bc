#include "transformer/tokenizer/gguf_tokenizer.h"

#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "kernels/base/status_macros.h"
#include "transformer/tokenizer/gguf_pre_tokenizers.h"
#include "transformer/tokenizer/gguf_vocabulary.h"
#include "transformer/tokenizer/pipeline.h"
#include "transformer/tokenizer/wordpiece.h"

namespace footnote::transformer {
namespace {

using TokenizerOr = absl::StatusOr<std::unique_ptr<const Tokenizer>>;

DecoderPtr SentencePieceDecoder(bool strip) {
  std::vector<DecoderPtr> steps;
  steps.push_back(MakeReplaceDecoder(MakeLiteralPattern(std::string(kSpaceMark)), " "));
  steps.push_back(MakeByteFallbackDecoder());
  steps.push_back(MakeFuseDecoder());
  if (strip) steps.push_back(MakeStripDecoder(U' ', 1, 0));
  return MakeDecoderSequence(std::move(steps));
}

TokenizerOr MakeLlama(const GgufVocabulary& reader) {
  FN_ASSIGN_OR_RETURN(const std::vector<double> scores, reader.Scores());
  FN_ASSIGN_OR_RETURN(const SpecialTokens special, reader.Special());
  FN_ASSIGN_OR_RETURN(const bool prefix, reader.Flag("add_space_prefix", true));
  PipelineSpec spec;
  BpeSpec bpe;
  bpe.merges = MergesByScore(reader, scores, &bpe.ranks);
  bpe.vocab = reader.Entries();
  bpe.byte_fallback = true;
  bpe.fuse_unk = true;
  const int32_t unk = special.unk >= 0 ? special.unk : 0;
  bpe.unk_token = reader.tokens()[static_cast<size_t>(unk)];
  FN_ASSIGN_OR_RETURN(spec.model, MakeBpe(reader.name(), std::move(bpe)));
  std::vector<NormalizerPtr> steps;
  if (prefix) steps.push_back(MakePrepend(std::string(kSpaceMark)));
  steps.push_back(MakeReplace(MakeLiteralPattern(" "), std::string(kSpaceMark)));
  spec.normalizer = MakeNormalizerSequence(std::move(steps));
  spec.decoder = SentencePieceDecoder(prefix);
  spec.added_tokens = reader.AddedTokens();
  spec.special = special;
  FN_ASSIGN_OR_RETURN(spec.frame, reader.Frame(special, true, false));
  spec.content_hash = reader.Hash();
  return MakePipeline(reader.name(), std::move(spec));
}

TokenizerOr MakeGpt2(const GgufVocabulary& reader) {
  FN_ASSIGN_OR_RETURN(const SpecialTokens special, reader.Special());
  FN_ASSIGN_OR_RETURN(std::vector<BpeSpec::Merge> merges, reader.Merges());
  FN_ASSIGN_OR_RETURN(const std::string pre, reader.Pre());
  FN_ASSIGN_OR_RETURN(GgufPreTokenizer split, MakeGgufPreTokenizer(pre, reader.name()));
  PipelineSpec spec;
  BpeSpec bpe;
  bpe.vocab = reader.Entries();
  bpe.merges = std::move(merges);
  if (!HasByteAlphabet(bpe.vocab)) {
    return reader.Damaged("the byte-level vocabulary lacks tokens for some bytes");
  }
  bpe.raw_bytes = true;
  bpe.ignore_merges = split.ignore_merges;
  FN_ASSIGN_OR_RETURN(spec.model, MakeBpe(reader.name(), std::move(bpe)));
  spec.normalizer = std::move(split.normalizer);
  spec.pre_tokenizer = std::move(split.pre_tokenizer);
  spec.decoder = MakeByteLevelDecoder();
  spec.added_tokens = reader.AddedTokens();
  spec.special = special;
  FN_ASSIGN_OR_RETURN(spec.frame, reader.Frame(special, split.adds_bos, false));
  spec.content_hash = reader.Hash();
  return MakePipeline(reader.name(), std::move(spec));
}

TokenizerOr MakeT5(const GgufVocabulary& reader) {
  FN_ASSIGN_OR_RETURN(const std::vector<double> scores, reader.Scores());
  FN_ASSIGN_OR_RETURN(const SpecialTokens special, reader.Special());
  FN_ASSIGN_OR_RETURN(const bool prefix, reader.Flag("add_space_prefix", true));
  FN_ASSIGN_OR_RETURN(const bool squeeze, reader.Flag("remove_extra_whitespaces", false));
  PipelineSpec spec;
  UnigramSpec unigram;
  for (size_t i = 0; i < scores.size(); ++i) {
    // The others are never met in a text; nor are the names that converters give
    // to rows without a token, whose scores would make unknown characters dearer.
    const bool met = reader.types()[i] == GgufTokenType::kNormal ||
                     reader.types()[i] == GgufTokenType::kUserDefined ||
                     (reader.types()[i] == GgufTokenType::kUnused &&
                      reader.tokens()[i] != absl::StrCat("[PAD", i, "]"));
    unigram.vocab.emplace_back(met ? reader.tokens()[i] : "", met ? scores[i] : 0.0);
  }
  unigram.unk_id = special.unk >= 0 ? special.unk : 2;
  FN_ASSIGN_OR_RETURN(spec.model, MakeUnigram(reader.name(), unigram));
  std::vector<NormalizerPtr> steps;
  if (const std::string charsmap = reader.Charsmap(); !charsmap.empty()) {
    FN_ASSIGN_OR_RETURN(NormalizerPtr step, MakePrecompiled(charsmap));
    steps.push_back(std::move(step));
  }
  if (squeeze) {
    // As T5's tokenizer.json has it; what is before a word becomes its mark.
    steps.push_back(MakeStrip(false, true));
    FN_ASSIGN_OR_RETURN(auto spaces, MakeRegexPattern(" {2,}"));
    steps.push_back(MakeReplace(std::move(spaces), " "));
  }
  spec.normalizer = MakeNormalizerSequence(std::move(steps));
  spec.pre_tokenizer =
      MakeMetaspace(0x2581, prefix ? PrependScheme::kAlways : PrependScheme::kNever, true);
  spec.decoder = MakeMetaspaceDecoder(0x2581, prefix);
  spec.added_tokens = reader.AddedTokens();
  spec.special = special;
  FN_ASSIGN_OR_RETURN(spec.frame, reader.Frame(special, false, true));
  spec.content_hash = reader.Hash();
  return MakePipeline(reader.name(), std::move(spec));
}

// GGUF marks what begins a word, where BERT marks what continues one.
TokenizerOr MakeBert(const GgufVocabulary& reader) {
  FN_ASSIGN_OR_RETURN(const SpecialTokens special, reader.Special());
  WordPieceSpec spec;
  for (size_t i = 0; i < reader.tokens().size(); ++i) {
    absl::string_view text = reader.tokens()[i];
    const int32_t id = static_cast<int32_t>(i);
    if (reader.types()[i] != GgufTokenType::kNormal) {
      spec.vocab.emplace_back(text, id);
      spec.added_tokens.push_back({std::string(text), id});
    } else if (absl::ConsumePrefix(&text, kSpaceMark)) {
      spec.vocab.emplace_back(text, id);
    } else {
      spec.vocab.emplace_back(absl::StrCat("##", text), id);
    }
    if (id == special.unk) spec.unk_token = spec.vocab.back().first;
  }
  spec.special = special;
  if (spec.special.cls < 0) spec.special.cls = special.bos;
  if (spec.special.cls >= 0) spec.prefix_ids = {spec.special.cls};
  if (spec.special.sep >= 0) spec.suffix_ids = {spec.special.sep};
  spec.decoder = MakeWordPieceDecoder("##", true);
  spec.content_hash = reader.Hash();
  return MakeWordPieceTokenizer(std::string(reader.name()), std::move(spec));
}

}  // namespace

TokenizerOr MakeGgufTokenizer(const GgufMetadata& metadata, absl::string_view name) {
  if (metadata.Find("tokenizer.ggml.model") == nullptr) {
    return absl::NotFoundError(absl::StrCat(name, " has no tokenizer (tokenizer.ggml.model)"));
  }
  FN_ASSIGN_OR_RETURN(const std::string model, metadata.String("tokenizer.ggml.model"));
  GgufVocabulary reader(metadata, name);
  FN_RETURN_IF_ERROR(reader.ReadTokens());
  if (model == "llama") return MakeLlama(reader);
  if (model == "gpt2") return MakeGpt2(reader);
  if (model == "t5") return MakeT5(reader);
  if (model == "bert") return MakeBert(reader);
  return absl::UnimplementedError(
      absl::StrCat(name, ": tokenizer.ggml.model \"", model,
                   "\" is not supported; llama, gpt2, t5 and bert are"));
}

}  // namespace footnote::transformer
