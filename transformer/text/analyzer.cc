#include "transformer/text/analyzer.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "transformer/text/fold.h"
#include "transformer/text/segment_words.h"
#include "transformer/text/stemmer.h"
#include "transformer/text/utf8.h"

namespace footnote::transformer {
namespace {

// Longer identifiers yield their parts only.
constexpr size_t kMaxTermBytes = 64;

// One pass over a text. A compound is words joined without space, such as
// "--format=custom" or "src/bin/pg_dump.c". It has three levels, each of which
// may be an identifier: words joined by '_'; those joined by . : @ -; those
// joined by / or, in an option, =.
class Scanner {
 public:
  Scanner(absl::string_view text, bool exact, Stemmer* stemmer)
      : text_(text), exact_(exact), stemmer_(stemmer) {}

  std::vector<Term> Run() {
    terms_.reserve(text_.size() / 8);
    size_t pos = 0;
    while (pos < text_.size()) {
      const size_t before = terms_.size();
      position_ += static_cast<uint32_t>(word_begins_.size());
      word_begins_.clear();
      pos = Next(pos);
      // A whole stands before its parts.
      std::sort(terms_.begin() + before, terms_.end(), [](const Term& a, const Term& b) {
        if (a.span.begin != b.span.begin) return a.span.begin < b.span.begin;
        return a.span.end != b.span.end ? a.span.end > b.span.end : a.text < b.text;
      });
    }
    return std::move(terms_);
  }

 private:
  struct Char {
    CharClass cls = CharClass::kOther;
    size_t end = 0;  // past it
  };

  Char At(size_t pos) const {
    if (pos >= text_.size()) return {CharClass::kOther, pos};
    const auto byte = static_cast<unsigned char>(text_[pos]);
    if (byte < 0x80) return {ClassOf(byte), pos + 1};
    const char32_t c = DecodeUtf8(text_, &pos);
    return {ClassOf(c), pos};
  }
  char Byte(size_t pos) const { return pos < text_.size() ? text_[pos] : '\0'; }
  bool LetterAt(size_t pos) const { return At(pos).cls == CharClass::kLetter; }
  bool WordAt(size_t pos) const {
    const CharClass cls = At(pos).cls;
    return cls == CharClass::kLetter || cls == CharClass::kDigit;
  }
  bool NameAt(size_t pos) const { return Byte(pos) == '_' || WordAt(pos); }

  // Reads what stands at `pos`; returns where to go on.
  size_t Next(size_t pos) {
    const char c = Byte(pos);
    if (WordAt(pos)) return Compound(pos, 0);
    if (const size_t prefix = PrefixAt(pos); prefix > 0) return Compound(pos, prefix);
    if (c == '_') {
      size_t end = pos;
      while (Byte(end) == '_') ++end;
      return WordAt(end) ? Compound(pos, 0) : end;
    }
    if (const size_t end = SymbolsEnd(pos); end > pos + 1) {
      if (IsOperator(text_.substr(pos, end - pos))) {
        if (exact_) EmitExact(pos, end);
        word_begins_.push_back(pos);
      }
      return end;
    }
    const Char ch = At(pos);
    if (ch.cls == CharClass::kIdeograph) return Ideographs(pos);
    if (ch.cls == CharClass::kUnspaced) return Unspaced(pos);
    return ch.end;
  }

  // The end of the characters of one class from `pos` on, marks among them.
  size_t RunEnd(size_t pos, CharClass cls) const {
    size_t end = At(pos).end;
    for (Char c = At(end); end < text_.size(); c = At(end)) {
      if (c.cls != cls && c.cls != CharClass::kIgnored) break;
      end = c.end;
    }
    return end;
  }

  // Each character, and each with the one after it: where words end nothing says.
  size_t Ideographs(size_t pos) {
    const size_t run_end = RunEnd(pos, CharClass::kIdeograph);
    while (pos < run_end) {
      const size_t end = CharacterEnd(pos, run_end);
      EmitWord(pos, end);
      if (exact_ && end < run_end) EmitExact(pos, CharacterEnd(end, run_end));
      pos = end;
    }
    return run_end;
  }

  // Past the character at `pos` and its marks.
  size_t CharacterEnd(size_t pos, size_t limit) const {
    size_t end = At(pos).end;
    while (end < limit && At(end).cls == CharClass::kIgnored) end = At(end).end;
    return end;
  }

