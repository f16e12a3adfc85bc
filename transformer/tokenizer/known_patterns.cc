// Scanners for the regular expressions that most byte-level tokenizers split by.
// Each tries the alternatives of its expression in their order, at every position,
// as a backtracking engine does; tests compare them with ICU's.
#include "absl/base/attributes.h"
#include "transformer/text/utf8.h"
#include "transformer/tokenizer/character_classes.h"
#include "transformer/tokenizer/pattern.h"

namespace footnote::transformer {

const char kGpt2Regex[] =
    R"('s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+)";
const char kLlama3Regex[] =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*)"
    R"(|\s*[\r\n]+|\s+(?!\S)|\s+)";
const char kQwen2Regex[] =
    R"((?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+[\r\n]*)"
    R"(|\s*[\r\n]+|\s+(?!\S)|\s+)";

namespace {

using Classes = CharacterClasses;
constexpr uint8_t kWordClasses = Classes::kLetter | Classes::kNumber;
constexpr uint8_t kNoSymbol = kWordClasses | Classes::kSpace;

// A character, its classes and where it ends.
struct Char {
  char32_t c = 0;
  uint8_t classes = 0;
  size_t end = 0;
};

// A view of a text as characters with classes.
class Scanner {
 public:
  explicit Scanner(absl::string_view text) : text_(text), classes_(Classes::Get()) {
    for (int c = 0; c < 128; ++c) ascii_[c] = classes_.Of(static_cast<char32_t>(c));
  }

  size_t size() const { return text_.size(); }
  char byte(size_t i) const { return i < text_.size() ? text_[i] : '\0'; }

  // Precondition: i < size().
  Char At(size_t i) const {
    const unsigned char byte = static_cast<unsigned char>(text_[i]);
    if (byte < 0x80) return {byte, ascii_[byte], i + 1};
    const char32_t c = DecodeUtf8(text_, &i);
    return {c, classes_.Of(c), i};
  }

  // The end of the run of characters from `i` on that have (or have not) one of
  // `classes`.
  size_t RunOf(size_t i, uint8_t classes) const { return Run<true>(i, classes); }
  size_t RunOfOthers(size_t i, uint8_t classes) const { return Run<false>(i, classes); }

  // `\s+(?!\S)|\s+` at a space. `space` is that character.
  size_t Spaces(const Char& space) const {
    size_t last = space.end;  // where the last character of the run begins
    size_t end = space.end;
    bool several = false;
    while (end < size()) {
      const Char next = At(end);
      if ((next.classes & Classes::kSpace) == 0) return several ? last : end;
      last = end;
      end = next.end;
      several = true;
    }
    return end;
  }

 private:
  template <bool wanted>
  size_t Run(size_t i, uint8_t classes) const {
    while (i < size()) {
      const Char next = At(i);
      if (((next.classes & classes) != 0) != wanted) break;
      i = next.end;
    }
    return i;
  }

  const absl::string_view text_;
  const Classes& classes_;
  uint8_t ascii_[128];
};

// The end of `'s|'t|'re|'ve|'m|'ll|'d` at the apostrophe at `i`; 0 if it isn't one.
size_t Contraction(const Scanner& text, size_t i) {
  const char a = text.byte(i + 1), b = text.byte(i + 2);
  if (a == 's' || a == 't' || a == 'm' || a == 'd') return i + 2;
  if ((a == 'r' && b == 'e') || (a == 'v' && b == 'e') || (a == 'l' && b == 'l')) return i + 3;
  return 0;
}

// The same without regard to case; U+017F (long s) is a lower case s then.
size_t ContractionOfAnyCase(const Scanner& text, size_t i) {
  const auto lower = [&text](size_t k) -> char {
    const char c = text.byte(k);
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  };
  const char a = lower(i + 1), b = lower(i + 2);
  if (a == 's' || a == 't' || a == 'm' || a == 'd') return i + 2;
  if (a == '\xC5' && text.byte(i + 2) == '\xBF') return i + 3;
  if ((a == 'r' && b == 'e') || (a == 'v' && b == 'e') || (a == 'l' && b == 'l')) return i + 3;
  return 0;
}

size_t NextGpt2(const Scanner& text, size_t i) {
  const Char first = text.At(i);
  if (first.c == '\'') {
    const size_t end = Contraction(text, i);
    if (end > 0) return end;
  }
  Char c = first;
  if (first.c == ' ' && first.end < text.size()) c = text.At(first.end);
  if (c.classes & Classes::kLetter) return text.RunOf(c.end, Classes::kLetter);
  if (c.classes & Classes::kNumber) return text.RunOf(c.end, Classes::kNumber);
  if ((c.classes & kNoSymbol) == 0) return text.RunOfOthers(c.end, kNoSymbol);
  return text.Spaces(first);
}

template <int max_digits>
size_t NextLlama3(const Scanner& text, size_t i) {
  const Char first = text.At(i);
  if (first.c == '\'') {
    const size_t end = ContractionOfAnyCase(text, i);
    if (end > 0) return end;
  }
  if (first.classes & Classes::kLetter) return text.RunOf(first.end, Classes::kLetter);
  if (first.classes & Classes::kNumber) {
    size_t end = first.end;
    for (int digits = 1; digits < max_digits && end < text.size(); ++digits) {
      const Char next = text.At(end);
      if ((next.classes & Classes::kNumber) == 0) break;
      end = next.end;
    }
    return end;
  }
  Char second;
  if (first.end < text.size()) second = text.At(first.end);
  const bool new_line = first.c == '\r' || first.c == '\n';
  if (!new_line && (second.classes & Classes::kLetter)) {
    return text.RunOf(second.end, Classes::kLetter);
  }
  const bool space = (first.classes & Classes::kSpace) != 0;
  if (!space || (first.c == ' ' && first.end < text.size() && (second.classes & kNoSymbol) == 0)) {
    size_t end = text.RunOfOthers(first.end, kNoSymbol);
    while (text.byte(end) == '\r' || text.byte(end) == '\n') ++end;
    return end;
  }
  // `\s*[\r\n]+`: up to the last line break of the run.
  const size_t run = text.RunOf(i, Classes::kSpace);
  for (size_t end = run; end > i; --end) {
    if (text.byte(end - 1) == '\r' || text.byte(end - 1) == '\n') return end;
  }
  return text.Spaces(first);
}

// A scanner whose expression matches something at every position.
template <size_t (*next)(const Scanner&, size_t)>
class ScannedPattern final : public Pattern {
 public:
  void Find(absl::string_view text, std::vector<PatternSpan>* spans) const override {
    const Scanner scanner(text);
    for (size_t i = 0; i < text.size();) {
      const size_t end = next(scanner, i);
      spans->push_back({i, end, true});
      i = end;
    }
  }
};

}  // namespace

std::unique_ptr<const Pattern> FindKnownPattern(absl::string_view regex) {
  if (regex == kGpt2Regex) return std::make_unique<ScannedPattern<NextGpt2>>();
  if (regex == kLlama3Regex) return std::make_unique<ScannedPattern<NextLlama3<3>>>();
  if (regex == kQwen2Regex) return std::make_unique<ScannedPattern<NextLlama3<1>>>();
  return nullptr;
}

}  // namespace footnote::transformer
