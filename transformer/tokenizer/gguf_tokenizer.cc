#include "transformer/tokenizer/gguf_tokenizer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "kernels/base/hash.h"
#include "kernels/base/status_macros.h"
#include "transformer/text/utf8.h"
#include "transformer/tokenizer/gguf_pre_tokenizers.h"
#include "transformer/tokenizer/pipeline.h"
#include "transformer/tokenizer/wordpiece.h"

namespace footnote::transformer {
namespace {

constexpr absl::string_view kSpaceMark = "\xE2\x96\x81";

// Values of tokenizer.ggml.token_type.
enum TokenType : int64_t { kNormal = 1, kUnknown, kControl, kUserDefined, kUnused, kByte };

using TokenizerOr = absl::StatusOr<std::unique_ptr<const Tokenizer>>;

// What all kinds have in common, checked.
class Reader {
 public:
  Reader(const GgufMetadata& metadata, absl::string_view name) : metadata_(metadata), name_(name) {}

  absl::Status ReadTokens() {
    const GgufValue* tokens = metadata_.Find("tokenizer.ggml.tokens");
    if (tokens == nullptr || tokens->kind != GgufValue::Kind::kArray ||
        tokens->element != GgufValue::Kind::kString || tokens->ss.empty()) {
      return Damaged("tokenizer.ggml.tokens is missing or not an array of texts");
    }
    if (tokens->ss.size() > std::numeric_limits<int32_t>::max() / 2) {
      return Damaged(absl::StrCat("a vocabulary of ", tokens->ss.size(), " tokens"));
    }
    for (const absl::string_view token : tokens->ss) {
      if (token.size() > kMaxTokenBytes) {
        return Damaged(absl::StrCat("token ", tokens_.size(), " has ", token.size(),
                                    " bytes; at most ", kMaxTokenBytes, " are read"));
      }
      tokens_.push_back(ReplaceInvalidUtf8(token));
    }
    types_.assign(tokens_.size(), kNormal);
    const GgufValue* types = metadata_.Find("tokenizer.ggml.token_type");
    if (types == nullptr) return absl::OkStatus();
    const bool is_signed = types->element == GgufValue::Kind::kSigned;
    const size_t count = is_signed ? types->is.size() : types->us.size();
    if (types->kind != GgufValue::Kind::kArray || count != tokens_.size()) {
      return Damaged(absl::StrCat("tokenizer.ggml.token_type has ", count, " numbers for ",
                                  tokens_.size(), " tokens"));
    }
    for (size_t i = 0; i < count; ++i) {
      types_[i] = is_signed ? types->is[i]
                            : static_cast<int64_t>(std::min<uint64_t>(types->us[i], kByte + 1));
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<double>> Scores() const {
    const GgufValue* scores = metadata_.Find("tokenizer.ggml.scores");
    if (scores == nullptr || scores->kind != GgufValue::Kind::kArray ||
        scores->fs.size() != tokens_.size()) {
      return Damaged(
          absl::StrCat("tokenizer.ggml.scores is not an array of ", tokens_.size(), " numbers"));
    }
    std::vector<double> out(scores->fs.begin(), scores->fs.end());
    for (const double score : out) {
      if (!std::isfinite(score)) return Damaged("a token's score is not a number");
    }
    return out;
  }

  // -1 where the key is missing.
  absl::StatusOr<int32_t> TokenId(const char* key) const {
    const std::string full = absl::StrCat("tokenizer.ggml.", key, "_token_id");
    if (metadata_.Find(full) == nullptr) return -1;
    FN_ASSIGN_OR_RETURN(const int64_t id, metadata_.Int(full));
    // Some writers mean "none" by the greatest number.
    if (id == -1 || id == std::numeric_limits<uint32_t>::max()) return -1;
    if (id < 0 || id >= static_cast<int64_t>(tokens_.size())) {
      return Damaged(absl::StrCat(full, " is ", id, ", beyond the ", tokens_.size(), " tokens"));
    }
    return static_cast<int32_t>(id);
  }

  absl::StatusOr<bool> Flag(const char* key, bool otherwise) const {
    const std::string full = absl::StrCat("tokenizer.ggml.", key);
    const GgufValue* value = metadata_.Find(full);
    if (value == nullptr) return otherwise;
    if (value->kind != GgufValue::Kind::kBool) return Damaged(absl::StrCat(full, " is no bool"));
    return value->u != 0;
  }

  absl::StatusOr<SpecialTokens> Special() const {
    SpecialTokens out;
    FN_ASSIGN_OR_RETURN(out.bos, TokenId("bos"));
    FN_ASSIGN_OR_RETURN(out.eos, TokenId("eos"));
    FN_ASSIGN_OR_RETURN(out.unk, TokenId("unknown"));
    FN_ASSIGN_OR_RETURN(out.sep, TokenId("seperator"));
    if (out.sep < 0) {
      FN_ASSIGN_OR_RETURN(out.sep, TokenId("separator"));
    }
    FN_ASSIGN_OR_RETURN(out.pad, TokenId("padding"));
    FN_ASSIGN_OR_RETURN(out.cls, TokenId("cls"));
    FN_ASSIGN_OR_RETURN(out.mask, TokenId("mask"));
    return out;
  }

  // Control tokens are special; those that a user defined are not.
  std::vector<AddedToken> AddedTokens() const {
    std::vector<AddedToken> out;
    for (size_t i = 0; i < tokens_.size(); ++i) {
      if (tokens_[i].empty()) continue;
      if (types_[i] == kControl || types_[i] == kUnknown || types_[i] == kUserDefined) {
        AddedToken token;
        token.content = tokens_[i];
        token.id = static_cast<int32_t>(i);
        token.special = types_[i] != kUserDefined;
        out.push_back(std::move(token));
      }
    }
    return out;
  }

  absl::StatusOr<SpecialFrame> Frame(const SpecialTokens& special, bool bos, bool eos) const {
    FN_ASSIGN_OR_RETURN(bos, Flag("add_bos_token", bos));
    FN_ASSIGN_OR_RETURN(eos, Flag("add_eos_token", eos));
    SpecialFrame out;
    if (bos && special.bos >= 0) out.prefix.push_back(special.bos);
    if (eos && special.eos >= 0) out.suffix.push_back(special.eos);
    return out;
  }

  // Of equal texts only the first can be met in a text.
  Vocabulary::Entries Entries() const {
    Vocabulary::Entries out;
    std::map<absl::string_view, size_t> seen;
    for (size_t i = 0; i < tokens_.size(); ++i) {
      if (tokens_[i].empty()) continue;
      if (seen.emplace(tokens_[i], i).second) out.emplace_back(tokens_[i], static_cast<int32_t>(i));
    }
    return out;
  }

  // Changes with everything that is read here.
  std::string Hash() const {
    std::string all;
    for (const auto& [key, value] : metadata_.values()) {
      if (!absl::StartsWith(key, "tokenizer.")) continue;
      absl::StrAppend(&all, key, "=", value.u, ",", value.i, ",", value.f, ",", value.s, ";");
      for (const auto u : value.us) absl::StrAppend(&all, u, ",");
      for (const auto i : value.is) absl::StrAppend(&all, i, ",");
      for (const auto f : value.fs) absl::StrAppend(&all, f, ",");
      for (const auto s : value.ss) absl::StrAppend(&all, s.size(), ":", s);
    }
    return kernels::HexHash128(all);
  }

  absl::Status Damaged(absl::string_view what) const {
    return absl::DataLossError(absl::StrCat(name_, ": ", what));
  }

  const GgufMetadata& metadata() const { return metadata_; }
  absl::string_view name() const { return name_; }
  const std::vector<std::string>& tokens() const { return tokens_; }
  const std::vector<int64_t>& types() const { return types_; }

 private:
  static constexpr size_t kMaxTokenBytes = 64 << 10;

  const GgufMetadata& metadata_;
  const absl::string_view name_;
  std::vector<std::string> tokens_;
  std::vector<int64_t> types_;
};

// SentencePiece joins the pair whose token has the highest score, so the merges
// are all ways to make a token of two, ranked by its score.
std::vector<BpeSpec::Merge> MergesByScore(const Reader& reader, const std::vector<double>& scores,
                                          std::vector<uint32_t>* ranks) {
  absl::flat_hash_map<absl::string_view, size_t> normal;
  std::vector<size_t> order;
  for (size_t i = 0; i < reader.tokens().size(); ++i) {
    if (reader.types()[i] != kNormal || reader.tokens()[i].empty()) continue;
    if (normal.emplace(reader.tokens()[i], i).second) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&scores](size_t a, size_t b) { return scores[a] > scores[b]; });
  std::vector<BpeSpec::Merge> out;
  uint32_t rank = 0;
  for (size_t k = 0; k < order.size(); ++k) {
    if (k > 0 && scores[order[k]] != scores[order[k - 1]]) ++rank;
    const absl::string_view text = reader.tokens()[order[k]];
    for (size_t cut = 1; cut < text.size(); ++cut) {
      if ((static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) continue;
      const absl::string_view left = text.substr(0, cut), right = text.substr(cut);
      if (!normal.contains(left) || !normal.contains(right)) continue;
      out.push_back({std::string(left), std::string(right)});
      ranks->push_back(rank);
    }
  }
  return out;
}

DecoderPtr SentencePieceDecoder(bool strip) {
  std::vector<DecoderPtr> steps;
  steps.push_back(MakeReplaceDecoder(MakeLiteralPattern(std::string(kSpaceMark)), " "));
  steps.push_back(MakeByteFallbackDecoder());
  steps.push_back(MakeFuseDecoder());
  if (strip) steps.push_back(MakeStripDecoder(U' ', 1, 0));
  return MakeDecoderSequence(std::move(steps));
}

TokenizerOr MakeLlama(const Reader& reader) {
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

TokenizerOr MakeGpt2(const Reader& reader) {
  FN_ASSIGN_OR_RETURN(const SpecialTokens special, reader.Special());
  const GgufValue* merges = reader.metadata().Find("tokenizer.ggml.merges");
  if (merges == nullptr || merges->element != GgufValue::Kind::kString) {
    return reader.Damaged("tokenizer.ggml.merges is missing or not an array of texts");
  }
  std::string pre = "gpt-2";
  if (reader.metadata().Find("tokenizer.ggml.pre") != nullptr) {
    FN_ASSIGN_OR_RETURN(pre, reader.metadata().String("tokenizer.ggml.pre"));
  }
  FN_ASSIGN_OR_RETURN(GgufPreTokenizer split, MakeGgufPreTokenizer(pre, reader.name()));
  PipelineSpec spec;
  BpeSpec bpe;
  bpe.vocab = reader.Entries();
  for (const absl::string_view merge : merges->ss) {
    const size_t space = merge.find(' ', 1);  // a token is never empty
    if (space == absl::string_view::npos || space + 1 == merge.size()) {
      return reader.Damaged(absl::StrCat("the merge \"", merge, "\" is not two tokens"));
    }
    bpe.merges.push_back(
        {std::string(merge.substr(0, space)), std::string(merge.substr(space + 1))});
  }
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

TokenizerOr MakeT5(const Reader& reader) {
  FN_ASSIGN_OR_RETURN(const std::vector<double> scores, reader.Scores());
  FN_ASSIGN_OR_RETURN(const SpecialTokens special, reader.Special());
  FN_ASSIGN_OR_RETURN(const bool prefix, reader.Flag("add_space_prefix", true));
  FN_ASSIGN_OR_RETURN(const bool squeeze, reader.Flag("remove_extra_whitespaces", false));
  PipelineSpec spec;
  UnigramSpec unigram;
  for (size_t i = 0; i < scores.size(); ++i) {
    // The others are never met in a text.
    const bool met = reader.types()[i] == kNormal || reader.types()[i] == kUserDefined ||
                     reader.types()[i] == kUnused;
    unigram.vocab.emplace_back(met ? reader.tokens()[i] : "", met ? scores[i] : 0.0);
  }
  unigram.unk_id = special.unk >= 0 ? special.unk : 2;
  FN_ASSIGN_OR_RETURN(spec.model, MakeUnigram(reader.name(), unigram));
  std::vector<NormalizerPtr> steps;
  const GgufValue* charsmap = reader.metadata().Find("tokenizer.ggml.precompiled_charsmap");
  if (charsmap != nullptr) {
    std::string bytes;
    for (const uint64_t b : charsmap->us) bytes.push_back(static_cast<char>(b));
    for (const int64_t b : charsmap->is) bytes.push_back(static_cast<char>(b));
    if (!bytes.empty()) {
      FN_ASSIGN_OR_RETURN(NormalizerPtr step, MakePrecompiled(bytes));
      steps.push_back(std::move(step));
    }
  }
  if (squeeze) {
    steps.push_back(MakeStrip(true, true));
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
TokenizerOr MakeBert(const Reader& reader) {
  FN_ASSIGN_OR_RETURN(const SpecialTokens special, reader.Special());
  WordPieceSpec spec;
  for (size_t i = 0; i < reader.tokens().size(); ++i) {
    absl::string_view text = reader.tokens()[i];
    const int32_t id = static_cast<int32_t>(i);
    if (reader.types()[i] != kNormal) {
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
  Reader reader(metadata, name);
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
