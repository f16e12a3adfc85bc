#include "transformer/tokenizer/split.h"

#include <algorithm>

#include "transformer/text/utf8.h"
#include "transformer/tokenizer/character_classes.h"

namespace footnote::transformer {
namespace {

// Joins spans by the behaviour; a span that is left with match == true is dropped.
void Combine(SplitBehavior behavior, std::vector<PatternSpan>* spans) {
  std::vector<PatternSpan> joined;
  bool previous = false;
  const auto keep = [&joined](const PatternSpan& span) {
    joined.push_back({span.begin, span.end, false});
  };
  switch (behavior) {
    case SplitBehavior::kRemoved:
      return;
    case SplitBehavior::kIsolated:
      for (PatternSpan& span : *spans) span.match = false;
      return;
    case SplitBehavior::kContiguous:
      for (const PatternSpan& span : *spans) {
        if (span.match == previous && !joined.empty()) {
          joined.back().end = span.end;
        } else {
          keep(span);
        }
        previous = span.match;
      }
      break;
    case SplitBehavior::kMergedWithPrevious:
      for (const PatternSpan& span : *spans) {
        if (span.match && !previous && !joined.empty()) {
          joined.back().end = span.end;
        } else {
          keep(span);
        }
        previous = span.match;
      }
      break;
    case SplitBehavior::kMergedWithNext:
      for (auto span = spans->rbegin(); span != spans->rend(); ++span) {
        if (span->match && !previous && !joined.empty()) {
          joined.back().begin = span->begin;
        } else {
          keep(*span);
        }
        previous = span->match;
      }
      std::reverse(joined.begin(), joined.end());
      break;
  }
  *spans = std::move(joined);
}

class Split final : public PreTokenizer {
 public:
  Split(std::unique_ptr<const Pattern> pattern, SplitBehavior behavior, bool invert)
      : pattern_(std::move(pattern)), behavior_(behavior), invert_(invert) {}

  void Apply(Pieces* pieces) const override {
    SplitPieces(pieces, behavior_, [this](absl::string_view text, std::vector<PatternSpan>* spans) {
      pattern_->Find(text, spans);
      if (!invert_) return;
      for (PatternSpan& span : *spans) span.match = !span.match;
    });
  }

 private:
  const std::unique_ptr<const Pattern> pattern_;
  const SplitBehavior behavior_;
  const bool invert_;
};

class SplitAtClass final : public PreTokenizer {
 public:
  SplitAtClass(uint8_t classes, SplitBehavior behavior) : classes_(classes), behavior_(behavior) {}

  void Apply(Pieces* pieces) const override {
    const CharacterClasses& classes = CharacterClasses::Get();
    SplitPieces(pieces, behavior_, [&](absl::string_view text, std::vector<PatternSpan>* spans) {
      size_t done = 0;
      for (size_t pos = 0; pos < text.size();) {
        const size_t begin = pos;
        if (!classes.Is(DecodeUtf8(text, &pos), classes_)) continue;
        if (begin > done) spans->push_back({done, begin, false});
        spans->push_back({begin, pos, true});
        done = pos;
      }
      if (done < text.size()) spans->push_back({done, text.size(), false});
    });
  }

 private:
  const uint8_t classes_;
  const SplitBehavior behavior_;
};

class Whitespace final : public PreTokenizer {
 public:
  void Apply(Pieces* pieces) const override {
    const CharacterClasses& classes = CharacterClasses::Get();
    constexpr uint8_t kBoth = CharacterClasses::kWord | CharacterClasses::kSpace;
    SplitPieces(pieces, SplitBehavior::kRemoved,
                [&](absl::string_view text, std::vector<PatternSpan>* spans) {
                  uint8_t previous = 0;
                  for (size_t pos = 0; pos < text.size();) {
                    const size_t begin = pos;
                    const uint8_t kind = classes.Of(DecodeUtf8(text, &pos)) & kBoth;
                    if (spans->empty() || kind != previous) {
                      spans->push_back({begin, pos, (kind & CharacterClasses::kSpace) != 0});
                    }
                    spans->back().end = pos;
                    previous = kind;
                  }
                });
  }
};

class FixedLength final : public PreTokenizer {
 public:
  explicit FixedLength(size_t characters) : characters_(characters) {}

  void Apply(Pieces* pieces) const override {
    SplitPieces(pieces, SplitBehavior::kIsolated,
                [this](absl::string_view text, std::vector<PatternSpan>* spans) {
                  size_t begin = 0, count = 0;
                  for (size_t pos = 0; pos < text.size();) {
                    DecodeUtf8(text, &pos);
                    if (++count < characters_ && pos < text.size()) continue;
                    spans->push_back({begin, pos, true});
                    begin = pos;
                    count = 0;
                  }
                });
  }

 private:
  const size_t characters_;
};

}  // namespace

void AppendSplit(const Pieces::Piece& piece, SplitBehavior behavior,
                 std::vector<PatternSpan>* spans, std::vector<Pieces::Piece>* out) {
  Combine(behavior, spans);
  for (const PatternSpan& span : *spans) {
    if (span.match || span.end <= span.begin) continue;
    out->push_back(
        {piece.begin + span.begin, piece.begin + span.end, piece.first && span.begin == 0});
  }
}

PreTokenizerPtr MakeSplit(std::unique_ptr<const Pattern> pattern, SplitBehavior behavior,
                          bool invert) {
  return std::make_unique<Split>(std::move(pattern), behavior, invert);
}
PreTokenizerPtr MakeSplitAtClass(uint8_t classes, SplitBehavior behavior) {
  return std::make_unique<SplitAtClass>(classes, behavior);
}
PreTokenizerPtr MakeWhitespace() { return std::make_unique<Whitespace>(); }
PreTokenizerPtr MakeFixedLength(size_t characters) {
  return std::make_unique<FixedLength>(characters);
}

}  // namespace footnote::transformer
