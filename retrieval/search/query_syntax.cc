#include "retrieval/search/query_syntax.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/strip.h"

namespace footnote::retrieval {
namespace {

constexpr absl::string_view kPunctuation = ".,;:!?)";
constexpr absl::string_view kOpening = "\xE2\x80\x9C", kClosing = "\xE2\x80\x9D";  // typographic

bool IsWordByte(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         static_cast<unsigned char>(c) >= 0x80;
}

bool HasWord(absl::string_view text) { return std::any_of(text.begin(), text.end(), IsWordByte); }

// Whether a word behind a dash is an option of some program rather than a word to exclude.
bool IsOption(absl::string_view word) {
  while (!word.empty() && kPunctuation.find(word.back()) != absl::string_view::npos) {
    word.remove_suffix(1);
  }
  if (word.find('=') != absl::string_view::npos) return true;
  const auto is_ascii = [](char c) { return static_cast<unsigned char>(c) < 0x80; };
  if (word.size() <= 2 && std::all_of(word.begin(), word.end(), is_ascii)) return true;
  return std::all_of(word.begin() + 1, word.end(),
                     [](char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); });
}

// Takes the operators out of a query from its beginning to its end.
class Parser {
 public:
  explicit Parser(absl::string_view query) : query_(query), rest_(query) {}

  ParsedQuery Run() && {
    while (!rest_.empty()) {
      if (absl::ascii_isspace(static_cast<unsigned char>(rest_[0])) || rest_[0] == '(') {
        plain_.push_back(rest_[0]);
        rest_.remove_prefix(1);
      } else if (!TakeClause()) {
        const absl::string_view word = Word(rest_);
        plain_.append(word.data(), word.size());
        rest_.remove_prefix(word.size());
      }
    }
    EndPlain();
    if (out_.clauses.empty() || !HasWord(out_.text)) return {std::string(query_), {}};
    return std::move(out_);
  }

 private:
  // What stands before the next blank.
  static absl::string_view Word(absl::string_view text) {
    const auto end = std::find_if(text.begin(), text.end(), [](char c) {
      return absl::ascii_isspace(static_cast<unsigned char>(c));
    });
    return text.substr(0, static_cast<size_t>(end - text.begin()));
  }

  // The phrase in quotes at the beginning of `text`, which loses it; none: there is none.
  static std::optional<absl::string_view> TakeQuoted(absl::string_view* text) {
    absl::string_view rest = *text, closing = "\"";
    if (absl::ConsumePrefix(&rest, kOpening)) {
      closing = kClosing;
    } else if (!absl::ConsumePrefix(&rest, "\"")) {
      return std::nullopt;
    }
    const size_t end = rest.find(closing);
    if (end == absl::string_view::npos || !HasWord(rest.substr(0, end))) return std::nullopt;
    const absl::string_view phrase = rest.substr(0, end);
    rest.remove_prefix(end + closing.size());
    if (!rest.empty() && !absl::ascii_isspace(static_cast<unsigned char>(rest[0])) &&
        kPunctuation.find(rest[0]) == absl::string_view::npos) {
      return std::nullopt;
    }
    *text = rest;
    return phrase;
  }

  // Whether an operator with what belongs to it stood at the beginning of rest_.
  bool TakeClause() {
    absl::string_view rest = rest_;
    const bool excluded = absl::ConsumePrefix(&rest, "-");
    const bool required = !excluded && absl::ConsumePrefix(&rest, "+");
    std::optional<absl::string_view> text = TakeQuoted(&rest);
    if (!text.has_value()) {
      const absl::string_view word = Word(rest);
      if (!(excluded || required) || word.empty() || !IsWordByte(word[0]) ||
          absl::ascii_isdigit(static_cast<unsigned char>(word[0])) ||
          absl::StartsWith(word, kOpening) || (excluded && IsOption(word))) {
        return false;
      }
      text = word;
      rest.remove_prefix(word.size());
    }
    EndPlain();
    out_.clauses.push_back({std::string(*text), excluded});
    if (!excluded) Append(*text);
    rest_ = rest;
    return true;
  }

  void EndPlain() {
    Append(absl::StripAsciiWhitespace(plain_));
    plain_.clear();
  }

  void Append(absl::string_view piece) {
    if (piece.empty()) return;
    if (!out_.text.empty()) out_.text.push_back(' ');
    out_.text.append(piece.data(), piece.size());
  }

  const absl::string_view query_;
  absl::string_view rest_;
  std::string plain_;  // since the last clause
  ParsedQuery out_;
};

}  // namespace

ParsedQuery ParseQuery(absl::string_view query) { return Parser(query).Run(); }

}  // namespace footnote::retrieval
