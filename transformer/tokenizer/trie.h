#ifndef FOOTNOTE_TRANSFORMER_TOKENIZER_TRIE_H_
#define FOOTNOTE_TRANSFORMER_TOKENIZER_TRIE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace footnote::transformer {

// A map from byte strings to ids as a double-array trie, which finds the
// longest key that a text begins with in one step per byte and without
// hashing. Immutable and thread-safe.
class Trie {
 public:
  // The ids must not be negative. Of equal keys the last wins; an empty key is
  // left out, for it would match everywhere.
  explicit Trie(std::vector<std::pair<std::string, int32_t>> entries);

  struct Match {
    int32_t id = -1;    // -1: no key
    size_t length = 0;  // in bytes
  };
  Match LongestPrefix(absl::string_view text) const {
    Match best;
    int32_t node = 0;
    for (size_t i = 0; i < text.size(); ++i) {
      // In range by construction: every base leaves room for 256 children.
      const int32_t child = nodes_[node].base + static_cast<unsigned char>(text[i]);
      if (nodes_[child].parent != node) break;
      node = child;
      if (nodes_[node].id >= 0) {
        best.id = nodes_[node].id;
        best.length = i + 1;
      }
    }
    return best;
  }

  // Calls `found(id, length)` for every key that `text` begins with, shortest
  // first.
  template <typename Found>
  void ForEachPrefix(absl::string_view text, Found found) const {
    int32_t node = 0;
    for (size_t i = 0; i < text.size(); ++i) {
      const int32_t child = nodes_[node].base + static_cast<unsigned char>(text[i]);
      if (nodes_[child].parent != node) return;
      node = child;
      if (nodes_[node].id >= 0) found(nodes_[node].id, i + 1);
    }
  }

 private:
  struct Node {
    int32_t base = 0;     // the child by byte b is nodes_[base + b]
    int32_t parent = -1;  // -1: free
    int32_t id = -1;      // -1: no key ends here
  };
  class Builder;

  std::vector<Node> nodes_;  // [0] is the root
};

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TOKENIZER_TRIE_H_
