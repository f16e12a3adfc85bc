// SentencePiece's compiled table of replacements ("precompiled_charsmap").
//
// A u32 with the bytes of a double-array trie, its units (u32 each), then the
// replacements, each ended by a NUL; the trie's values are offsets into those. All
// little-endian. Source: sentencepiece/src/normalizer.cc, Darts-clone's darts.h.
#include <unicode/brkiter.h>
#include <unicode/locid.h>
#include <unicode/utext.h>

#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "transformer/text/utf8.h"
#include "transformer/tokenizer/normalizer.h"

namespace footnote::transformer {
namespace {

// Longer graphemes are replaced character by character.
constexpr size_t kMaxGraphemeBytes = 5;

bool IsAsciiByte(char c) { return static_cast<unsigned char>(c) < 0x80; }

class Precompiled final : public Normalizer {
 public:
  Precompiled(std::vector<uint32_t> units, std::string replacements)
      : units_(std::move(units)), replacements_(std::move(replacements)) {
    UErrorCode error = U_ZERO_ERROR;
    graphemes_.reset(icu::BreakIterator::createCharacterInstance(icu::Locale::getRoot(), error));
    if (U_FAILURE(error)) graphemes_.reset();
  }

  bool ok() const { return graphemes_ != nullptr; }

  void Apply(std::string* text) const override {
    std::string out;
    out.reserve(text->size());
    const absl::string_view in = *text;
    for (size_t i = 0; i < in.size();) {
      // Between two ASCII characters graphemes always end, but for CR LF.
      size_t end = i + 1;
      while (end < in.size() &&
             !(IsAsciiByte(in[end - 1]) && IsAsciiByte(in[end]) && in[end] != '\n')) {
        ++end;
      }
      if (end == i + 1) {
        AppendGrapheme(in.substr(i, 1), &out);
      } else {
        AppendGraphemes(in.substr(i, end - i), &out);
      }
      i = end;
    }
    *text = std::move(out);
  }

 private:
  void AppendGraphemes(absl::string_view text, std::string* out) const {
    UErrorCode error = U_ZERO_ERROR;
    const std::unique_ptr<icu::BreakIterator> iterator(graphemes_->clone());
    UText utext = UTEXT_INITIALIZER;
    utext_openUTF8(&utext, text.data(), static_cast<int64_t>(text.size()), &error);
    const absl::Cleanup close = [&utext] { utext_close(&utext); };
    iterator->setText(&utext, error);
    int32_t begin = iterator->first();
    for (int32_t end = iterator->next(); end != icu::BreakIterator::DONE; end = iterator->next()) {
      AppendGrapheme(text.substr(static_cast<size_t>(begin), static_cast<size_t>(end - begin)),
                     out);
      begin = end;
    }
  }

  void AppendGrapheme(absl::string_view grapheme, std::string* out) const {
    if (grapheme.size() <= kMaxGraphemeBytes && AppendReplacement(grapheme, out)) return;
    for (size_t pos = 0; pos < grapheme.size();) {
      const size_t begin = pos;
      DecodeUtf8(grapheme, &pos);
      const absl::string_view c = grapheme.substr(begin, pos - begin);
      if (!AppendReplacement(c, out)) out->append(c.data(), c.size());
    }
  }

  // Appends what stands for the shortest beginning of `text` that the table has,
  // as `tokenizers` does, though SentencePiece itself takes the longest.
  bool AppendReplacement(absl::string_view text, std::string* out) const {
    size_t node = Offset(units_[0]);
    for (const char c : text) {
      const uint32_t label = static_cast<unsigned char>(c);
      if (label == 0) return false;
      node ^= label;
      if (node >= units_.size()) return false;
      const uint32_t unit = units_[node];
      if ((unit & ((uint32_t{1} << 31) | 0xFF)) != label) return false;
      node ^= Offset(unit);
      if (((unit >> 8) & 1) == 0) continue;
      if (node >= units_.size()) return false;
      const size_t begin = units_[node] & 0x7FFFFFFF;
      if (begin >= replacements_.size()) return false;
      out->append(replacements_.c_str() + begin);
      return true;
    }
    return false;
  }

  static size_t Offset(uint32_t unit) {
    return static_cast<size_t>(unit >> 10) << ((unit & (uint32_t{1} << 9)) >> 6);
  }

  const std::vector<uint32_t> units_;
  const std::string replacements_;
  std::unique_ptr<icu::BreakIterator> graphemes_;  // only cloned
};

}  // namespace

absl::StatusOr<NormalizerPtr> MakePrecompiled(std::string charsmap) {
  constexpr size_t kWidth = sizeof(uint32_t);
  if (charsmap.size() < 2 * kWidth) {
    return absl::DataLossError("the precompiled charsmap has no trie");
  }
  const auto word = [&charsmap](size_t i) {
    const auto* p = reinterpret_cast<const unsigned char*>(charsmap.data()) + i;
    return uint32_t{p[0]} | uint32_t{p[1]} << 8 | uint32_t{p[2]} << 16 | uint32_t{p[3]} << 24;
  };
  const size_t trie_bytes = word(0);
  if (trie_bytes < kWidth || trie_bytes % kWidth != 0 || trie_bytes > charsmap.size() - kWidth) {
    return absl::DataLossError(absl::StrCat("the precompiled charsmap of ", charsmap.size(),
                                            " bytes says that its trie has ", trie_bytes));
  }
  std::vector<uint32_t> units(trie_bytes / kWidth);
  for (size_t i = 0; i < units.size(); ++i) units[i] = word(kWidth * (i + 1));
  std::string replacements = charsmap.substr(kWidth + trie_bytes);
  if (!IsValidUtf8(replacements)) {
    return absl::DataLossError("the precompiled charsmap's replacements are not valid UTF-8");
  }
  auto out = std::make_unique<Precompiled>(std::move(units), std::move(replacements));
  if (!out->ok()) return absl::InternalError("ICU has no rules for graphemes");
  return out;
}

}  // namespace footnote::transformer
