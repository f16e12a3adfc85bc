#ifndef FOOTNOTE_GENERATOR_RUNNER_CHARACTER_ASSEMBLER_H_
#define FOOTNOTE_GENERATOR_RUNNER_CHARACTER_ASSEMBLER_H_

#include <string>

#include "absl/strings/string_view.h"

namespace footnote::generator {

// Turns bytes that come in pieces into text of whole characters: the beginning of
// a character waits for its rest. Bytes that can't be UTF-8 become U+FFFD, as
// transformer::ReplaceInvalidUtf8 has it, wherever the pieces end. One thread at a
// time.
class CharacterAssembler {
 public:
  // The characters that are complete.
  std::string Push(absl::string_view bytes);
  // At the end: U+FFFD for a character that was never completed.
  std::string Finish();

 private:
  std::string pending_;  // the beginning of a character
};

}  // namespace footnote::generator

#endif  // FOOTNOTE_GENERATOR_RUNNER_CHARACTER_ASSEMBLER_H_
