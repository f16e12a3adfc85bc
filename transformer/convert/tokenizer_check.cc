#include "transformer/convert/tokenizer_check.h"

#include <cstdint>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace footnote::transformer {
namespace {

// Without texts of special tokens: a Unigram model that holds "</s>" finds it in
// plain text, which GGUF's readers never do. Cases in which the usual ways to split and to
// normalise differ.
constexpr absl::string_view kTexts[] = {
    "",
    " ",
    "a",
    "Hello, world!",
    "  two  spaces   and more ",
    "tabs\tand\nlines\r\n\n\n  indented\n",
    "I'm, you'LL, they've, it's, CAN'T",
    "numbers 1 12 123 1234 1234567890 3.14159 1,024 ½ ²",
    "CamelCaseAndSNAKE_CASE and_under_scores",
    "if (x != 0) { return a[i] >= b->c; } // done...",
    "http://example.org/path?q=1&r=%20#part",
    "Grüße aus Köln: façade, naïve, Ångström, e\u0301",
    "Быстрая лиса и ΑΒΓ αβγ",
    "数据库服务器，你好。日本語テスト 한국어",
    "مرحبا بالعالم שלום हिन्दी ไทย",
    "emoji \U0001F600\U0001F468\u200D\U0001F469\u200D\U0001F467 \u2764\uFE0F",
    "ﬁ ligature, ＦＵＬＬ width, \u00A0no-break\u2003em\u200Bzero",
    "control \x01\x02\x7F characters",
};

}  // namespace

absl::Status CheckSameTokens(const Tokenizer& before, const Tokenizer& after,
                             const std::string& what) {
  for (const absl::string_view text : kTexts) {
    for (const TokenizeOptions& options : {TokenizeOptions{true, false}, {false, true}}) {
      const std::vector<int32_t> wanted = before.Tokenize(text, options);
      if (after.Tokenize(text, options) == wanted &&
          after.Decode(wanted, true) == before.Decode(wanted, true)) {
        continue;
      }
      return absl::UnimplementedError(
          absl::StrCat(what,
                       " can't say how this tokenizer works: it would give other tokens or "
                       "another text for \"",
                       absl::Utf8SafeCHexEscape(text), "\""));
    }
  }
  return absl::OkStatus();
}

}  // namespace footnote::transformer
