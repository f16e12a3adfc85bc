#include "transformer/chat/lexer.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "kernels/base/status_macros.h"
#include "transformer/text/utf8.h"

namespace footnote::transformer::chat {
namespace {

constexpr absl::string_view kOperators[] = {"**", "//", "==", "!=", "<=", ">=", "+", "-", "*",
                                            "/",  "%",  "~",  "<",  ">",  "=",  "(", ")", "[",
                                            "]",  "{",  "}",  ",",  ":",  ".",  "|"};

bool IsNameStart(char c) { return absl::ascii_isalpha(static_cast<unsigned char>(c)) || c == '_'; }
bool IsDigit(char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); }
bool IsSpace(char c) { return absl::ascii_isspace(static_cast<unsigned char>(c)); }

class Lexer {
 public:
  explicit Lexer(std::string source) : source_(std::move(source)) {}

  absl::StatusOr<std::vector<Token>> Run() {
    while (pos_ < source_.size()) {
      const size_t tag = FindTag();
      std::string text = source_.substr(pos_, tag - pos_);
      if (tag == source_.size()) {
        AddText(std::move(text));
        break;
      }
      const char kind = source_[tag + 1];
      const char sign = tag + 2 < source_.size() ? source_[tag + 2] : '\0';
      TrimBefore(kind, sign, &text);
      AddText(std::move(text));
      line_ += static_cast<int>(std::count(source_.begin() + static_cast<int64_t>(pos_),
                                           source_.begin() + static_cast<int64_t>(tag), '\n'));
      pos_ = tag + 2 + (sign == '-' || (sign == '+' && kind != '{') ? 1 : 0);
      if (kind == '#') {
        FN_RETURN_IF_ERROR(SkipComment());
      } else {
        FN_RETURN_IF_ERROR(ReadTag(kind == '{'));
      }
    }
    Add(Token::Kind::kEnd, "");
    return std::move(tokens_);
  }

 private:
  // The next "{{", "{%" or "{#".
  size_t FindTag() const {
    size_t at = pos_;
    while ((at = source_.find('{', at)) != std::string::npos) {
      if (at + 1 < source_.size() &&
          (source_[at + 1] == '{' || source_[at + 1] == '%' || source_[at + 1] == '#')) {
        return at;
      }
      ++at;
    }
    return source_.size();
  }

  void TrimBefore(char kind, char sign, std::string* text) const {
    if (sign == '-') {
      while (!text->empty() && IsSpace(text->back())) text->pop_back();
      return;
    }
    if (sign == '+' || kind == '{') return;
    // lstrip_blocks: nothing but white space before the tag on its line.
    const size_t line_break = text->rfind('\n');
    const size_t begin = line_break == std::string::npos ? 0 : line_break + 1;
    if (begin == 0 && !line_starting_) return;
    if (std::all_of(text->begin() + static_cast<int64_t>(begin), text->end(), IsSpace)) {
      text->resize(begin);
    }
  }

  void AddText(std::string text) {
    if (!text.empty()) Add(Token::Kind::kText, std::move(text));
  }
  void Add(Token::Kind kind, std::string text) {
    tokens_.push_back({kind, std::move(text), line_});
  }

  absl::Status Error(absl::string_view what) const {
    return absl::InvalidArgumentError(absl::StrCat("line ", line_, ": ", what));
  }

  // After the end of a tag: white space that goes with it.
  void TrimAfter(bool strip, bool is_print) {
    line_starting_ = false;
    if (strip) {
      while (pos_ < source_.size() && IsSpace(source_[pos_])) {
        line_starting_ = source_[pos_] == '\n';
        if (source_[pos_++] == '\n') ++line_;
      }
    } else if (!is_print && pos_ < source_.size() && source_[pos_] == '\n') {
      ++pos_;
      ++line_;
      line_starting_ = true;
    }
  }

  absl::Status SkipComment() {
    const size_t end = source_.find("#}", pos_);
    if (end == std::string::npos) return Error("a comment doesn't end");
    line_ += static_cast<int>(std::count(source_.begin() + static_cast<int64_t>(pos_),
                                         source_.begin() + static_cast<int64_t>(end), '\n'));
    const bool strip = end > pos_ && source_[end - 1] == '-';
    const bool keep = end > pos_ && source_[end - 1] == '+';
    pos_ = end + 2;
    TrimAfter(strip, keep);
    return absl::OkStatus();
  }

  // Whether the tag ends here; then it is left behind.
  bool EndOfTag(bool is_print) {
    const absl::string_view rest = absl::string_view(source_).substr(pos_);
    const absl::string_view end = is_print ? "}}" : "%}";
    const bool sign = !rest.empty() && (rest[0] == '-' || (rest[0] == '+' && !is_print));
    if (!absl::StartsWith(rest.substr(sign ? 1 : 0), end)) return false;
    Add(is_print ? Token::Kind::kPrintEnd : Token::Kind::kBlockEnd, std::string(end));
    const bool strip = sign && rest[0] == '-';
    pos_ += end.size() + (sign ? 1 : 0);
    TrimAfter(strip, is_print || (sign && !strip));
    return true;
  }

