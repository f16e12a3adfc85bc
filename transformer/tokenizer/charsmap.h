#ifndef FOOTNOTE_TRANSFORMER_TOKENIZER_CHARSMAP_H_
#define FOOTNOTE_TRANSFORMER_TOKENIZER_CHARSMAP_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace footnote::transformer {

// SentencePiece's compiled table of replacements ("precompiled_charsmap"): a u32
// with the bytes of a double-array trie, its units (u32 each), then the
// replacements, each ended by a NUL; the trie's values are offsets into those. All
// little-endian. Source: sentencepiece/src/normalizer.cc, Darts-clone's darts.h.
struct Charsmap {
  std::vector<uint32_t> units;
  std::string replacements;
};

// The parts of a table. Errors: DataLoss (the lengths contradict each other).
absl::StatusOr<Charsmap> ParseCharsmap(absl::string_view bytes);

// Whether a reader that checks no bounds, as SentencePiece's, stays within the
// table for every text: no way through the trie leaves the units, is endless or
// gives more results than such a reader has room for, and every value is the
// offset of a replacement with an end. Errors: DataLoss.
absl::Status CheckCharsmap(const Charsmap& charsmap);

// What a unit holds. Unit 0 is the root; the child of the unit at `node` for a
// byte is at (node ^ CharsmapOffset(unit)) ^ byte if that unit's label is the
// byte, and the unit's value at node ^ CharsmapOffset(unit) if it has one.
inline size_t CharsmapOffset(uint32_t unit) {
  return static_cast<size_t>(unit >> 10) << ((unit & (uint32_t{1} << 9)) >> 6);
}
inline uint32_t CharsmapLabel(uint32_t unit) { return unit & ((uint32_t{1} << 31) | 0xFF); }
inline bool CharsmapHasValue(uint32_t unit) { return ((unit >> 8) & 1) != 0; }
inline size_t CharsmapValue(uint32_t unit) { return unit & 0x7FFFFFFF; }

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TOKENIZER_CHARSMAP_H_
