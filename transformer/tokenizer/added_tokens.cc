#include "transformer/tokenizer/added_tokens.h"

#include <cstring>

namespace footnote::transformer {

AddedTokenFinder::AddedTokenFinder(const std::vector<std::pair<std::string, int32_t>>& tokens)
    : trie_(tokens) {
  int first_bytes = 0;
  for (const auto& [content, id] : tokens) {
    if (content.empty()) continue;
    const unsigned char first = static_cast<unsigned char>(content[0]);
    if (!is_first_byte_[first]) {
      is_first_byte_[first] = true;
      only_first_byte_ = ++first_bytes == 1 ? first : -1;
    }
    empty_ = false;
  }
}

AddedTokenFinder::Found AddedTokenFinder::Find(absl::string_view text, size_t from) const {
  if (empty_) return {};
  for (size_t i = from; i < text.size(); ++i) {
    if (only_first_byte_ >= 0) {
      const void* hit = std::memchr(text.data() + i, only_first_byte_, text.size() - i);
      if (hit == nullptr) return {};
      i = static_cast<size_t>(static_cast<const char*>(hit) - text.data());
    } else if (!is_first_byte_[static_cast<unsigned char>(text[i])]) {
      continue;
    }
    const Trie::Match match = trie_.LongestPrefix(text.substr(i));
    if (match.id >= 0) return {i, match.length, match.id};
  }
  return {};
}

}  // namespace footnote::transformer
