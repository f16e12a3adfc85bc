#include "transformer/tokenizer/wordpiece.h"

#include <algorithm>
#include <limits>

#include "absl/container/fixed_array.h"
#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "transformer/text/utf8.h"
#include "transformer/tokenizer/added_tokens.h"
#include "transformer/tokenizer/trie.h"

namespace footnote::transformer {
namespace {

// Ids may have gaps, but a table by id must stay in proportion to the file.
constexpr size_t kMaxGapFactor = 4;
constexpr size_t kMaxGap = 1000;
constexpr int kMaxCharsPerWord = 1000;

// Where token ids go: kept up to a limit, or only counted.
class IdList {
 public:
  IdList(size_t limit, std::vector<int32_t>* ids) : limit_(ids->size() + limit), ids_(*ids) {}
  void Add(int32_t id) { ids_.push_back(id); }
  size_t size() const { return ids_.size(); }
  void TakeBackTo(size_t size) { ids_.resize(size); }
  // Cuts at the limit. False if nothing more can be kept.
  bool Continue() {
    if (ids_.size() < limit_) return true;
    ids_.resize(limit_);
    return false;
  }

 private:
  const size_t limit_;
  std::vector<int32_t>& ids_;
};

class IdCounter {
 public:
  void Add(int32_t) { ++size_; }
  size_t size() const { return size_; }
  void TakeBackTo(size_t size) { size_ = size; }
  bool Continue() const { return true; }

 private:
  size_t size_ = 0;
};

std::vector<std::pair<std::string, int32_t>> Continuations(const WordPieceSpec& spec) {
  std::vector<std::pair<std::string, int32_t>> out;
  for (const auto& [token, id] : spec.vocab) {
    absl::string_view rest = token;
    if (absl::ConsumePrefix(&rest, spec.continuing_prefix)) out.emplace_back(rest, id);
  }
  return out;
}

std::vector<std::pair<std::string, int32_t>> AddedEntries(const WordPieceSpec& spec) {
  std::vector<std::pair<std::string, int32_t>> out;
  for (const AddedToken& token : spec.added_tokens) out.emplace_back(token.content, token.id);
  return out;
}

class WordPieceTokenizer final : public Tokenizer {
 public:
  WordPieceTokenizer(WordPieceSpec spec, int32_t unk_id, int vocab_size)
      : unk_id_(unk_id),
        vocab_size_(vocab_size),
        max_chars_(spec.max_chars_per_word),
        characters_(spec.normalization),
        first_(spec.vocab),
        next_(Continuations(spec)),
        added_(AddedEntries(spec)),
        prefix_ids_(std::move(spec.prefix_ids)),
        suffix_ids_(std::move(spec.suffix_ids)),
        special_(spec.special),
        content_hash_(std::move(spec.content_hash)),
        decoder_(spec.decoder != nullptr ? std::move(spec.decoder) : MakeSpaceDecoder()),
        texts_(static_cast<size_t>(vocab_size)) {
    for (auto& [token, id] : spec.vocab) texts_[id] = std::move(token);
    is_special_.resize(texts_.size());
    for (AddedToken& token : spec.added_tokens) {
      is_special_[token.id] = token.special;
      texts_[token.id] = std::move(token.content);
    }
  }

  std::vector<int32_t> Encode(absl::string_view text, int max_tokens) const override {
    std::vector<int32_t> ids;
    const int room = std::max(0, max_tokens - SpecialCount());
    ids.reserve(static_cast<size_t>(std::min<int64_t>(room, text.size() / 3)) + SpecialCount());
    ids.assign(prefix_ids_.begin(), prefix_ids_.end());
    IdList list(static_cast<size_t>(room), &ids);
    Run(text, true, &list);
    list.Continue();
    ids.insert(ids.end(), suffix_ids_.begin(), suffix_ids_.end());
    return ids;
  }

  int CountTokens(absl::string_view text) const override {
    IdCounter counter;
    Run(text, true, &counter);
    return static_cast<int>(std::min<size_t>(counter.size(), std::numeric_limits<int>::max()));
  }

  std::vector<int32_t> Tokenize(absl::string_view text,
                                const TokenizeOptions& options) const override {
    std::vector<int32_t> ids;
    if (options.add_special) ids = prefix_ids_;
    IdList list(std::numeric_limits<int32_t>::max(), &ids);
    Run(text, options.parse_special, &list);
    if (options.add_special) ids.insert(ids.end(), suffix_ids_.begin(), suffix_ids_.end());
    return ids;
  }

