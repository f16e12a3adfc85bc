#include "transformer/tokenizer/pipeline.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "transformer/text/utf8.h"
#include "transformer/tokenizer/added_vocabulary.h"

namespace footnote::transformer {
namespace {

class PipelineTokenizer final : public Tokenizer {
 public:
  PipelineTokenizer(PipelineSpec spec, int vocab_size)
      : normalizer_(std::move(spec.normalizer)),
        pre_tokenizer_(std::move(spec.pre_tokenizer)),
        model_(std::move(spec.model)),
        decoder_(spec.decoder != nullptr ? std::move(spec.decoder) : MakeSpaceDecoder()),
        added_(std::move(spec.added_tokens), normalizer_.get()),
        frame_(std::move(spec.frame)),
        special_(spec.special),
        content_hash_(std::move(spec.content_hash)),
        vocab_size_(vocab_size),
        is_special_(static_cast<size_t>(vocab_size)) {
    absl::flat_hash_set<absl::string_view> special_texts;
    for (const AddedToken& token : added_.tokens()) {
      if (token.special) special_texts.insert(token.content);
      if (!token.normalized || normalizer_ == nullptr) continue;
      std::string content = token.content;
      normalizer_->Apply(&content);
      if (content != token.content) normalized_texts_[token.id] = std::move(content);
    }
    for (int32_t id = 0; id < vocab_size_; ++id) {
      is_special_[static_cast<size_t>(id)] = special_texts.contains(DecodedText(id));
    }
  }

  std::vector<int32_t> Encode(absl::string_view text, int max_tokens) const override {
    std::vector<int32_t> ids = frame_.prefix;
    Run(text, true, &ids);
    const int64_t room = int64_t{max_tokens} - static_cast<int64_t>(frame_.suffix.size());
    if (static_cast<int64_t>(ids.size()) > room) ids.resize(static_cast<size_t>(room));
    ids.insert(ids.end(), frame_.suffix.begin(), frame_.suffix.end());
    return ids;
  }

  int CountTokens(absl::string_view text) const override {
    std::vector<int32_t> ids;
    Run(text, true, &ids);
    return static_cast<int>(std::min<size_t>(ids.size(), std::numeric_limits<int>::max()));
  }

  std::vector<int32_t> Tokenize(absl::string_view text,
                                const TokenizeOptions& options) const override {
    std::vector<int32_t> ids;
    if (options.add_special) ids = frame_.prefix;
    Run(text, options.parse_special, &ids);
    if (options.add_special) ids.insert(ids.end(), frame_.suffix.begin(), frame_.suffix.end());
    return ids;
  }

  std::string Decode(absl::Span<const int32_t> ids, bool skip_special) const override {
    std::vector<std::string> tokens;
    for (const int32_t id : ids) {
      const absl::string_view text = DecodedText(id);
      if (!text.empty() && !(skip_special && IsSpecial(id))) tokens.emplace_back(text);
    }
    if (tokens.empty()) return "";
    return DecodeTokens(*decoder_, std::move(tokens));
  }

  int SpecialCount() const override {
    return static_cast<int>(frame_.prefix.size() + frame_.suffix.size());
  }
  const SpecialTokens& special() const override { return special_; }
  int vocab_size() const override { return vocab_size_; }
  absl::string_view TokenText(int32_t id) const override {
    const AddedToken* added = added_.Find(id);
    return added != nullptr ? absl::string_view(added->content) : model_->vocabulary().Text(id);
  }
  std::string TokenBytes(int32_t id) const override {
    if (IsSpecial(id)) return std::string(TokenText(id));
    const absl::string_view text = DecodedText(id);
    return text.empty() ? "" : decoder_->Middle(std::string(text));
  }
  bool IsSpecial(int32_t id) const override {
    return id >= 0 && id < vocab_size_ && is_special_[static_cast<size_t>(id)];
  }
  absl::string_view kind() const override { return model_->kind(); }
  const std::string& content_hash() const override { return content_hash_; }

 private:
  // The text of a token as it is decoded.
  absl::string_view DecodedText(int32_t id) const {
    const auto it = normalized_texts_.find(id);
    return it != normalized_texts_.end() ? absl::string_view(it->second) : TokenText(id);
  }

  void Run(absl::string_view text, bool parse_special, std::vector<int32_t>* ids) const {
    std::string valid;
    if (!IsValidUtf8(text)) {
      valid = ReplaceInvalidUtf8(text);
      text = valid;
    }
    std::vector<AddedVocabulary::Part> parts;
    added_.Split(text, false, parse_special, &parts);
    for (const AddedVocabulary::Part& part : parts) {
      if (part.id >= 0) {
        ids->push_back(part.id);
      } else {
        RunRaw(text.substr(part.begin, part.end - part.begin), part.begin == 0, parse_special, ids);
      }
    }
  }

  // Text without added tokens of the first kind. `first`: it begins the input.
  void RunRaw(absl::string_view text, bool first, bool parse_special,
              std::vector<int32_t>* ids) const {
    std::string normalized(text);
    if (normalizer_ != nullptr) normalizer_->Apply(&normalized);
    if (!added_.has_normalized()) {
      RunPlain(std::move(normalized), first, ids);
      return;
    }
    std::vector<AddedVocabulary::Part> parts;
    added_.Split(normalized, true, parse_special, &parts);
    for (const AddedVocabulary::Part& part : parts) {
      if (part.id >= 0) {
        ids->push_back(part.id);
      } else {
        RunPlain(normalized.substr(part.begin, part.end - part.begin), first && part.begin == 0,
                 ids);
      }
    }
  }

  // Normalised text without added tokens.
  void RunPlain(std::string text, bool first, std::vector<int32_t>* ids) const {
    if (text.empty()) return;
    Pieces pieces;
    pieces.text = std::move(text);
    pieces.pieces.push_back({0, pieces.text.size(), first});
    if (pre_tokenizer_ != nullptr) pre_tokenizer_->Apply(&pieces);
    model_->Tokenize(pieces, ids);
  }

  const NormalizerPtr normalizer_;
  const PreTokenizerPtr pre_tokenizer_;
  const TokenModelPtr model_;
  const DecoderPtr decoder_;
  const AddedVocabulary added_;
  const SpecialFrame frame_;
  const SpecialTokens special_;
  const std::string content_hash_;
  const int vocab_size_;
  std::vector<bool> is_special_;  // by id
  absl::flat_hash_map<int32_t, std::string> normalized_texts_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<const Tokenizer>> MakePipeline(absl::string_view name,
                                                              PipelineSpec spec) {
  const size_t tokens =
      static_cast<size_t>(spec.model->vocabulary().size()) + spec.added_tokens.size();
  const int64_t max_id = MaxTokenId(tokens);
  int32_t greatest = spec.model->vocabulary().size() - 1;
  for (const AddedToken& token : spec.added_tokens) {
    if (token.id < 0 || token.id > max_id) {
      return absl::DataLossError(absl::StrCat(name, ": the added token \"", token.content,
                                              "\" has the id ", token.id,
                                              "; ids of such a vocabulary go from 0 to ", max_id));
    }
    greatest = std::max(greatest, token.id);
  }
  for (const auto* ids : {&spec.frame.prefix, &spec.frame.suffix}) {
    for (const int32_t id : *ids) {
      if (id < 0 || id > greatest) {
        return absl::DataLossError(
            absl::StrCat(name, ": the post-processor's id ", id, " is not in the vocabulary"));
      }
    }
  }
  return std::make_unique<const PipelineTokenizer>(std::move(spec), greatest + 1);
}

}  // namespace footnote::transformer
