#include <unicode/regex.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>
#include <unicode/utext.h>

#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "kernels/base/status_macros.h"
#include "transformer/tokenizer/character_classes.h"
#include "transformer/tokenizer/pattern.h"

namespace footnote::transformer {
namespace {

// A search may keep so much state for backtracking ...
constexpr int32_t kMaxStackBytes = 64 << 20;
// ... and take so many of ICU's steps, each of about a millisecond.
constexpr int32_t kMaxTimeSteps = 10'000;
constexpr size_t kMaxRegexBytes = 64 << 10;

// Escapes that mean something else in Oniguruma than in ICU.
constexpr const char* kForeign[] = {R"(\h)", R"(\H)", R"(\p{^)", R"(\O)", R"(\K)",
                                    R"(\y)", R"(\Y)", R"(\g<)",  "(?~",   "(*"};

// A set for ICU of the characters that have `cls` for `tokenizers`, of which ICU,
// with the general categories `mask`, knows fewer.
std::string ClassAsSet(absl::string_view name, CharacterClasses::Class cls, uint32_t mask) {
  std::string out = absl::StrCat("[", name);
  const CharacterClasses& classes = CharacterClasses::Get();
  for (char32_t c = 0; c < 0x110000; ++c) {
    if (!classes.Is(c, cls) || (U_GET_GC_MASK(static_cast<UChar32>(c)) & mask) != 0) continue;
    absl::StrAppend(&out, R"(\x{)", absl::Hex(static_cast<uint32_t>(c)), "}");
  }
  return absl::StrCat(out, "]");
}

// `regex` with the classes of characters that tokenizers use most in their newer
// version of Unicode.
std::string WithNewerClasses(const std::string& regex) {
  static const std::string kLetters =
      ClassAsSet(R"(\p{L})", CharacterClasses::kLetter, U_GC_L_MASK);
  static const std::string kNumbers =
      ClassAsSet(R"(\p{N})", CharacterClasses::kNumber, U_GC_N_MASK);
  static const std::string kMarks = ClassAsSet(R"(\p{M})", CharacterClasses::kMark, U_GC_M_MASK);
  return absl::StrReplaceAll(regex, {{R"(\\)", R"(\\)"},  // an escaped backslash begins no class
                                     {R"(\p{L})", kLetters},
                                     {R"(\p{N})", kNumbers},
                                     {R"(\p{M})", kMarks}});
}

class LiteralPattern final : public Pattern {
 public:
  explicit LiteralPattern(std::string literal) : literal_(std::move(literal)) {}

  void Find(absl::string_view text, std::vector<PatternSpan>* spans) const override {
    size_t done = 0;
    while (!literal_.empty()) {
      const size_t hit = text.find(literal_, done);
      if (hit == absl::string_view::npos) break;
      if (hit > done) spans->push_back({done, hit, false});
      done = hit + literal_.size();
      spans->push_back({hit, done, true});
    }
    if (done < text.size()) spans->push_back({done, text.size(), false});
  }

 private:
  const std::string literal_;
};

class IcuPattern final : public Pattern {
 public:
  explicit IcuPattern(std::unique_ptr<const icu::RegexPattern> pattern)
      : pattern_(std::move(pattern)) {}

  void Find(absl::string_view text, std::vector<PatternSpan>* spans) const override {
    UErrorCode error = U_ZERO_ERROR;
    UText utext = UTEXT_INITIALIZER;
    utext_openUTF8(&utext, text.data(), static_cast<int64_t>(text.size()), &error);
    const absl::Cleanup close = [&utext] { utext_close(&utext); };
    const std::unique_ptr<icu::RegexMatcher> matcher(pattern_->matcher(error));
    size_t done = 0;
    if (U_SUCCESS(error)) {
      matcher->setStackLimit(kMaxStackBytes, error);
      matcher->setTimeLimit(kMaxTimeSteps, error);
      matcher->reset(&utext);
      while (U_SUCCESS(error) && matcher->find(error) && U_SUCCESS(error)) {
        const size_t begin = static_cast<size_t>(matcher->start64(error));
        const size_t end = static_cast<size_t>(matcher->end64(error));
        if (U_FAILURE(error) || begin < done || end < begin || end > text.size()) break;
        if (begin > done) spans->push_back({done, begin, false});
        spans->push_back({begin, end, true});
        done = end;
      }
    }
    if (done < text.size()) spans->push_back({done, text.size(), false});
  }

 private:
  const std::unique_ptr<const icu::RegexPattern> pattern_;
};

}  // namespace

std::unique_ptr<const Pattern> MakeLiteralPattern(std::string literal) {
  return std::make_unique<LiteralPattern>(std::move(literal));
}

absl::StatusOr<std::unique_ptr<const Pattern>> MakeIcuPattern(const std::string& regex) {
  if (regex.size() > kMaxRegexBytes) {
    return absl::DataLossError(absl::StrCat("a regular expression of ", regex.size(),
                                            " bytes; at most ", kMaxRegexBytes, " are read"));
  }
  for (const char* foreign : kForeign) {
    if (absl::StrContains(regex, foreign)) {
      return absl::UnimplementedError(absl::StrCat("the regular expression ", regex, " has ",
                                                   foreign, ", which is not supported"));
    }
  }
  UErrorCode error = U_ZERO_ERROR;
  UParseError where = {};
  // In Oniguruma's default syntax ^ and $ match at every line, and '\n' alone ends one.
  std::unique_ptr<const icu::RegexPattern> pattern(
      icu::RegexPattern::compile(icu::UnicodeString::fromUTF8(WithNewerClasses(regex)),
                                 UREGEX_MULTILINE | UREGEX_UNIX_LINES, where, error));
  if (U_FAILURE(error)) {
    return absl::DataLossError(absl::StrCat("the regular expression ", regex, " can't be read: ",
                                            u_errorName(error), " at character ", where.offset));
  }
  return std::make_unique<IcuPattern>(std::move(pattern));
}

absl::StatusOr<std::unique_ptr<const Pattern>> MakeRegexPattern(const std::string& regex) {
  std::unique_ptr<const Pattern> known = FindKnownPattern(regex);
  if (known != nullptr) return known;
  return MakeIcuPattern(regex);
}

}  // namespace footnote::transformer