  size_t Unspaced(size_t pos) {
    const size_t run_end = RunEnd(pos, CharClass::kUnspaced);
    for (const ByteSpan& word : SegmentWords(text_.substr(pos, run_end - pos))) {
      EmitWord(pos + word.begin, pos + word.end);
    }
    return run_end;
  }

  // Length of what may begin an identifier at `pos`: the dashes of an option,
  // the sign of a variable, a psql command, an absolute path or a hidden file.
  size_t PrefixAt(size_t pos) const {
    if (pos > 0 && (pos == last_end_ || text_[pos - 1] == '-' || text_[pos - 1] == ')' ||
                    text_[pos - 1] == ']' || text_[pos - 1] == '.')) {
      return 0;
    }
    switch (Byte(pos)) {
      case '-':
        if (LetterAt(pos + 1)) return 1;
        return Byte(pos + 1) == '-' && LetterAt(pos + 2) ? 2 : 0;
      case '$':
        return NameAt(pos + 1) ? 1 : 0;
      case '\\':
      case '.':
        return LetterAt(pos + 1) ? 1 : 0;
      case '/':
        return LetterAt(pos + 1) && (pos == 0 || text_[pos - 1] != '/') ? 1 : 0;
      default:
        return 0;
    }
  }

  size_t SymbolsEnd(size_t pos) const {
    static constexpr absl::string_view kSymbols = "+-*<>=~!@#%^&|?:";
    size_t end = pos;
    while (end < text_.size() && kSymbols.find(text_[end]) != absl::string_view::npos) ++end;
    return end;
  }

  // Two to four symbols, such as -> or ||. Longer runs are rules and frames
  // drawn with characters, and two or three dashes are punctuation.
  static bool IsOperator(absl::string_view symbols) {
    return symbols.size() >= 2 && symbols.size() <= 4 && symbols != "--" && symbols != "---";
  }

  // The end of the word at `pos`: letters and digits, apostrophes between
  // letters, commas between groups of three digits.
  size_t WordEnd(size_t pos) const {
    size_t end = pos;
    bool letter_before = false, digits_only = true;
    while (end < text_.size()) {
      const Char c = At(end);
      if (c.cls == CharClass::kLetter || c.cls == CharClass::kDigit) {
        letter_before = c.cls == CharClass::kLetter;
        digits_only = digits_only && absl::ascii_isdigit(static_cast<unsigned char>(text_[end]));
        end = c.end;
      } else if (c.cls == CharClass::kIgnored) {
        end = c.end;
      } else if (letter_before && ApostropheLength(end) > 0 &&
                 LetterAt(end + ApostropheLength(end))) {
        end += ApostropheLength(end);
      } else if (digits_only && end - pos <= 20 && DigitGroupAt(end)) {
        end += 4;
      } else {
        break;
      }
    }
    return end;
  }

  size_t ApostropheLength(size_t pos) const {
    if (Byte(pos) == '\'') return 1;
    return text_.substr(pos, 3) == "\xE2\x80\x99" ? 3 : 0;
  }

  bool DigitGroupAt(size_t pos) const {
    if (Byte(pos) != ',') return false;
    for (size_t i = 1; i <= 3; ++i) {
      if (!absl::ascii_isdigit(static_cast<unsigned char>(Byte(pos + i)))) return false;
    }
    return !WordAt(pos + 4);
  }