  absl::Status ReadTag(bool is_print) {
    Add(is_print ? Token::Kind::kPrintBegin : Token::Kind::kBlockBegin, "");
    int depth = 0;  // of brackets
    while (true) {
      while (pos_ < source_.size() && IsSpace(source_[pos_])) {
        if (source_[pos_++] == '\n') ++line_;
      }
      if (pos_ >= source_.size()) return Error("a tag doesn't end");
      if (depth == 0 && EndOfTag(is_print)) return absl::OkStatus();
      const char c = source_[pos_];
      if (c == '\'' || c == '"') {
        FN_RETURN_IF_ERROR(ReadString());
      } else if (IsDigit(c)) {
        ReadNumber();
      } else if (IsNameStart(c)) {
        const size_t begin = pos_;
        while (pos_ < source_.size() && (IsNameStart(source_[pos_]) || IsDigit(source_[pos_]))) {
          ++pos_;
        }
        Add(Token::Kind::kName, source_.substr(begin, pos_ - begin));
      } else {
        FN_RETURN_IF_ERROR(ReadOperator(&depth));
      }
    }
  }

  absl::Status ReadOperator(int* depth) {
    const absl::string_view rest = absl::string_view(source_).substr(pos_);
    for (const absl::string_view op : kOperators) {
      if (!absl::StartsWith(rest, op)) continue;
      if (op == "(" || op == "[" || op == "{") ++*depth;
      if (op == ")" || op == "]" || op == "}") --*depth;
      if (*depth < 0) return Error("a bracket closes that wasn't opened");
      Add(Token::Kind::kOperator, std::string(op));
      pos_ += op.size();
      return absl::OkStatus();
    }
    return Error(absl::StrCat("\"", absl::CHexEscape(rest.substr(0, 1)), "\" means nothing here"));
  }

  void ReadNumber() {
    const size_t begin = pos_;
    bool is_float = false;
    const auto digits = [this] {
      while (pos_ < source_.size() && (IsDigit(source_[pos_]) || source_[pos_] == '_')) ++pos_;
    };
    digits();
    if (pos_ + 1 < source_.size() && source_[pos_] == '.' && IsDigit(source_[pos_ + 1])) {
      is_float = true;
      ++pos_;
      digits();
    }
    std::string text = source_.substr(begin, pos_ - begin);
    text.erase(std::remove(text.begin(), text.end(), '_'), text.end());
    Add(is_float ? Token::Kind::kFloat : Token::Kind::kInt, std::move(text));
  }

  // With Python's escapes.
  absl::Status ReadString() {
    const char quote = source_[pos_++];
    std::string out;
    for (; pos_ < source_.size() && source_[pos_] != quote; ++pos_) {
      const char c = source_[pos_];
      if (c == '\n') ++line_;
      if (c != '\\' || pos_ + 1 >= source_.size()) {
        out += c;
        continue;
      }
      AppendEscape(source_[++pos_], &out);
    }
    if (pos_ >= source_.size()) return Error("a text doesn't end");
    ++pos_;
    Add(Token::Kind::kString, std::move(out));
    return absl::OkStatus();
  }

  void AppendEscape(char c, std::string* out) {
    static constexpr std::pair<char, char> kSimple[] = {
        {'n', '\n'}, {'t', '\t'}, {'r', '\r'}, {'\\', '\\'}, {'\'', '\''}, {'"', '"'},
        {'b', '\b'}, {'f', '\f'}, {'v', '\v'}, {'a', '\a'},  {'0', '\0'}};
    for (const auto& [name, value] : kSimple) {
      if (c == name) {
        *out += value;
        return;
      }
    }
    const size_t digits = c == 'x' ? 2 : c == 'u' ? 4 : c == 'U' ? 8 : 0;
    uint32_t code = 0;
    if (digits > 0 && absl::SimpleHexAtoi(source_.substr(pos_ + 1, digits), &code) &&
        code < 0x110000 && (code < 0xD800 || code >= 0xE000)) {
      AppendUtf8(static_cast<char32_t>(code), out);
      pos_ += digits;
      return;
    }
    if (c == '\n') {  // a line that goes on
      ++line_;
      return;
    }
    *out += '\\';
    *out += c;
  }

  const std::string source_;
  size_t pos_ = 0;
  int line_ = 1;
  bool line_starting_ = true;
  std::vector<Token> tokens_;
};

}  // namespace

absl::StatusOr<std::vector<Token>> Tokenize(absl::string_view source) {
  if (!IsValidUtf8(source)) return absl::InvalidArgumentError("a template is not valid UTF-8");
  std::string text = absl::StrReplaceAll(source, {{"\r\n", "\n"}, {"\r", "\n"}});
  if (absl::EndsWith(text, "\n")) text.pop_back();
  return Lexer(std::move(text)).Run();
}

}  // namespace footnote::transformer::chat
