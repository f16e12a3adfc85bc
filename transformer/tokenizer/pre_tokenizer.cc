// Pre-tokenizers that change the text, and the sequence of several.
#include "transformer/tokenizer/pre_tokenizer.h"

#include <utility>

#include "absl/strings/match.h"
#include "transformer/text/utf8.h"
#include "transformer/tokenizer/byte_level.h"
#include "transformer/tokenizer/split.h"

namespace footnote::transformer {
namespace {

// Replaces every piece by what `append(piece, text, out)` appends for it.
template <typename Append>
void RewritePieces(Pieces* pieces, Append append) {
  std::string out;
  out.reserve(pieces->text.size() * 2);
  for (Pieces::Piece& piece : pieces->pieces) {
    const size_t begin = out.size();
    append(piece, pieces->Text(piece), &out);
    piece.begin = begin;
    piece.end = out.size();
  }
  pieces->text = std::move(out);
}

class Metaspace final : public PreTokenizer {
 public:
  Metaspace(char32_t replacement, PrependScheme scheme, bool split)
      : scheme_(scheme), split_(split) {
    AppendUtf8(replacement, &replacement_);
  }

  void Apply(Pieces* pieces) const override {
    RewritePieces(pieces,
                  [this](const Pieces::Piece& piece, absl::string_view text, std::string* out) {
                    const bool wanted = scheme_ == PrependScheme::kAlways ||
                                        (scheme_ == PrependScheme::kFirst && piece.first);
                    if (wanted && text[0] != ' ' && !absl::StartsWith(text, replacement_)) {
                      out->append(replacement_);
                    }
                    for (const char c : text) {
                      if (c == ' ') {
                        out->append(replacement_);
                      } else {
                        out->push_back(c);
                      }
                    }
                  });
    if (!split_) return;
    SplitPieces(pieces, SplitBehavior::kIsolated,
                [this](absl::string_view text, std::vector<PatternSpan>* spans) {
                  size_t begin = 0;
                  while (begin < text.size()) {
                    size_t end = text.find(replacement_, begin + 1);
                    if (end == absl::string_view::npos) end = text.size();
                    spans->push_back({begin, end, true});
                    begin = end;
                  }
                });
  }

 private:
  const PrependScheme scheme_;
  const bool split_;
  std::string replacement_;
};

class ByteLevel final : public PreTokenizer {
 public:
  ByteLevel(bool add_prefix_space, bool use_regex, bool map)
      : add_prefix_space_(add_prefix_space),
        map_(map),
        pattern_(use_regex ? FindKnownPattern(kGpt2Regex) : nullptr) {}

  void Apply(Pieces* pieces) const override {
    if (add_prefix_space_) {
      RewritePieces(pieces, [](const Pieces::Piece&, absl::string_view text, std::string* out) {
        if (text[0] != ' ') out->push_back(' ');
        out->append(text.data(), text.size());
      });
    }
    if (pattern_ != nullptr) {
      SplitPieces(pieces, SplitBehavior::kIsolated,
                  [this](absl::string_view text, std::vector<PatternSpan>* spans) {
                    pattern_->Find(text, spans);
                  });
    }
    if (map_) {
      RewritePieces(pieces, [](const Pieces::Piece&, absl::string_view text, std::string* out) {
        AppendByteLevel(text, out);
      });
    }
  }

 private:
  const bool add_prefix_space_;
  const bool map_;
  const std::unique_ptr<const Pattern> pattern_;
};

class PreTokenizerSequence final : public PreTokenizer {
 public:
  explicit PreTokenizerSequence(std::vector<PreTokenizerPtr> steps) : steps_(std::move(steps)) {}
  void Apply(Pieces* pieces) const override {
    for (const PreTokenizerPtr& step : steps_) step->Apply(pieces);
  }

 private:
  const std::vector<PreTokenizerPtr> steps_;
};

}  // namespace

PreTokenizerPtr MakeMetaspace(char32_t replacement, PrependScheme scheme, bool split) {
  return std::make_unique<Metaspace>(replacement, scheme, split);
}
PreTokenizerPtr MakeByteLevel(bool add_prefix_space, bool use_regex, bool map) {
  return std::make_unique<ByteLevel>(add_prefix_space, use_regex, map);
}
PreTokenizerPtr MakePreTokenizerSequence(std::vector<PreTokenizerPtr> steps) {
  return std::make_unique<PreTokenizerSequence>(std::move(steps));
}

}  // namespace footnote::transformer
