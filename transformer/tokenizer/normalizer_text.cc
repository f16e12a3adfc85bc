// Normalizers that look at strings only.
#include <utility>

#include "absl/strings/str_replace.h"
#include "transformer/text/utf8.h"
#include "transformer/tokenizer/byte_level.h"
#include "transformer/tokenizer/character_data.h"
#include "transformer/tokenizer/normalizer.h"

namespace footnote::transformer {
namespace {

class Strip final : public Normalizer {
 public:
  Strip(bool left, bool right) : left_(left), right_(right) {}

  void Apply(std::string* text) const override {
    size_t begin = text->size(), end = 0;  // of what is no space
    for (size_t pos = 0; pos < text->size();) {
      const size_t at = pos;
      if (IsWhitespace(DecodeUtf8(*text, &pos))) continue;
      if (begin > at) begin = at;
      end = pos;
    }
    if (begin > end) {  // nothing but spaces
      if (left_ || right_) text->clear();
      return;
    }
    if (right_) text->resize(end);
    if (left_) text->erase(0, begin);
  }

 private:
  const bool left_, right_;
};

// The cleaning of the NMT systems that SentencePiece grew up with.
class Nmt final : public Normalizer {
 public:
  void Apply(std::string* text) const override {
    std::string out;
    out.reserve(text->size());
    for (size_t pos = 0; pos < text->size();) {
      const char32_t c = DecodeUtf8(*text, &pos);
      if (IsDropped(c)) continue;
      AppendUtf8(IsSpace(c) ? U' ' : c, &out);
    }
    *text = std::move(out);
  }

 private:
  static bool IsDropped(char32_t c) {
    return (c >= 1 && c <= 8) || c == 0xB || (c >= 0xE && c <= 0x1F) || c == 0x7F || c == 0x8F ||
           c == 0x9F;
  }
  static bool IsSpace(char32_t c) {
    return c == 9 || c == 0xA || c == 0xC || c == 0xD || c == 0x1680 ||
           (c >= 0x200B && c <= 0x200F) || c == 0x2028 || c == 0x2029 || c == 0x2581 ||
           c == 0xFEFF || c == 0xFFFD;
  }
};

class Replace final : public Normalizer {
 public:
  Replace(std::unique_ptr<const Pattern> pattern, std::string content)
      : pattern_(std::move(pattern)), content_(std::move(content)) {}

  void Apply(std::string* text) const override {
    std::vector<PatternSpan> spans;
    pattern_->Find(*text, &spans);
    if (spans.size() == 1 && !spans[0].match) return;
    std::string out;
    out.reserve(text->size());
    for (const PatternSpan& span : spans) {
      if (span.match) {
        out.append(content_);
      } else {
        out.append(*text, span.begin, span.end - span.begin);
      }
    }
    *text = std::move(out);
  }

 private:
  const std::unique_ptr<const Pattern> pattern_;
  const std::string content_;
};

class Prepend final : public Normalizer {
 public:
  explicit Prepend(std::string prefix) : prefix_(std::move(prefix)) {}
  void Apply(std::string* text) const override {
    if (!text->empty()) text->insert(0, prefix_);
  }

 private:
  const std::string prefix_;
};

class ByteLevelNormalizer final : public Normalizer {
 public:
  void Apply(std::string* text) const override {
    std::string out;
    out.reserve(text->size() * 2);
    AppendByteLevel(*text, &out);
    *text = std::move(out);
  }
};

class NormalizerSequence final : public Normalizer {
 public:
  explicit NormalizerSequence(std::vector<NormalizerPtr> steps) : steps_(std::move(steps)) {}
  void Apply(std::string* text) const override {
    for (const NormalizerPtr& step : steps_) step->Apply(text);
  }

 private:
  const std::vector<NormalizerPtr> steps_;
};

}  // namespace

NormalizerPtr MakeStrip(bool left, bool right) { return std::make_unique<Strip>(left, right); }
NormalizerPtr MakeNmt() { return std::make_unique<Nmt>(); }
NormalizerPtr MakeReplace(std::unique_ptr<const Pattern> pattern, std::string content) {
  return std::make_unique<Replace>(std::move(pattern), std::move(content));
}
NormalizerPtr MakePrepend(std::string prefix) {
  return std::make_unique<Prepend>(std::move(prefix));
}
NormalizerPtr MakeByteLevelNormalizer() { return std::make_unique<ByteLevelNormalizer>(); }
NormalizerPtr MakeNormalizerSequence(std::vector<NormalizerPtr> steps) {
  return std::make_unique<NormalizerSequence>(std::move(steps));
}

}  // namespace footnote::transformer
