#include "retrieval/filter/boost.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "retrieval/filter/expression_scanner.h"
#include "retrieval/filter/filter_parser.h"

namespace footnote::retrieval {
namespace {

constexpr char kFactorExpected[] =
    "expected a number, recent(), number(), passes(), min(), max(), log() or \"(\"";

bool NamesFunction(absl::string_view word) {
  for (const char* function : {"recent", "number", "passes", "min", "max", "log"}) {
    if (absl::EqualsIgnoreCase(word, function)) return true;
  }
  return false;
}

Boost Number(double number) {
  Boost out;
  out.number = number;
  return out;
}

Boost Joined(Boost::Kind kind, std::vector<Boost> children) {
  if (children.size() == 1) return std::move(children[0]);
  Boost out;
  out.kind = kind;
  out.children = std::move(children);
  return out;
}

Boost Negative(Boost part) { return Joined(Boost::Kind::kProduct, {Number(-1), std::move(part)}); }

class BoostParser {
 public:
  explicit BoostParser(ExpressionScanner* scanner) : scanner_(*scanner) {}

  absl::StatusOr<Boost> Sum(int depth) {
    std::vector<Boost> parts;
    FN_ASSIGN_OR_RETURN(Boost first, Product(depth));
    parts.push_back(std::move(first));
    while (true) {
      const bool minus = scanner_.Peek() == '-';
      if (!scanner_.Take(minus ? "-" : "+")) return Joined(Boost::Kind::kSum, std::move(parts));
      FN_ASSIGN_OR_RETURN(Boost part, Product(depth));
      parts.push_back(minus ? Negative(std::move(part)) : std::move(part));
    }
  }

 private:
  absl::StatusOr<Boost> Product(int depth) {
    std::vector<Boost> parts;
    do {
      FN_ASSIGN_OR_RETURN(Boost part, Factor(depth));
      parts.push_back(std::move(part));
    } while (scanner_.Take("*"));
    return Joined(Boost::Kind::kProduct, std::move(parts));
  }

  absl::StatusOr<Boost> Factor(int depth) {
    if (depth >= kMaxExpressionDepth) {
      return scanner_.Wrong(absl::StrCat("brackets and signs are nested deeper than ",
                                         kMaxExpressionDepth, " levels; write it flatter"));
    }
    if (scanner_.Take("-")) {
      FN_ASSIGN_OR_RETURN(Boost part, Factor(depth + 1));
      return Negative(std::move(part));
    }
    if (scanner_.Take("(")) {
      FN_ASSIGN_OR_RETURN(Boost part, Sum(depth + 1));
      if (!scanner_.Take(")")) return scanner_.Wrong("expected +, -, * or \")\"");
      return part;
    }
    if (NamesFunction(scanner_.PeekWord())) return Function(depth);
    FN_ASSIGN_OR_RETURN(const double number, scanner_.UnsignedNumber(kFactorExpected));
    return Number(number);
  }

  absl::StatusOr<Boost> Function(int depth) {
    Boost out;
    if (scanner_.TakeWord("recent")) {
      out.kind = Boost::Kind::kRecent;
      FN_RETURN_IF_ERROR(OpenWithField("recent(updated, 180)", &out));
      if (!scanner_.Take(",")) return scanner_.Wrong("expected \",\" and a number of days");
      FN_ASSIGN_OR_RETURN(out.number, scanner_.UnsignedNumber("expected a number of days"));
      if (out.number <= 0) return scanner_.Wrong("the number of days before it must be above 0");
    } else if (scanner_.TakeWord("number")) {
      out.kind = Boost::Kind::kField;
      FN_RETURN_IF_ERROR(OpenWithField("number(views, 0)", &out));
      if (scanner_.Take(",")) {
        const bool negative = scanner_.Take("-");
        FN_ASSIGN_OR_RETURN(out.number, scanner_.UnsignedNumber("expected a number"));
        if (negative) out.number = -out.number;
      }
    } else if (scanner_.TakeWord("passes")) {
      out.kind = Boost::Kind::kPasses;
      if (!scanner_.Take("(")) return scanner_.Wrong("expected \"(\" and a filter");
      FN_ASSIGN_OR_RETURN(out.filter, ParseFilterAt(&scanner_, depth + 1));
      FN_RETURN_IF_ERROR(CheckFilter(out.filter));
    } else {
      out.kind = scanner_.TakeWord("min")   ? Boost::Kind::kMin
                 : scanner_.TakeWord("max") ? Boost::Kind::kMax
                                            : Boost::Kind::kLog;
      if (out.kind == Boost::Kind::kLog) scanner_.TakeWord("log");
      if (!scanner_.Take("(")) return scanner_.Wrong("expected \"(\" after the function");
      do {
        FN_ASSIGN_OR_RETURN(Boost part, Sum(depth + 1));
        out.children.push_back(std::move(part));
      } while (out.kind != Boost::Kind::kLog && scanner_.Take(","));
    }
    if (!scanner_.Take(")")) return scanner_.Wrong("expected \")\"");
    return out;
  }

  absl::Status OpenWithField(absl::string_view example, Boost* out) {
    if (!scanner_.Take("(")) {
      return scanner_.Wrong(absl::StrCat("expected \"(\" and a field, as in ", example));
    }
    FN_ASSIGN_OR_RETURN(out->field, scanner_.Field([](absl::string_view) { return false; },
                                                   absl::StrCat(", as in ", example)));
    return absl::OkStatus();
  }

  ExpressionScanner& scanner_;
};

}  // namespace

absl::StatusOr<Boost> ParseBoost(absl::string_view text) {
  FN_ASSIGN_OR_RETURN(ExpressionScanner scanner, ExpressionScanner::Make("the boost", text));
  if (text.size() > kMaxBoostBytes) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the boost has ", text.size(), " bytes; at most ", kMaxBoostBytes, " are allowed"));
  }
  FN_ASSIGN_OR_RETURN(Boost boost, BoostParser(&scanner).Sum(0));
  if (!scanner.AtEnd()) return scanner.Wrong("expected +, -, * or the end");
  return boost;
}

}  // namespace footnote::retrieval
