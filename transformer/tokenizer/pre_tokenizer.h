#ifndef FOOTNOTE_TRANSFORMER_TOKENIZER_PRE_TOKENIZER_H_
#define FOOTNOTE_TRANSFORMER_TOKENIZER_PRE_TOKENIZER_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json_fwd.hpp"
#include "transformer/tokenizer/pattern.h"

namespace footnote::transformer {

// A text and the pieces that the model sees one by one.
struct Pieces {
  struct Piece {
    size_t begin = 0, end = 0;  // in `text`; not empty
    bool first = false;         // begins where the whole input begins
  };
  std::string text;
  std::vector<Piece> pieces;

  absl::string_view Text(const Piece& piece) const {
    return absl::string_view(text).substr(piece.begin, piece.end - piece.begin);
  }
};

// A step that splits every piece further, or changes it. Immutable and
// thread-safe.
class PreTokenizer {
 public:
  virtual ~PreTokenizer() = default;
  // The text is valid UTF-8 and stays so; pieces end at characters.
  virtual void Apply(Pieces* pieces) const = 0;
};

using PreTokenizerPtr = std::unique_ptr<const PreTokenizer>;

// What becomes of a match.
enum class SplitBehavior { kRemoved, kIsolated, kMergedWithPrevious, kMergedWithNext, kContiguous };

enum class PrependScheme { kFirst, kNever, kAlways };

PreTokenizerPtr MakeSplit(std::unique_ptr<const Pattern> pattern, SplitBehavior behavior,
                          bool invert);
// Splits at characters that have one of these CharacterClasses::Class.
PreTokenizerPtr MakeSplitAtClass(uint8_t classes, SplitBehavior behavior);
PreTokenizerPtr MakeWhitespace();  // \w+|[^\w\s]+
PreTokenizerPtr MakeMetaspace(char32_t replacement, PrependScheme scheme, bool split);
// With `map`, bytes become printable characters; without, the caller's model
// takes bytes.
PreTokenizerPtr MakeByteLevel(bool add_prefix_space, bool use_regex, bool map);
PreTokenizerPtr MakeFixedLength(size_t characters);
PreTokenizerPtr MakePreTokenizerSequence(std::vector<PreTokenizerPtr> steps);

// The "pre_tokenizer" of a tokenizer.json; null for null. With `raw_bytes`, a
// ByteLevel that is its last step leaves the bytes as they are. Errors: DataLoss and
// InvalidArgument (damaged), Unimplemented (an unknown type, which is named).
absl::StatusOr<PreTokenizerPtr> ParsePreTokenizer(const nlohmann::json& json,
                                                  absl::string_view name, bool raw_bytes);

// Whether the last step of this "pre_tokenizer" is ByteLevel.
bool EndsInByteLevel(const nlohmann::json& json);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TOKENIZER_PRE_TOKENIZER_H_
