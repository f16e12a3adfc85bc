// Models that look whole words up: WordPiece and WordLevel.
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "kernels/base/status_macros.h"
#include "transformer/text/utf8.h"
#include "transformer/tokenizer/token_model.h"
#include "transformer/tokenizer/trie.h"

namespace footnote::transformer {
namespace {

size_t CountCharacters(absl::string_view text) {
  size_t count = 0;
  for (const char c : text) count += (static_cast<unsigned char>(c) & 0xC0) != 0x80 ? 1 : 0;
  return count;
}

absl::Status CheckUnk(absl::string_view name, const Vocabulary& vocabulary,
                      const std::string& unk_token) {
  if (vocabulary.Find(unk_token) >= 0) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat(name, ": the vocabulary lacks the unknown token \"", unk_token, "\""));
}

class WordPieceModel final : public TokenModel {
 public:
  WordPieceModel(Vocabulary vocabulary, const Vocabulary::Entries& first,
                 const Vocabulary::Entries& next, int32_t unk_id, size_t max_chars)
      : vocabulary_(std::move(vocabulary)),
        first_(first),
        next_(next),
        unk_id_(unk_id),
        max_chars_(max_chars) {}

  void Tokenize(const Pieces& pieces, std::vector<int32_t>* ids) const override {
    for (const Pieces::Piece& piece : pieces.pieces) {
      const size_t before = ids->size();
      if (!Append(pieces.Text(piece), ids)) {
        ids->resize(before);
        ids->push_back(unk_id_);
      }
    }
  }
  const Vocabulary& vocabulary() const override { return vocabulary_; }
  absl::string_view kind() const override { return "WordPiece"; }

 private:
  bool Append(absl::string_view word, std::vector<int32_t>* ids) const {
    if (CountCharacters(word) > max_chars_) return false;
    const Trie* trie = &first_;
    while (!word.empty()) {
      const Trie::Match match = trie->LongestPrefix(word);
      if (match.id < 0) return false;
      ids->push_back(match.id);
      word.remove_prefix(match.length);
      trie = &next_;
    }
    return true;
  }

  const Vocabulary vocabulary_;
  const Trie first_;  // all tokens
  const Trie next_;   // those with the continuing prefix, without it
  const int32_t unk_id_;
  const size_t max_chars_;
};

class WordLevel final : public TokenModel {
 public:
  WordLevel(Vocabulary vocabulary, int32_t unk_id)
      : vocabulary_(std::move(vocabulary)), unk_id_(unk_id) {}

  void Tokenize(const Pieces& pieces, std::vector<int32_t>* ids) const override {
    for (const Pieces::Piece& piece : pieces.pieces) {
      const int32_t id = vocabulary_.Find(pieces.Text(piece));
      ids->push_back(id >= 0 ? id : unk_id_);
    }
  }
  const Vocabulary& vocabulary() const override { return vocabulary_; }
  absl::string_view kind() const override { return "WordLevel"; }

 private:
  const Vocabulary vocabulary_;
  const int32_t unk_id_;
};

}  // namespace

absl::StatusOr<TokenModelPtr> MakeWordPieceModel(absl::string_view name,
                                                 const WordPieceModelSpec& spec) {
  FN_ASSIGN_OR_RETURN(Vocabulary vocabulary, Vocabulary::Make(name, spec.vocab));
  FN_RETURN_IF_ERROR(CheckUnk(name, vocabulary, spec.unk_token));
  Vocabulary::Entries next;
  for (const auto& [token, id] : spec.vocab) {
    absl::string_view rest = token;
    if (absl::ConsumePrefix(&rest, spec.continuing_prefix)) next.emplace_back(rest, id);
  }
  const int32_t unk_id = vocabulary.Find(spec.unk_token);
  return std::make_unique<const WordPieceModel>(std::move(vocabulary), spec.vocab, next, unk_id,
                                                static_cast<size_t>(spec.max_chars_per_word));
}

absl::StatusOr<TokenModelPtr> MakeWordLevel(absl::string_view name,
                                            const Vocabulary::Entries& vocab,
                                            const std::string& unk_token) {
  FN_ASSIGN_OR_RETURN(Vocabulary vocabulary, Vocabulary::Make(name, vocab));
  FN_RETURN_IF_ERROR(CheckUnk(name, vocabulary, unk_token));
  const int32_t unk_id = vocabulary.Find(unk_token);
  return std::make_unique<const WordLevel>(std::move(vocabulary), unk_id);
}

}  // namespace footnote::transformer
