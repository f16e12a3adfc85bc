// Replaces by SentencePiece's compiled table, as `tokenizers` does.
#include <unicode/brkiter.h>
#include <unicode/locid.h>
#include <unicode/utext.h>

#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/status/status.h"
#include "kernels/base/status_macros.h"
#include "transformer/text/utf8.h"
#include "transformer/tokenizer/charsmap.h"
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
    size_t node = CharsmapOffset(units_[0]);
    for (const char c : text) {
      const uint32_t label = static_cast<unsigned char>(c);
      if (label == 0) return false;
      node ^= label;
      if (node >= units_.size()) return false;
      const uint32_t unit = units_[node];
      if (CharsmapLabel(unit) != label) return false;
      node ^= CharsmapOffset(unit);
      if (!CharsmapHasValue(unit)) continue;
      if (node >= units_.size()) return false;
      const size_t begin = CharsmapValue(units_[node]);
      if (begin >= replacements_.size()) return false;
      out->append(replacements_.c_str() + begin);
      return true;
    }
    return false;
  }

  const std::vector<uint32_t> units_;
  const std::string replacements_;
  std::unique_ptr<icu::BreakIterator> graphemes_;  // only cloned
};

}  // namespace

absl::StatusOr<NormalizerPtr> MakePrecompiled(const std::string& bytes) {
  FN_ASSIGN_OR_RETURN(Charsmap charsmap, ParseCharsmap(bytes));
  if (!IsValidUtf8(charsmap.replacements)) {
    return absl::DataLossError("the precompiled charsmap's replacements are not valid UTF-8");
  }
  auto out =
      std::make_unique<Precompiled>(std::move(charsmap.units), std::move(charsmap.replacements));
  if (!out->ok()) return absl::InternalError("ICU has no rules for graphemes");
  return out;
}

}  // namespace footnote::transformer
