#include "retrieval/filter/filter_parser.h"

#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/text/utf8.h"

namespace footnote::retrieval {
namespace {

// Of brackets and "not": a bound on the stack. The tree has its own limit.
constexpr int kMaxBrackets = 64;
constexpr size_t kShownBytes = 24;

bool BeginsName(char c) { return absl::ascii_isalpha(static_cast<unsigned char>(c)) || c == '_'; }
bool ContinuesName(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-' || c == '.';
}

bool IsKeyword(absl::string_view word) {
  for (const char* keyword : {"and", "or", "not", "in", "exists", "prefix"}) {
    if (absl::EqualsIgnoreCase(word, keyword)) return true;
  }
  return false;
}

Filter Condition(Filter::Kind kind, std::string field, std::vector<FilterValue> values) {
  Filter out;
  out.kind = kind;
  out.field = std::move(field);
  out.values = std::move(values);
  return out;
}

Filter Not(Filter part) {
  // "not (a or b)" is what kNone says.
  if (part.kind == Filter::Kind::kAny) {
    part.kind = Filter::Kind::kNone;
    return part;
  }
  Filter out;
  out.kind = Filter::Kind::kNone;
  out.children.push_back(std::move(part));
  return out;
}

// A descent over the bytes. `at_` never passes the end of `text_`.
class FilterParser {
 public:
  explicit FilterParser(absl::string_view text) : text_(text) {}

  absl::StatusOr<Filter> Run() {
    FN_ASSIGN_OR_RETURN(Filter filter, Or(0));
    SkipBlanks();
    if (at_ < text_.size()) return Wrong("expected \"and\", \"or\" or the end");
    return filter;
  }

 private:
  absl::Status Wrong(absl::string_view expected) const {
    const absl::string_view rest = text_.substr(at_);
    const absl::string_view shown = transformer::Utf8Prefix(rest, kShownBytes);
    const std::string place = rest.empty()
                                  ? "at its end"
                                  : absl::StrCat("at byte ", at_ + 1, ", \"", shown,
                                                 shown.size() < rest.size() ? "...\"" : "\"");
    return absl::InvalidArgumentError(absl::StrCat("the filter, ", place, ": ", expected));
  }

  void SkipBlanks() {
    while (at_ < text_.size() && absl::ascii_isspace(static_cast<unsigned char>(text_[at_]))) ++at_;
  }

  // The name or keyword that comes next, or nothing.
  absl::string_view PeekWord() {
    SkipBlanks();
    if (at_ == text_.size() || !BeginsName(text_[at_])) return {};
    size_t end = at_ + 1;
    while (end < text_.size() && ContinuesName(text_[end])) ++end;
    return text_.substr(at_, end - at_);
  }

  bool TakeWord(absl::string_view keyword) {
    const absl::string_view word = PeekWord();
    if (!absl::EqualsIgnoreCase(word, keyword)) return false;
    at_ += word.size();
    return true;
  }

  bool Take(absl::string_view sign) {
    SkipBlanks();
    if (!absl::StartsWith(text_.substr(at_), sign)) return false;
    at_ += sign.size();
    return true;
  }

  absl::StatusOr<Filter> Joined(Filter::Kind kind, absl::string_view keyword, int depth,
                                absl::StatusOr<Filter> (FilterParser::*part)(int)) {
    FN_ASSIGN_OR_RETURN(Filter first, (this->*part)(depth));
    if (!absl::EqualsIgnoreCase(PeekWord(), keyword)) return first;
    Filter out;
    out.kind = kind;
    out.children.push_back(std::move(first));
    while (TakeWord(keyword)) {
      FN_ASSIGN_OR_RETURN(Filter next, (this->*part)(depth));
      out.children.push_back(std::move(next));
    }
    return out;
  }

  absl::StatusOr<Filter> Or(int depth) {
    return Joined(Filter::Kind::kAny, "or", depth, &FilterParser::And);
  }
  absl::StatusOr<Filter> And(int depth) {
    return Joined(Filter::Kind::kAll, "and", depth, &FilterParser::Single);
  }

  absl::StatusOr<Filter> Single(int depth) {
    SkipBlanks();
    if (depth >= kMaxBrackets) {
      return Wrong(absl::StrCat("brackets and \"not\" are nested deeper than ", kMaxBrackets,
                                " levels; write it flatter"));
    }
    if (TakeWord("not")) {
      FN_ASSIGN_OR_RETURN(Filter part, Single(depth + 1));
      return Not(std::move(part));
    }
    if (Take("(")) {
      FN_ASSIGN_OR_RETURN(Filter part, Or(depth + 1));
      if (!Take(")")) return Wrong("expected \"and\", \"or\" or \")\"");
      return part;
    }
    if (TakeWord("exists")) return Exists();
    if (TakeWord("prefix")) return Prefix();
    return Comparison();
  }

  absl::StatusOr<Filter> Exists() {
    if (!Take("(")) return Wrong("expected \"(\" and a field, as in exists(draft)");
    FN_ASSIGN_OR_RETURN(std::string field, Field());
    if (!Take(")")) return Wrong("expected \")\" after the field");
    return Condition(Filter::Kind::kExists, std::move(field), {});
  }

