// Normalizers that need Unicode's tables: normal forms, case, accents, BERT's.
#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/stringpiece.h>
#include <unicode/uniset.h>

#include <algorithm>

#include "transformer/text/utf8.h"
#include "transformer/tokenizer/character_classes.h"
#include "transformer/tokenizer/character_data.h"
#include "transformer/tokenizer/normalizer.h"

namespace footnote::transformer {
namespace {

bool IsAscii(absl::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// Calls `each` with every character of `text`; what it appends is the new text.
template <typename Each>
void Rewrite(std::string* text, Each each) {
  std::string out;
  out.reserve(text->size());
  for (size_t pos = 0; pos < text->size();) each(DecodeUtf8(*text, &pos), &out);
  *text = std::move(out);
}

class UnicodeNormalizer final : public Normalizer {
 public:
  explicit UnicodeNormalizer(UnicodeForm form)
      : known_(icu::UnicodeString("[:age=11.0:]"), error_), filtered_(Base(form, &error_), known_) {
    known_.freeze();
  }

  void Apply(std::string* text) const override {
    if (IsAscii(*text)) return;
    std::string out;
    icu::StringByteSink<std::string> sink(&out);
    UErrorCode error = error_;
    filtered_.normalizeUTF8(0, icu::StringPiece(text->data(), static_cast<int32_t>(text->size())),
                            sink, nullptr, error);
    // Fails only without memory or ICU's data, which is compiled into its library.
    if (U_SUCCESS(error)) *text = std::move(out);
  }

 private:
  static const icu::Normalizer2& Base(UnicodeForm form, UErrorCode* error) {
    switch (form) {
      case UnicodeForm::kNfc:
        return *icu::Normalizer2::getNFCInstance(*error);
      case UnicodeForm::kNfd:
        return *icu::Normalizer2::getNFDInstance(*error);
      case UnicodeForm::kNfkc:
        return *icu::Normalizer2::getNFKCInstance(*error);
      case UnicodeForm::kNfkd:
        break;
    }
    return *icu::Normalizer2::getNFKDInstance(*error);
  }

  UErrorCode error_ = U_ZERO_ERROR;
  icu::UnicodeSet known_;
  icu::FilteredNormalizer2 filtered_;
};

void LowercaseText(std::string* text) {
  if (IsAscii(*text)) {
    for (char& c : *text) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + ('a' - 'A'));
    }
    return;
  }
  Rewrite(text, [](char32_t c, std::string* out) {
    for (const char32_t low : LowerCase(c)) AppendUtf8(low, out);
  });
}

class Lowercase final : public Normalizer {
 public:
  void Apply(std::string* text) const override { LowercaseText(text); }
};

class StripAccents final : public Normalizer {
 public:
  void Apply(std::string* text) const override {
    if (IsAscii(*text)) return;
    const CharacterClasses& classes = CharacterClasses::Get();
    Rewrite(text, [&classes](char32_t c, std::string* out) {
      if (!classes.Is(c, CharacterClasses::kAccent)) AppendUtf8(c, out);
    });
  }
};

class BertNormalizer final : public Normalizer {
 public:
  explicit BertNormalizer(const BertNormalization& options)
      : options_(options), nfd_(MakeUnicodeNormalizer(UnicodeForm::kNfd)) {}

  void Apply(std::string* text) const override {
    if (options_.clean_text || options_.handle_chinese_chars) {
      Rewrite(text, [this](char32_t c, std::string* out) {
        if (options_.clean_text) {
          if (IsDroppedByCleanText(c)) return;
          if (IsWhitespace(c)) c = ' ';
        }
        const bool alone = options_.handle_chinese_chars && IsChinese(c);
        if (alone) out->push_back(' ');
        AppendUtf8(c, out);
        if (alone) out->push_back(' ');
      });
    }
    if (options_.strip_accents) {
      nfd_->Apply(text);
      Rewrite(text, [](char32_t c, std::string* out) {
        if (!IsNonspacingMark(c)) AppendUtf8(c, out);
      });
    }
    if (options_.lowercase) LowercaseText(text);
  }

 private:
  const BertNormalization options_;
  const NormalizerPtr nfd_;
};

}  // namespace

NormalizerPtr MakeUnicodeNormalizer(UnicodeForm form) {
  return std::make_unique<UnicodeNormalizer>(form);
}
NormalizerPtr MakeLowercase() { return std::make_unique<Lowercase>(); }
NormalizerPtr MakeStripAccents() { return std::make_unique<StripAccents>(); }
NormalizerPtr MakeBertNormalizer(const BertNormalization& options) {
  return std::make_unique<BertNormalizer>(options);
}

}  // namespace footnote::transformer
