#ifndef FOOTNOTE_TRANSFORMER_TOKENIZER_SPLIT_H_
#define FOOTNOTE_TRANSFORMER_TOKENIZER_SPLIT_H_

#include <utility>
#include <vector>

#include "transformer/tokenizer/pre_tokenizer.h"

namespace footnote::transformer {

// Makes pieces of the spans of one piece, appended to `out`. The spans' offsets
// are relative to `piece`. Clobbers `spans`.
void AppendSplit(const Pieces::Piece& piece, SplitBehavior behavior,
                 std::vector<PatternSpan>* spans, std::vector<Pieces::Piece>* out);

// Splits every piece at what `find(text, spans)` finds in it.
template <typename Find>
void SplitPieces(Pieces* pieces, SplitBehavior behavior, Find find) {
  std::vector<Pieces::Piece> out;
  out.reserve(pieces->text.size() / 4 + pieces->pieces.size());
  std::vector<PatternSpan> spans;
  for (const Pieces::Piece& piece : pieces->pieces) {
    spans.clear();
    find(pieces->Text(piece), &spans);
    AppendSplit(piece, behavior, &spans, &out);
  }
  pieces->pieces = std::move(out);
}

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TOKENIZER_SPLIT_H_
