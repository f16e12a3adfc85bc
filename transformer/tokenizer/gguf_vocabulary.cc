#include "transformer/tokenizer/gguf_vocabulary.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/hash.h"
#include "kernels/base/status_macros.h"
#include "transformer/text/utf8.h"

namespace footnote::transformer {
namespace {

constexpr size_t kMaxTokenBytes = 64 << 10;

GgufTokenType TypeOf(uint64_t number) {
  const bool known = number <= static_cast<uint64_t>(GgufTokenType::kByte);
  return known ? static_cast<GgufTokenType>(number) : GgufTokenType::kUndefined;
}

}  // namespace

absl::Status GgufVocabulary::ReadTokens() {
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
  types_.assign(tokens_.size(), GgufTokenType::kNormal);
  const GgufValue* types = metadata_.Find("tokenizer.ggml.token_type");
  if (types == nullptr) return absl::OkStatus();
  const bool is_signed = types->element == GgufValue::Kind::kSigned;
  const size_t count = is_signed ? types->is.size() : types->us.size();
  if (types->kind != GgufValue::Kind::kArray || count != tokens_.size()) {
    return Damaged(absl::StrCat("tokenizer.ggml.token_type has ", count, " numbers for ",
                                tokens_.size(), " tokens"));
  }
  for (size_t i = 0; i < count; ++i) {
    types_[i] = TypeOf(is_signed ? static_cast<uint64_t>(types->is[i]) : types->us[i]);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<double>> GgufVocabulary::Scores() const {
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

absl::StatusOr<int32_t> GgufVocabulary::TokenId(const char* key) const {
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

absl::StatusOr<bool> GgufVocabulary::Flag(const char* key, bool otherwise) const {
  const std::string full = absl::StrCat("tokenizer.ggml.", key);
  const GgufValue* value = metadata_.Find(full);
  if (value == nullptr) return otherwise;
  if (value->kind != GgufValue::Kind::kBool) return Damaged(absl::StrCat(full, " is no bool"));
  return value->u != 0;
}

absl::StatusOr<SpecialTokens> GgufVocabulary::Special() const {
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

std::vector<AddedToken> GgufVocabulary::AddedTokens() const {
  std::vector<AddedToken> out;
  for (size_t i = 0; i < tokens_.size(); ++i) {
    if (tokens_[i].empty()) continue;
    if (types_[i] == GgufTokenType::kControl || types_[i] == GgufTokenType::kUnknown ||
        types_[i] == GgufTokenType::kUserDefined) {
      AddedToken token;
      token.content = tokens_[i];
      token.id = static_cast<int32_t>(i);
      token.special = types_[i] != GgufTokenType::kUserDefined;
      out.push_back(std::move(token));
    }
  }
  return out;
}

absl::StatusOr<SpecialFrame> GgufVocabulary::Frame(const SpecialTokens& special, bool bos,
                                                   bool eos) const {
  FN_ASSIGN_OR_RETURN(bos, Flag("add_bos_token", bos));
  FN_ASSIGN_OR_RETURN(eos, Flag("add_eos_token", eos));
  SpecialFrame out;
  if (bos && special.bos >= 0) out.prefix.push_back(special.bos);
  if (eos && special.eos >= 0) out.suffix.push_back(special.eos);
  return out;
}

Vocabulary::Entries GgufVocabulary::Entries() const {
  Vocabulary::Entries out;
  std::map<absl::string_view, size_t> seen;
  for (size_t i = 0; i < tokens_.size(); ++i) {
    if (tokens_[i].empty()) continue;
    if (seen.emplace(tokens_[i], i).second) out.emplace_back(tokens_[i], static_cast<int32_t>(i));
  }
  return out;
}

std::string GgufVocabulary::Hash() const {
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

absl::Status GgufVocabulary::Damaged(absl::string_view what) const {
  return absl::DataLossError(absl::StrCat(name_, ": ", what));
}

absl::StatusOr<std::vector<BpeSpec::Merge>> GgufVocabulary::Merges() const {
  const GgufValue* merges = metadata_.Find("tokenizer.ggml.merges");
  if (merges == nullptr || merges->element != GgufValue::Kind::kString) {
    return Damaged("tokenizer.ggml.merges is missing or not an array of texts");
  }
  std::vector<BpeSpec::Merge> out;
  for (const absl::string_view merge : merges->ss) {
    const size_t space = merge.find(' ', 1);  // a token is never empty
    if (space == absl::string_view::npos || space + 1 == merge.size()) {
      return Damaged(absl::StrCat("the merge \"", merge, "\" is not two tokens"));
    }
    out.push_back({std::string(merge.substr(0, space)), std::string(merge.substr(space + 1))});
  }
  return out;
}

absl::StatusOr<std::string> GgufVocabulary::Pre() const {
  if (metadata_.Find("tokenizer.ggml.pre") == nullptr) return std::string("gpt-2");
  return metadata_.String("tokenizer.ggml.pre");
}

std::string GgufVocabulary::Charsmap() const {
  std::string bytes;
  const GgufValue* charsmap = metadata_.Find("tokenizer.ggml.precompiled_charsmap");
  if (charsmap == nullptr) return bytes;
  for (const uint64_t b : charsmap->us) bytes.push_back(static_cast<char>(b));
  for (const int64_t b : charsmap->is) bytes.push_back(static_cast<char>(b));
  return bytes;
}

std::vector<BpeSpec::Merge> MergesByScore(const GgufVocabulary& vocabulary,
                                          const std::vector<double>& scores,
                                          std::vector<uint32_t>* ranks) {
  absl::flat_hash_map<absl::string_view, size_t> normal;
  std::vector<size_t> order;
  for (size_t i = 0; i < vocabulary.tokens().size(); ++i) {
    if (vocabulary.types()[i] != GgufTokenType::kNormal || vocabulary.tokens()[i].empty()) continue;
    if (normal.emplace(vocabulary.tokens()[i], i).second) order.push_back(i);
  }
  std::stable_sort(order.begin(), order.end(),
                   [&scores](size_t a, size_t b) { return scores[a] > scores[b]; });
  std::vector<BpeSpec::Merge> out;
  uint32_t rank = 0;
  for (size_t k = 0; k < order.size(); ++k) {
    if (k > 0 && scores[order[k]] != scores[order[k - 1]]) ++rank;
    const absl::string_view text = vocabulary.tokens()[order[k]];
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

}  // namespace footnote::transformer
