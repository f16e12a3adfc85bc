#ifndef FOOTNOTE_TRANSFORMER_TOKENIZER_ADDED_TOKENS_H_
#define FOOTNOTE_TRANSFORMER_TOKENIZER_ADDED_TOKENS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "transformer/tokenizer/trie.h"

namespace footnote::transformer {

// A token that is taken out of the text before it is split into words.
struct AddedToken {
  std::string content;
  int32_t id = -1;
  bool special = true;
  bool normalized = false;   // looked for in the normalised text
  bool lstrip = false;       // takes white space before it along
  bool rstrip = false;       // ... and after it
  bool single_word = false;  // only where no word character is beside it
};

// Finds added tokens such as [MASK] in a text: the leftmost first, and there
// the longest. Immutable and thread-safe.
class AddedTokenFinder {
 public:
  explicit AddedTokenFinder(const std::vector<std::pair<std::string, int32_t>>& tokens);

  struct Found {
    size_t begin = 0;
    size_t length = 0;  // 0: none up to the end
    int32_t id = -1;
  };
  // The first at or after `from`.
  Found Find(absl::string_view text, size_t from) const;

 private:
  Trie trie_;
  std::array<bool, 256> is_first_byte_ = {};
  int only_first_byte_ = -1;  // where all tokens begin with the same byte
  bool empty_ = true;
};

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TOKENIZER_ADDED_TOKENS_H_