  size_t Compound(size_t begin, size_t prefix) {
    const char sign = prefix > 0 ? text_[begin] : '\0';
    const bool option = sign == '-', path = sign == '/';
    size_t pos = begin + prefix;
    size_t segment = path ? pos : begin, name = pos;
    bool segment_is_identifier = prefix > 0 && !path, any_identifier = path;
    bool hyphen = false, short_part = false;
    int segments = 1;
    size_t segment_terms = terms_.size();
    const auto close_name = [&](size_t end) {
      const absl::string_view s = text_.substr(name, end - name);
      if (s.find('_') != absl::string_view::npos) {
        segment_is_identifier = true;
        if (exact_ && name != segment) EmitExact(name, end);
      }
    };
    const auto close_segment = [&](size_t end) {
      segment_is_identifier = segment_is_identifier || (hyphen && short_part);
      any_identifier = any_identifier || segment_is_identifier;
      if (end - segment <= 3 &&
          IsStopWord(FoldWord(text_.substr(segment, end - segment)), stemmer_->language())) {
        terms_.resize(segment_terms);  // "e.g", "i.e": their letters mean nothing
        return;
      }
      if (exact_ && segment_is_identifier) EmitExact(segment, end);
    };
    while (true) {
      while (Byte(pos) == '_') ++pos;
      if (WordAt(pos)) {
        const size_t end = WordEnd(pos);
        EmitWord(pos, end);
        const absl::string_view word = text_.substr(pos, end - pos);
        short_part = short_part || word.size() == 1 ||
                     std::any_of(word.begin(), word.end(),
                                 [](unsigned char c) { return absl::ascii_isdigit(c); });
        pos = end;
      }
      while (Byte(pos) == '_') ++pos;
      if (NameAt(pos)) continue;
      const char c = Byte(pos);
      size_t joint = 0;
      if (c == '.' || c == '@' || c == '-') {
        joint = 1;
      } else if (c == ':') {
        joint = Byte(pos + 1) == ':' ? 2 : 1;
      }
      if (joint > 0 && NameAt(pos + joint)) {
        // The name that ended is emitted by itself when more follows.
        if (exact_ && name == segment &&
            text_.substr(name, pos - name).find('_') != absl::string_view::npos) {
          EmitExact(name, pos);
          segment_is_identifier = true;
        } else {
          close_name(pos);
        }
        if (c == '-') {
          hyphen = true;
        } else {
          segment_is_identifier = true;
        }
        pos += joint;
        name = pos;
        continue;
      }
      if ((c == '/' || (c == '=' && option)) && NameAt(pos + 1)) {
        close_name(pos);
        close_segment(pos);
        ++segments;
        ++pos;
        segment = name = pos;
        segment_terms = terms_.size();
        segment_is_identifier = hyphen = short_part = false;
        continue;
      }
      break;
    }
    close_name(pos);
    pos = LanguageNameEnd(segment, pos, &segment_is_identifier);
    close_segment(pos);
    if (exact_ && any_identifier && (segments > 1 || path)) EmitExact(begin, pos);
    last_end_ = pos;
    return pos;
  }

  // "C++", "i++", "C#": the signs belong to the name.
  size_t LanguageNameEnd(size_t begin, size_t end, bool* identifier) const {
    size_t sign = end;
    if (Byte(end) == '+' && Byte(end + 1) == '+') {
      sign = end + 2;
    } else if (Byte(end) == '#' && end - begin <= 2) {
      sign = end + 1;
    }
    if (sign == end || NameAt(sign) || Byte(sign) == '+' || Byte(sign) == '#') return end;
    *identifier = true;
    return sign;
  }

  void EmitWord(size_t begin, size_t end) {
    const std::string& term = stemmer_->Term(text_.substr(begin, end - begin));
    if (!term.empty()) terms_.push_back({term, {begin, end}, PositionAt(begin)});
    word_begins_.push_back(begin);
  }

  // Of what begins at `begin` in the compound at hand: the place of its first word.
  uint32_t PositionAt(size_t begin) const {
    const auto it = std::lower_bound(word_begins_.begin(), word_begins_.end(), begin);
    return position_ + static_cast<uint32_t>(it - word_begins_.begin());
  }

  void EmitExact(size_t begin, size_t end) {
    absl::string_view whole = text_.substr(begin, end - begin);
    for (const absl::string_view possessive : {"'s", "\xE2\x80\x99s"}) {
      if (whole.size() > possessive.size() &&
          whole.substr(whole.size() - possessive.size()) == possessive) {
        whole.remove_suffix(possessive.size());
      }
    }
    if (whole.size() > kMaxTermBytes) return;
    std::string folded = FoldWord(whole);
    if (folded.empty() || folded.size() > kMaxTermBytes ||
        IsStopWord(folded, stemmer_->language())) {
      return;
    }
    terms_.push_back({std::move(folded), {begin, begin + whole.size()}, PositionAt(begin)});
  }

  absl::string_view text_;
  bool exact_;
  Stemmer* stemmer_;
  size_t last_end_ = 0;              // of the last compound: a dash right there is a hyphen
  uint32_t position_ = 0;            // words before the compound at hand
  std::vector<size_t> word_begins_;  // of the compound's words so far, dropped ones too
  std::vector<Term> terms_;
};

}  // namespace

std::vector<Term> Analyze(absl::string_view text, const Language& language) {
  return Scanner(text, /*exact=*/true, &Stemmer::Of(language)).Run();
}

std::vector<Term> AnalyzeEnglish(absl::string_view text) { return Analyze(text, English()); }

std::vector<Term> AnalyzeWords(absl::string_view text) {
  return Scanner(text, /*exact=*/false, &Stemmer::Of(English())).Run();
}

}  // namespace footnote::transformer
