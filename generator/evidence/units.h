#ifndef FOOTNOTE_GENERATOR_EVIDENCE_UNITS_H_
#define FOOTNOTE_GENERATOR_EVIDENCE_UNITS_H_

#include <cstddef>
#include <vector>

#include "absl/strings/string_view.h"
#include "transformer/text/sentences.h"

namespace footnote::generator {

enum class UnitKind {
  kSentence,
  kTableRow,
  kCode,
  kTerm,  // a short line that names what follows: a defined term, a caption
};

// The least stretch of a passage that can be quoted by itself.
struct Unit {
  transformer::ByteSpan span;  // bytes of the passage's text
  UnitKind kind = UnitKind::kSentence;
  int block = 0;  // ordinal of its block (text between blank lines)
  // The kTerm that it stands under, as an ordinal of the units; -1: none.
  int lead = -1;
};

// No unit is longer, so that an answer stays short.
inline constexpr size_t kMaxUnitBytes = 600;

// The units of a passage's text (valid UTF-8), in reading order: sentences of
// prose, rows of tables, code by stretches of lines, and terms. They don't overlap,
// are never empty, have no white space around them and cut no character. A
// longer stretch than kMaxUnitBytes is cut at the best place before it: a line
// break, then a semicolon, a comma, a space.
std::vector<Unit> SplitUnits(absl::string_view text);

}  // namespace footnote::generator

#endif  // FOOTNOTE_GENERATOR_EVIDENCE_UNITS_H_