  std::string Decode(absl::Span<const int32_t> ids, bool skip_special) const override {
    std::vector<std::string> tokens;
    for (const int32_t id : ids) {
      if (IsKnown(id) && !(skip_special && is_special_[id])) tokens.push_back(texts_[id]);
    }
    return DecodeTokens(*decoder_, std::move(tokens));
  }

  int SpecialCount() const override {
    return static_cast<int>(prefix_ids_.size() + suffix_ids_.size());
  }
  const SpecialTokens& special() const override { return special_; }
  int vocab_size() const override { return vocab_size_; }
  absl::string_view TokenText(int32_t id) const override {
    if (!IsKnown(id)) return {};
    return texts_[id];
  }
  std::string TokenBytes(int32_t id) const override {
    if (!IsKnown(id)) return {};
    return is_special_[id] ? texts_[id] : decoder_->Middle(texts_[id]);
  }
  bool IsSpecial(int32_t id) const override { return IsKnown(id) && is_special_[id]; }
  absl::string_view kind() const override { return "WordPiece"; }
  const std::string& content_hash() const override { return content_hash_; }

 private:
  using Action = CharacterMap::Action;

  bool IsKnown(int32_t id) const { return id >= 0 && id < vocab_size_; }

  // A word as it is put together. Characters beyond the limit are counted only.
  struct Word {
    explicit Word(int max_chars)
        : max_chars(max_chars), bytes(static_cast<size_t>(max_chars) * 4) {}
    void AppendByte(char c) {
      if (chars < max_chars) bytes[size++] = c;
      ++chars;
    }
    void Append(absl::string_view utf8) {
      if (chars < max_chars) {
        std::copy(utf8.begin(), utf8.end(), bytes.begin() + size);
        size += utf8.size();
      }
      ++chars;
    }

    const int max_chars;
    absl::FixedArray<char, 512> bytes;
    size_t size = 0;
    size_t chars = 0;
    // Marks not yet appended, because a later one may have to go before them.
    absl::InlinedVector<CharacterMap::Output, 4> marks;
  };

  // The next added token from `from` on, where special ones count only if asked
  // for. One that does not count still hides those that overlap it, as in
  // `tokenizers`.
  AddedTokenFinder::Found FindAdded(absl::string_view text, size_t from, bool parse_special) const {
    AddedTokenFinder::Found found = added_.Find(text, from);
    while (!parse_special && found.length > 0 && is_special_[found.id]) {
      found = added_.Find(text, found.begin + found.length);
    }
    return found;
  }

  // The ids of `text` in order, until the sink is full.
  template <typename Sink>
  void Run(absl::string_view text, bool parse_special, Sink* sink) const {
    size_t begin = 0;
    while (true) {
      const AddedTokenFinder::Found found = FindAdded(text, begin, parse_special);
      const size_t end = found.length == 0 ? text.size() : found.begin;
      if (!RunPlain(text.substr(begin, end - begin), sink)) return;
      if (found.length == 0) return;
      sink->Add(found.id);
      if (!sink->Continue()) return;
      begin = found.begin + found.length;
    }
  }

  // The same for text without added tokens. False if the sink is full.
  template <typename Sink>
  bool RunPlain(absl::string_view text, Sink* sink) const {
    Word word(max_chars_);
    size_t pos = 0;
    while (pos < text.size()) {
      const unsigned char byte = static_cast<unsigned char>(text[pos]);
      if (byte < 0x80) {
        if (const char c = characters_.AsciiWord(byte)) {
          if (!word.marks.empty()) FlushMarks(&word);
          word.AppendByte(c);
          ++pos;
          continue;
        }
      }
      const size_t begin = pos;
      char32_t c = byte;
      if (byte < 0x80) {
        ++pos;
      } else {
        c = DecodeUtf8(text, &pos);
      }
      const CharacterMap::Entry& entry = characters_.Find(c);
      // An ill-formed sequence stands for U+FFFD.
      const absl::string_view itself =
          c == 0xFFFD ? absl::string_view("\xEF\xBF\xBD", 3) : text.substr(begin, pos - begin);
      switch (entry.action) {
        case Action::kWord:
          if (!word.marks.empty()) FlushMarks(&word);
          word.Append(itself);
          break;
        case Action::kAlone:
          if (!EndWord(&word, sink)) return false;
          word.Append(itself);
          if (!EndWord(&word, sink)) return false;
          break;
        case Action::kSpace:
          if (!EndWord(&word, sink)) return false;
          break;
        case Action::kDrop:
          break;
        case Action::kReplace:
          for (const CharacterMap::Output& out : characters_.Replacement(entry)) {
            if (out.combining_class != 0) {
              word.marks.push_back(out);
              continue;
            }
            if (!word.marks.empty()) FlushMarks(&word);
            if (out.action == Action::kDrop) continue;
            if (out.action == Action::kAlone && !EndWord(&word, sink)) return false;
            word.Append(out.text());
            if (out.action == Action::kAlone && !EndWord(&word, sink)) return false;
          }
          break;
      }
    }
    return EndWord(&word, sink);
  }

