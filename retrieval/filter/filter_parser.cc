#include "retrieval/filter/filter_parser.h"

#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"

namespace footnote::retrieval {
namespace {

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

class FilterParser {
 public:
  explicit FilterParser(ExpressionScanner* scanner) : scanner_(*scanner) {}

  absl::StatusOr<Filter> Or(int depth) {
    return Joined(Filter::Kind::kAny, "or", depth, &FilterParser::And);
  }

 private:
  absl::StatusOr<Filter> Joined(Filter::Kind kind, absl::string_view keyword, int depth,
                                absl::StatusOr<Filter> (FilterParser::*part)(int)) {
    FN_ASSIGN_OR_RETURN(Filter first, (this->*part)(depth));
    if (!absl::EqualsIgnoreCase(scanner_.PeekWord(), keyword)) return first;
    Filter out;
    out.kind = kind;
    out.children.push_back(std::move(first));
    while (scanner_.TakeWord(keyword)) {
      FN_ASSIGN_OR_RETURN(Filter next, (this->*part)(depth));
      out.children.push_back(std::move(next));
    }
    return out;
  }

  absl::StatusOr<Filter> And(int depth) {
    return Joined(Filter::Kind::kAll, "and", depth, &FilterParser::Single);
  }

  absl::StatusOr<Filter> Single(int depth) {
    if (depth >= kMaxExpressionDepth) {
      return scanner_.Wrong(absl::StrCat("brackets and \"not\" are nested deeper than ",
                                         kMaxExpressionDepth, " levels; write it flatter"));
    }
    if (scanner_.TakeWord("not")) {
      FN_ASSIGN_OR_RETURN(Filter part, Single(depth + 1));
      return Not(std::move(part));
    }
    if (scanner_.Take("(")) {
      FN_ASSIGN_OR_RETURN(Filter part, Or(depth + 1));
      if (!scanner_.Take(")")) return scanner_.Wrong("expected \"and\", \"or\" or \")\"");
      return part;
    }
    if (scanner_.TakeWord("exists")) return Exists();
    if (scanner_.TakeWord("prefix")) return Prefix();
    return Comparison();
  }

  absl::StatusOr<Filter> Exists() {
    if (!scanner_.Take("("))
      return scanner_.Wrong("expected \"(\" and a field, as in exists(draft)");
    FN_ASSIGN_OR_RETURN(std::string field, Field());
    if (!scanner_.Take(")")) return scanner_.Wrong("expected \")\" after the field");
    return Condition(Filter::Kind::kExists, std::move(field), {});
  }

  absl::StatusOr<Filter> Prefix() {
    if (!scanner_.Take("("))
      return scanner_.Wrong("expected \"(\", as in prefix(source, \"/manual/\")");
    FN_ASSIGN_OR_RETURN(std::string field, Field());
    if (!scanner_.Take(","))
      return scanner_.Wrong("expected \",\" and a text, as in prefix(source, \"/manual/\")");
    FN_ASSIGN_OR_RETURN(FilterValue value, Value());
    if (!scanner_.Take(")")) return scanner_.Wrong("expected \")\" after the text");
    return Condition(Filter::Kind::kPrefix, std::move(field), {std::move(value)});
  }

  absl::StatusOr<Filter> Comparison() {
    FN_ASSIGN_OR_RETURN(std::string field, Field());
    const bool negated = scanner_.TakeWord("not");
    if (scanner_.TakeWord("in")) {
      FN_ASSIGN_OR_RETURN(std::vector<FilterValue> values, Values());
      Filter set = Condition(Filter::Kind::kOneOf, std::move(field), std::move(values));
      return negated ? Not(std::move(set)) : std::move(set);
    }
    if (negated) return scanner_.Wrong("expected \"in\" after \"not\"");
    static constexpr struct {
      const char* sign;
      Filter::Kind kind;
      bool negated;
    } kSigns[] = {{"!=", Filter::Kind::kOneOf, true},    {"<=", Filter::Kind::kAtMost, false},
                  {">=", Filter::Kind::kAtLeast, false}, {"==", Filter::Kind::kOneOf, false},
                  {"=", Filter::Kind::kOneOf, false},    {"<", Filter::Kind::kBelow, false},
                  {">", Filter::Kind::kAbove, false}};
    for (const auto& s : kSigns) {
      if (!scanner_.Take(s.sign)) continue;
      FN_ASSIGN_OR_RETURN(FilterValue value, Value());
      Filter condition = Condition(s.kind, std::move(field), {std::move(value)});
      return s.negated ? Not(std::move(condition)) : std::move(condition);
    }
    return scanner_.Wrong("expected =, !=, <, <=, >, >= or \"in\" after the field");
  }

  absl::StatusOr<std::string> Field() {
    return scanner_.Field(&IsKeyword, ", \"not\", \"exists\", \"prefix\" or \"(\"");
  }

  absl::StatusOr<std::vector<FilterValue>> Values() {
    if (!scanner_.Take("("))
      return scanner_.Wrong("expected \"(\" and values, as in lang in (\"en\", \"de\")");
    std::vector<FilterValue> values;
    do {
      FN_ASSIGN_OR_RETURN(FilterValue value, Value());
      values.push_back(std::move(value));
    } while (scanner_.Take(","));
    if (!scanner_.Take(")")) return scanner_.Wrong("expected \",\" or \")\" after the value");
    return values;
  }

  absl::StatusOr<FilterValue> Value() {
    if (scanner_.Peek() == '"' || scanner_.Peek() == '\'') {
      FN_ASSIGN_OR_RETURN(std::string text, scanner_.Quoted());
      return FilterValue(std::move(text));
    }
    FN_ASSIGN_OR_RETURN(const double number,
                        scanner_.Number("expected a number, or a text in quotes"));
    return FilterValue(number);
  }

  ExpressionScanner& scanner_;
};

}  // namespace

absl::StatusOr<Filter> ParseFilterAt(ExpressionScanner* scanner, int depth) {
  return FilterParser(scanner).Or(depth);
}

absl::StatusOr<Filter> ParseFilter(absl::string_view text) {
  FN_ASSIGN_OR_RETURN(ExpressionScanner scanner, ExpressionScanner::Make("the filter", text));
  FN_ASSIGN_OR_RETURN(Filter filter, ParseFilterAt(&scanner, 0));
  if (!scanner.AtEnd()) return scanner.Wrong("expected \"and\", \"or\" or the end");
  FN_RETURN_IF_ERROR(CheckFilter(filter));
  return filter;
}

}  // namespace footnote::retrieval
