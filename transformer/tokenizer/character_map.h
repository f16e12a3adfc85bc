#ifndef FOOTNOTE_TRANSFORMER_TOKENIZER_CHARACTER_MAP_H_
#define FOOTNOTE_TRANSFORMER_TOKENIZER_CHARACTER_MAP_H_

#include <array>
#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace footnote::transformer {

// The settings of Hugging Face's BertNormalizer.
struct BertNormalization {
  bool clean_text = true;            // drop control characters; white space becomes ' '
  bool handle_chinese_chars = true;  // each Chinese character is a word
  bool strip_accents = true;         // NFD, then drop nonspacing marks
  bool lowercase = true;
};

// BertNormalizer and BertPreTokenizer as one table from code points to what
// becomes of them. A table suffices because the only step that looks at
// neighbours is the sorting of combining marks, for which the marks that are
// kept carry their class. Immutable and thread-safe.
class CharacterMap {
 public:
  enum class Action : uint8_t {
    kWord,     // itself, part of the word around it
    kAlone,    // itself, a word of one character
    kSpace,    // ends a word
    kDrop,     // nothing at all
    kReplace,  // by Replacement()
  };

  // One character of a replacement.
  struct Output {
    Action action = Action::kWord;  // kWord or kAlone; kDrop: only ends a run of marks
    uint8_t combining_class = 0;    // neighbours with a class are sorted by it, stably
    uint8_t bytes = 0;
    char utf8[4] = {};

    absl::string_view text() const { return absl::string_view(utf8, bytes); }
  };

  struct Entry {
    Action action = Action::kWord;
    uint8_t count = 0;
    uint32_t first = 0;
    friend bool operator==(const Entry&, const Entry&) = default;
  };

  explicit CharacterMap(const BertNormalization& options);

  // `c` is at most U+10FFFF.
  const Entry& Find(char32_t c) const {
    return pages_[page_of_[c >> kPageBits]][c & (kPageSize - 1)];
  }
  // The characters, never none, of an entry whose action is kReplace.
  absl::Span<const Output> Replacement(const Entry& entry) const {
    return absl::MakeConstSpan(outputs_).subspan(entry.first, entry.count);
  }

  // For c < 128: the byte that it adds to a word; 0 if it is not kWord.
  char AsciiWord(unsigned char c) const { return ascii_word_[c]; }

 private:
  static constexpr int kPageBits = 8;
  static constexpr int kPageSize = 1 << kPageBits;
  static constexpr char32_t kLimit = 0x110000;
  using Page = std::array<Entry, kPageSize>;

  std::vector<Output> outputs_;
  std::vector<Page> pages_;  // equal ones once
  std::array<uint16_t, kLimit / kPageSize> page_of_;
  std::array<char, 128> ascii_word_;
};

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TOKENIZER_CHARACTER_MAP_H_