  static void FlushMarks(Word* word) {
    std::stable_sort(word->marks.begin(), word->marks.end(), [](const auto& a, const auto& b) {
      return a.combining_class < b.combining_class;
    });
    for (const CharacterMap::Output& mark : word->marks) word->Append(mark.text());
    word->marks.clear();
  }

  template <typename Sink>
  bool EndWord(Word* word, Sink* sink) const {
    if (!word->marks.empty()) FlushMarks(word);
    if (word->chars == 0) return true;
    if (word->chars > static_cast<size_t>(max_chars_)) {
      sink->Add(unk_id_);
    } else {
      AddPieces(absl::string_view(word->bytes.data(), word->size), sink);
    }
    word->size = 0;
    word->chars = 0;
    return sink->Continue();
  }

  // The longest known piece again and again; if one is missing, the whole word
  // is unknown.
  template <typename Sink>
  void AddPieces(absl::string_view word, Sink* sink) const {
    const size_t before = sink->size();
    Trie::Match match = first_.LongestPrefix(word);
    while (match.id >= 0) {
      sink->Add(match.id);
      word.remove_prefix(match.length);
      if (word.empty()) return;
      match = next_.LongestPrefix(word);
    }
    sink->TakeBackTo(before);
    sink->Add(unk_id_);
  }

  const int32_t unk_id_;
  const int vocab_size_;
  const int max_chars_;
  const CharacterMap characters_;
  const Trie first_;  // all tokens
  const Trie next_;   // those with the continuing prefix, without it
  const AddedTokenFinder added_;
  const std::vector<int32_t> prefix_ids_;
  const std::vector<int32_t> suffix_ids_;
  const SpecialTokens special_;
  const std::string content_hash_;
  const std::shared_ptr<const Decoder> decoder_;
  std::vector<std::string> texts_;  // by id
  std::vector<bool> is_special_;    // by id
};

}  // namespace

absl::StatusOr<std::unique_ptr<const Tokenizer>> MakeWordPieceTokenizer(const std::string& name,
                                                                        WordPieceSpec spec) {
  if (spec.max_chars_per_word < 1 || spec.max_chars_per_word > kMaxCharsPerWord) {
    return absl::DataLossError(absl::StrCat(name, ": max_input_chars_per_word is ",
                                            spec.max_chars_per_word, "; it must be from 1 to ",
                                            kMaxCharsPerWord));
  }
  const int64_t max_id = static_cast<int64_t>(
      std::min<size_t>(kMaxGap + kMaxGapFactor * (spec.vocab.size() + spec.added_tokens.size()),
                       std::numeric_limits<int32_t>::max() / 2));
  int32_t greatest = -1;
  int32_t unk_id = -1;
  const auto check = [&](absl::string_view token, int32_t id) {
    if (id < 0 || id > max_id) {
      return absl::DataLossError(absl::StrCat(name, ": token \"", token, "\" has the id ", id,
                                              "; ids of such a vocabulary go from 0 to ", max_id));
    }
    greatest = std::max(greatest, id);
    return absl::OkStatus();
  };
  for (const auto& [token, id] : spec.vocab) {
    if (absl::Status status = check(token, id); !status.ok()) return status;
    if (token == spec.unk_token) unk_id = id;
  }
  for (const AddedToken& token : spec.added_tokens) {
    if (absl::Status status = check(token.content, token.id); !status.ok()) return status;
  }
  if (unk_id < 0) {
    return absl::DataLossError(absl::StrCat(name, ": the vocabulary of ", spec.vocab.size(),
                                            " tokens lacks \"", spec.unk_token, "\""));
  }
  for (const auto* ids : {&spec.prefix_ids, &spec.suffix_ids}) {
    for (const int32_t id : *ids) {
      if (id < 0 || id > greatest) {
        return absl::DataLossError(
            absl::StrCat(name, ": the post-processor's id ", id, " is not in the vocabulary"));
      }
    }
  }
  return std::make_unique<const WordPieceTokenizer>(std::move(spec), unk_id, greatest + 1);
}

}  // namespace footnote::transformer
