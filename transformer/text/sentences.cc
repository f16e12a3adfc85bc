#include "transformer/text/sentences.h"

#include <unicode/uchar.h>

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "transformer/text/utf8.h"

namespace footnote::transformer {
namespace {

// Each list is sorted, lower case, without the final period.

// Always followed by the rest of their sentence.
constexpr absl::string_view kNeverFinal[] = {
    "adm",  "approx", "capt", "cf",  "cmdr", "col", "dr",     "e.g", "eg",  "esp", "gen",
    "gov",  "hon",    "i.e",  "ie",  "lt",   "maj", "messrs", "mr",  "mrs", "ms",  "mt",
    "prof", "rep",    "resp", "rev", "sen",  "sgt", "st",     "viz", "vs",
};

// Part of a reference when a number follows, else an ordinary word.
constexpr absl::string_view kBeforeNumber[] = {
    "app", "art", "ca",  "ch", "chap", "eq", "eqs", "ex",  "fig", "figs", "no",
    "nos", "p",   "par", "pg", "pp",   "pt", "sec", "tab", "v",   "ver",  "vol",
};

// May end a sentence; does so when an ordinary sentence opener follows.
constexpr absl::string_view kMaybeFinal[] = {
    "al",  "apr",  "assn", "aug", "ave",  "bros", "co",  "corp", "dec", "dept", "ed",  "eds", "est",
    "etc", "feb",  "fri",  "inc", "jan",  "jr",   "jul", "jun",  "llc", "ltd",  "mar", "mon", "nov",
    "oct", "ph.d", "sat",  "sep", "sept", "sr",   "sun", "thu",  "tue", "univ", "wed",
};

constexpr absl::string_view kOpeners[] = {
    "a",       "after", "all",   "also", "an",   "and",   "any",  "as",    "at",
    "because", "but",   "by",    "each", "for",  "from",  "he",   "here",  "how",
    "however", "i",     "if",    "in",   "it",   "its",   "many", "most",  "no",
    "note",    "on",    "once",  "only", "or",   "our",   "see",  "she",   "since",
    "so",      "some",  "such",  "that", "the",  "their", "then", "there", "these",
    "they",    "this",  "those", "thus", "to",   "use",   "we",   "what",  "when",
    "where",   "while", "who",   "why",  "with", "you",   "your",
};

constexpr absl::string_view kPartLabels[] = {
    "appendix", "chapter", "example", "figure", "listing", "part", "section", "step", "table",
};

template <size_t N>
bool Contains(const absl::string_view (&sorted)[N], absl::string_view word) {
  return std::binary_search(std::begin(sorted), std::end(sorted), word);
}

bool IsSpace(char32_t c) {
  if (c < 0x80) return c == ' ' || (c >= '\t' && c <= '\r');
  return u_isUWhiteSpace(static_cast<UChar32>(c));
}

// Ends a sentence only before white space.
bool IsSpacedTerminator(char32_t c) {
  return c == '.' || c == '!' || c == '?' || c == 0x2026 /* … */ || c == 0x203C || c == 0x203D ||
         c == 0x061F /* Arabic ? */ || c == 0x06D4 /* Urdu full stop */ ||
         c == 0x0964 /* danda */ || c == 0x0965 || c == 0x1362 /* Ethiopic */ || c == 0x0589;
}

// Ends a sentence wherever it stands: scripts without spaces.
bool IsFullWidthTerminator(char32_t c) {
  return c == 0x3002 || c == 0xFF01 || c == 0xFF1F || c == 0xFF61 || c == 0xFF0E;
}

bool IsCloser(char32_t c) {
  switch (c) {
    case ')':
    case ']':
    case '}':
    case '"':
    case '\'':
    case 0x2019:
    case 0x201D:
    case 0xBB:
    case 0x300D:
    case 0x300F:
    case 0xFF09:
    case 0x3011:
      return true;
    default:
      return false;
  }
}

bool IsOpener(char32_t c) {
  switch (c) {
    case '(':
    case '[':
    case '{':
    case '"':
    case '\'':
    case '`':
    case '*':
    case 0x2018:
    case 0x201C:
    case 0xAB:
    case 0xBF:
    case 0xA1:
      return true;
    default:
      return false;
  }
}

// Words are looked at this far only, so that a text without spaces stays linear.
constexpr size_t kMaxWord = 40;

// The word that ends at `end`, without brackets and quotes before it; empty if
// it is longer than kMaxWord.
absl::string_view WordBefore(absl::string_view text, size_t begin, size_t end) {
  const size_t floor = end - begin > kMaxWord ? end - kMaxWord : begin;
  size_t b = end;
  while (b > floor && !absl::ascii_isspace(text[b - 1])) --b;
  if (b == floor && b > begin && !absl::ascii_isspace(text[b - 1])) return {};
  while (b < end && IsOpener(static_cast<unsigned char>(text[b]))) ++b;
  return text.substr(b, end - b);
}

absl::string_view WordAt(absl::string_view text, size_t begin) {
  size_t e = begin;
  while (e < text.size() && e - begin < kMaxWord && !absl::ascii_isspace(text[e])) ++e;
  return text.substr(begin, e - begin);
}

// pg_dump, initDB, utf8, lower(): a sentence may well begin with one although
// it is written in lower case.
bool LooksLikeIdentifier(absl::string_view word) {
  if (word.empty()) return false;
  for (char c : word.substr(1)) {
    if (c == '_' || c == '(' || absl::ascii_isdigit(c) || absl::ascii_isupper(c)) return true;
  }
  return false;
}

// U.S, a.m, Ph.D: letters with periods between them.
bool IsDottedLetters(absl::string_view word) {
  if (word.size() < 3) return false;
  for (size_t i = 0; i < word.size(); ++i) {
    if (i % 2 == 0 ? !absl::ascii_isalpha(word[i]) : word[i] != '.') return false;
  }
  return word.size() % 2 == 1;
}

// 3, 20.4.1: what may stand before a heading, or after "Table".
bool IsSectionNumber(absl::string_view word) {
  return !word.empty() && absl::ascii_isdigit(word[0]) &&
         std::all_of(word.begin(), word.end(),
                     [](char c) { return absl::ascii_isdigit(c) || c == '.'; });
}

// Whether the sentence so far is the name of a numbered part and no more, as in
// "Table 9.10. String Functions".
bool IsPartLabel(absl::string_view before_number) {
  const std::string word = absl::AsciiStrToLower(absl::StripTrailingAsciiWhitespace(before_number));
  return Contains(kPartLabels, word);
}

// The letters at the front of `word`, in lower case.
std::string OpeningLetters(absl::string_view word) {
  size_t n = 0;
  while (n < word.size() && absl::ascii_isalpha(word[n])) ++n;
  return absl::AsciiStrToLower(word.substr(0, n));
}

// Whether the terminators text[stop, after) end the sentence that began at
// `begin`, given that white space follows them and then more text at `next`.
bool EndsSentence(absl::string_view text, size_t begin, size_t stop, size_t after, size_t next) {
  size_t pos = next;
  char32_t c = DecodeUtf8(text, &pos);
  while (IsOpener(c) && pos < text.size()) {
    next = pos;
    c = DecodeUtf8(text, &pos);
  }
  const absl::string_view following = WordAt(text, next);
  if (u_islower(static_cast<UChar32>(c)) && !LooksLikeIdentifier(following)) return false;
  if (text[stop] != '.' || text.substr(stop, 2) == "..") return true;
  if (after != stop + 1) return true;  // a closing quote or bracket settles it

  const absl::string_view word = WordBefore(text, begin, stop);
  if (word.empty()) return true;
  // "1. First", "a. First" at the beginning are numbers of items.
  const size_t word_begin = static_cast<size_t>(word.data() - text.data());
  if (word_begin == begin && (IsSectionNumber(word) || word.size() == 1)) return false;
  if (IsSectionNumber(word) && word_begin - begin <= kMaxWord &&
      IsPartLabel(text.substr(begin, word_begin - begin))) {
    return false;
  }
  // An initial: "J. Smith".
  if (word.size() == 1 && absl::ascii_isupper(word[0]) && word[0] != 'I') {
    return !u_isupper(static_cast<UChar32>(c)) || Contains(kOpeners, OpeningLetters(following));
  }
  const std::string lower = absl::AsciiStrToLower(word);
  if (Contains(kNeverFinal, lower)) return false;
  if (Contains(kBeforeNumber, lower) && u_isdigit(static_cast<UChar32>(c))) return false;
  if (Contains(kMaybeFinal, lower) || IsDottedLetters(word)) {
    return u_isupper(static_cast<UChar32>(c)) && Contains(kOpeners, OpeningLetters(following));
  }
  return true;
}

}  // namespace

std::vector<ByteSpan> SplitSentences(absl::string_view text) {
  std::vector<ByteSpan> sentences;
  constexpr size_t kNone = absl::string_view::npos;
  size_t begin = kNone;  // of the sentence at hand
  size_t end = 0;        // behind its last character that isn't white space
  // The last run of terminators with its closers, if nothing but white space
  // has followed it.
  size_t stop = kNone;
  bool full_width = false;
  int line_breaks = 0;  // since `end`

  const auto finish = [&] {
    if (begin != kNone) sentences.push_back({begin, end});
    begin = kNone;
    stop = kNone;
  };

  size_t pos = 0;
  while (pos < text.size()) {
    const size_t at = pos;
    const char32_t c = DecodeUtf8(text, &pos);
    if (IsSpace(c)) {
      if (c == '\n') ++line_breaks;
      if (line_breaks >= 2 || c == 0x2029) finish();
      continue;
    }
    const bool after_space = at > end;
    if (begin != kNone && stop != kNone) {
      if (full_width ? !IsCloser(c) && !IsFullWidthTerminator(c)
                     : after_space && EndsSentence(text, begin, stop, end, at)) {
        finish();
      }
    }
    if (IsFullWidthTerminator(c)) {
      if (stop == kNone) stop = at;
      full_width = true;
    } else if (IsSpacedTerminator(c) && begin != kNone && !after_space) {
      if (stop == kNone) stop = at;
    } else if (!(IsCloser(c) && stop != kNone && !after_space)) {
      stop = kNone;
      full_width = false;
    }
    if (begin == kNone) begin = at;
    end = pos;
    line_breaks = 0;
  }
  finish();
  return sentences;
}

}  // namespace footnote::transformer