  absl::StatusOr<Filter> Prefix() {
    if (!Take("(")) return Wrong("expected \"(\", as in prefix(source, \"/manual/\")");
    FN_ASSIGN_OR_RETURN(std::string field, Field());
    if (!Take(",")) return Wrong("expected \",\" and a text, as in prefix(source, \"/manual/\")");
    FN_ASSIGN_OR_RETURN(FilterValue value, Value());
    if (!Take(")")) return Wrong("expected \")\" after the text");
    return Condition(Filter::Kind::kPrefix, std::move(field), {std::move(value)});
  }

  absl::StatusOr<Filter> Comparison() {
    FN_ASSIGN_OR_RETURN(std::string field, Field());
    const bool negated = TakeWord("not");
    if (TakeWord("in")) {
      FN_ASSIGN_OR_RETURN(std::vector<FilterValue> values, Values());
      Filter set = Condition(Filter::Kind::kOneOf, std::move(field), std::move(values));
      return negated ? Not(std::move(set)) : std::move(set);
    }
    if (negated) return Wrong("expected \"in\" after \"not\"");
    static constexpr struct {
      const char* sign;
      Filter::Kind kind;
      bool negated;
    } kSigns[] = {{"!=", Filter::Kind::kOneOf, true},    {"<=", Filter::Kind::kAtMost, false},
                  {">=", Filter::Kind::kAtLeast, false}, {"==", Filter::Kind::kOneOf, false},
                  {"=", Filter::Kind::kOneOf, false},    {"<", Filter::Kind::kBelow, false},
                  {">", Filter::Kind::kAbove, false}};
    for (const auto& s : kSigns) {
      if (!Take(s.sign)) continue;
      FN_ASSIGN_OR_RETURN(FilterValue value, Value());
      Filter condition = Condition(s.kind, std::move(field), {std::move(value)});
      return s.negated ? Not(std::move(condition)) : std::move(condition);
    }
    SkipBlanks();
    return Wrong("expected =, !=, <, <=, >, >= or \"in\" after the field");
  }

  absl::StatusOr<std::string> Field() {
    const absl::string_view word = PeekWord();
    if (!word.empty()) {
      if (IsKeyword(word)) {
        return Wrong(absl::StrCat("expected a field; one of the name \"", word,
                                  "\" is written between back quotes"));
      }
      at_ += word.size();
      return std::string(word);
    }
    if (at_ == text_.size() || text_[at_] != '`') {
      return Wrong("expected a field, \"not\", \"exists\", \"prefix\" or \"(\"");
    }
    const size_t end = text_.find('`', at_ + 1);
    if (end == absl::string_view::npos) return Wrong("the back quote isn't closed");
    if (end == at_ + 1) return Wrong("there is no name between the back quotes");
    std::string field(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return field;
  }

  absl::StatusOr<std::vector<FilterValue>> Values() {
    if (!Take("(")) return Wrong("expected \"(\" and values, as in lang in (\"en\", \"de\")");
    std::vector<FilterValue> values;
    do {
      FN_ASSIGN_OR_RETURN(FilterValue value, Value());
      values.push_back(std::move(value));
    } while (Take(","));
    if (!Take(")")) return Wrong("expected \",\" or \")\" after the value");
    return values;
  }

  absl::StatusOr<FilterValue> Value() {
    SkipBlanks();
    const char c = at_ < text_.size() ? text_[at_] : '\0';
    if (c == '"' || c == '\'') return Quoted(c);
    // All that may stand in a number, and what would make it a word.
    size_t end = at_;
    while (end < text_.size() && (ContinuesName(text_[end]) || text_[end] == '+')) ++end;
    double number = 0;
    if (!ReadNumber(text_.substr(at_, end - at_), &number)) {
      return Wrong("expected a number, or a text in quotes");
    }
    at_ = end;
    return FilterValue(number);
  }

  absl::StatusOr<FilterValue> Quoted(char quote) {
    std::string out;
    for (size_t i = at_ + 1; i < text_.size(); ++i) {
      if (text_[i] == quote) {
        at_ = i + 1;
        return FilterValue(std::move(out));
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

  const absl::string_view text_;
  size_t at_ = 0;
};

}  // namespace

absl::StatusOr<Filter> ParseFilter(absl::string_view text) {
  if (text.size() > kMaxFilterExpressionBytes) {
    return absl::InvalidArgumentError(absl::StrCat("the filter has ", text.size(),
                                                   " bytes; at most ", kMaxFilterExpressionBytes,
                                                   " are allowed"));
  }
  if (!transformer::IsValidUtf8(text)) {
    return absl::InvalidArgumentError("the filter isn't valid UTF-8");
  }
  FN_ASSIGN_OR_RETURN(Filter filter, FilterParser(text).Run());
  FN_RETURN_IF_ERROR(CheckFilter(filter));
  return filter;
}

}  // namespace footnote::retrieval
