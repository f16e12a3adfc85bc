#include "retrieval/filter/expression_scanner.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "retrieval/filter/filter.h"
#include "transformer/text/utf8.h"

namespace footnote::retrieval {
namespace {

constexpr size_t kShownBytes = 24;

bool BeginsName(char c) { return absl::ascii_isalpha(static_cast<unsigned char>(c)) || c == '_'; }
bool ContinuesName(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.';
}

}  // namespace

absl::StatusOr<ExpressionScanner> ExpressionScanner::Make(absl::string_view what,
                                                          absl::string_view text) {
  if (text.size() > kMaxExpressionBytes) {
    return absl::InvalidArgumentError(absl::StrCat(what, " has ", text.size(), " bytes; at most ",
                                                   kMaxExpressionBytes, " are allowed"));
  }
  if (!transformer::IsValidUtf8(text)) {
    return absl::InvalidArgumentError(absl::StrCat(what, " isn't valid UTF-8"));
  }
  return ExpressionScanner(what, text);
}

absl::Status ExpressionScanner::Wrong(absl::string_view expected) const {
  const absl::string_view rest = text_.substr(at_);
  const absl::string_view shown = transformer::Utf8Prefix(rest, kShownBytes);
  const std::string place = rest.empty()
                                ? "at its end"
                                : absl::StrCat("at byte ", at_ + 1, ", \"", shown,
                                               shown.size() < rest.size() ? "...\"" : "\"");
  return absl::InvalidArgumentError(absl::StrCat(what_, ", ", place, ": ", expected));
}

void ExpressionScanner::SkipBlanks() {
  while (at_ < text_.size() && absl::ascii_isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
}

bool ExpressionScanner::AtEnd() {
  SkipBlanks();
  return at_ == text_.size();
}

char ExpressionScanner::Peek() { return AtEnd() ? '\0' : text_[at_]; }

absl::string_view ExpressionScanner::PeekWord() {
  if (!BeginsName(Peek())) return {};
  size_t end = at_ + 1;
  while (end < text_.size() && ContinuesName(text_[end])) ++end;
  return text_.substr(at_, end - at_);
}

bool ExpressionScanner::TakeWord(absl::string_view keyword) {
  const absl::string_view word = PeekWord();
  if (!absl::EqualsIgnoreCase(word, keyword)) return false;
  at_ += word.size();
  return true;
}

bool ExpressionScanner::Take(absl::string_view sign) {
  SkipBlanks();
  if (!absl::StartsWith(text_.substr(at_), sign)) return false;
  at_ += sign.size();
  return true;
}

absl::StatusOr<std::string> ExpressionScanner::Field(bool (*is_keyword)(absl::string_view),
                                                     absl::string_view otherwise) {
  const absl::string_view word = PeekWord();
  if (!word.empty()) {
    if (is_keyword(word)) {
      return Wrong(absl::StrCat("expected a field; one of the name \"", word,
                                "\" is written between back quotes"));
    }
    at_ += word.size();
    return std::string(word);
  }
  if (Peek() != '`') return Wrong(absl::StrCat("expected a field", otherwise));
  const size_t end = text_.find('`', at_ + 1);
  if (end == absl::string_view::npos) return Wrong("the back quote isn't closed");
  if (end == at_ + 1) return Wrong("there is no name between the back quotes");
  std::string field(text_.substr(at_ + 1, end - at_ - 1));
  at_ = end + 1;
  return field;
}

absl::StatusOr<double> ExpressionScanner::Number(absl::string_view expected) {
  SkipBlanks();
  // All that may stand in a number, and what would make it a word.
  size_t end = at_;
  while (end < text_.size() && (ContinuesName(text_[end]) || text_[end] == '+')) ++end;
  double number = 0;
  if (!ReadNumber(text_.substr(at_, end - at_), &number)) return Wrong(expected);
  at_ = end;
  return number;
}

absl::StatusOr<double> ExpressionScanner::UnsignedNumber(absl::string_view expected) {
  SkipBlanks();
  size_t end = at_;
  while (end < text_.size()) {
    const bool sign_of_exponent = (text_[end] == '+' || text_[end] == '-') && end > at_ &&
                                  (text_[end - 1] == 'e' || text_[end - 1] == 'E');
    const bool part = absl::ascii_isalnum(static_cast<unsigned char>(text_[end])) ||
                      text_[end] == '.' || text_[end] == '_';
    if (!part && !sign_of_exponent) break;
    ++end;
  }
  double number = 0;
  if (!ReadNumber(text_.substr(at_, end - at_), &number)) return Wrong(expected);
  at_ = end;
  return number;
}

absl::StatusOr<std::string> ExpressionScanner::Quoted() {
  const char quote = Peek();
  std::string out;
  for (size_t i = at_ + 1; i < text_.size(); ++i) {
    if (text_[i] == quote) {
      at_ = i + 1;
      return out;
    }
    if (text_[i] == '\\') {
      const char next = i + 1 < text_.size() ? text_[i + 1] : '\0';
      if (next != '\\' && next != '"' && next != '\'') {
        at_ = i;
        return Wrong("a backslash stands before a quote or a backslash only; write it twice");
      }
      ++i;
    }
    out.push_back(text_[i]);
  }
  return Wrong("the quote isn't closed");
}

}  // namespace footnote::retrieval
