#include "transformer/tokenizer/added_vocabulary.h"

#include <algorithm>
#include <utility>

#include "transformer/text/utf8.h"
#include "transformer/tokenizer/character_classes.h"

namespace footnote::transformer {
namespace {

using Entries = std::vector<std::pair<std::string, int32_t>>;

Entries EntriesOf(const std::vector<AddedToken>& tokens, bool normalized,
                  const Normalizer* normalizer) {
  Entries out;
  for (const AddedToken& token : tokens) {
    if (token.normalized != normalized) continue;
    std::string content = token.content;
    if (normalized && normalizer != nullptr) normalizer->Apply(&content);
    out.emplace_back(std::move(content), token.id);
  }
  return out;
}

// Where the last character of text[0, end) begins. Precondition: end > 0.
size_t PreviousCharacter(absl::string_view text, size_t end) {
  size_t begin = end - 1;
  while (begin > 0 && (static_cast<unsigned char>(text[begin]) & 0xC0) == 0x80) --begin;
  return begin;
}

bool IsAt(absl::string_view text, size_t pos, uint8_t classes) {
  return CharacterClasses::Get().Is(DecodeUtf8(text, &pos), classes);
}

bool IsSingleWord(absl::string_view text, size_t begin, size_t end) {
  constexpr uint8_t kWord = CharacterClasses::kWord;
  if (begin > 0 && IsAt(text, PreviousCharacter(text, begin), kWord)) return false;
  return end == text.size() || !IsAt(text, end, kWord);
}

size_t BeginOfSpaces(absl::string_view text, size_t end) {
  while (end > 0) {
    const size_t previous = PreviousCharacter(text, end);
    if (!IsAt(text, previous, CharacterClasses::kSpace)) break;
    end = previous;
  }
  return end;
}

size_t EndOfSpaces(absl::string_view text, size_t begin) {
  while (begin < text.size()) {
    size_t next = begin;
    const char32_t c = DecodeUtf8(text, &next);
    if (!CharacterClasses::Get().Is(c, CharacterClasses::kSpace)) break;
    begin = next;
  }
  return begin;
}

}  // namespace

AddedVocabulary::AddedVocabulary(std::vector<AddedToken> tokens, const Normalizer* normalizer)
    : tokens_(std::move(tokens)),
      plain_(EntriesOf(tokens_, false, nullptr)),
      normalized_(EntriesOf(tokens_, true, normalizer)) {
  for (size_t i = 0; i < tokens_.size(); ++i) {
    by_id_[tokens_[i].id] = i;
    has_normalized_ = has_normalized_ || tokens_[i].normalized;
  }
}

const AddedToken* AddedVocabulary::Find(int32_t id) const {
  const auto it = by_id_.find(id);
  return it == by_id_.end() ? nullptr : &tokens_[it->second];
}

void AddedVocabulary::Split(absl::string_view text, bool normalized, bool parse_special,
                            std::vector<Part>* parts) const {
  const AddedTokenFinder& finder = normalized ? normalized_ : plain_;
  size_t done = 0;
  for (size_t from = 0; from < text.size();) {
    const AddedTokenFinder::Found found = finder.Find(text, from);
    if (found.length == 0) break;
    from = found.begin + found.length;
    const AddedToken& token = *Find(found.id);
    if (token.special && !parse_special) continue;
    size_t begin = found.begin, end = from;
    if (token.single_word && !IsSingleWord(text, begin, end)) continue;
    if (token.lstrip) begin = std::max(BeginOfSpaces(text, begin), done);
    if (token.rstrip) end = EndOfSpaces(text, end);
    if (done < begin) parts->push_back({done, begin, -1});
    parts->push_back({begin, end, token.id});
    done = std::max(done, end);
  }
  if (done < text.size()) parts->push_back({done, text.size(), -1});
}

}  // namespace footnote::transformer
