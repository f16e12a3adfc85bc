#ifndef FOOTNOTE_TRANSFORMER_TOKENIZER_NORMALIZER_H_
#define FOOTNOTE_TRANSFORMER_TOKENIZER_NORMALIZER_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json_fwd.hpp"
#include "transformer/tokenizer/character_map.h"
#include "transformer/tokenizer/pattern.h"

namespace footnote::transformer {

// A step that changes a text before it is split. Immutable and thread-safe.
class Normalizer {
 public:
  virtual ~Normalizer() = default;
  // `text` is valid UTF-8 and stays so.
  virtual void Apply(std::string* text) const = 0;
};

using NormalizerPtr = std::unique_ptr<const Normalizer>;

enum class UnicodeForm { kNfc, kNfd, kNfkc, kNfkd };

// The normal forms of Unicode 11, which is the version of `tokenizers`.
NormalizerPtr MakeUnicodeNormalizer(UnicodeForm form);
NormalizerPtr MakeLowercase();
NormalizerPtr MakeStripAccents();
NormalizerPtr MakeStrip(bool left, bool right);
NormalizerPtr MakeNmt();
NormalizerPtr MakeBertNormalizer(const BertNormalization& options);
NormalizerPtr MakeReplace(std::unique_ptr<const Pattern> pattern, std::string content);
NormalizerPtr MakePrepend(std::string prefix);  // nothing before an empty text
NormalizerPtr MakeByteLevelNormalizer();        // each byte becomes a printable character
NormalizerPtr MakeNormalizerSequence(std::vector<NormalizerPtr> steps);

// SentencePiece's table of replacements, as tokenizer.json has it after base64.
// Errors: DataLoss (damaged).
absl::StatusOr<NormalizerPtr> MakePrecompiled(const std::string& bytes);

// The "normalizer" of a tokenizer.json; null for null. `name` is the file's.
// Errors: DataLoss and InvalidArgument (damaged), Unimplemented (an unknown type,
// which is named).
absl::StatusOr<NormalizerPtr> ParseNormalizer(const nlohmann::json& json, absl::string_view name);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TOKENIZER_NORMALIZER_H_
