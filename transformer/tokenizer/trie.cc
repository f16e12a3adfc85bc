#include "transformer/tokenizer/trie.h"

#include <algorithm>

namespace footnote::transformer {

// Places the nodes level by level: for a node, the first base at which all its
// children fall on free places.
class Trie::Builder {
 public:
  explicit Builder(std::vector<Node>* nodes) : nodes_(*nodes) { Grow(2 * kFanOut); }

  void Build(const std::vector<std::pair<std::string, int32_t>>& keys) {
    struct Range {
      size_t begin, end, depth;
      int32_t node;
    };
    Take(0, kRootParent);
    std::vector<Range> queue = {{0, keys.size(), 0, 0}};
    std::vector<Range> children;
    for (size_t head = 0; head < queue.size(); ++head) {
      const Range range = queue[head];
      size_t i = range.begin;
      if (i < range.end && keys[i].first.size() == range.depth) {
        nodes_[range.node].id = keys[i].second;
        ++i;
      }
      children.clear();
      std::vector<unsigned char> bytes;
      while (i < range.end) {
        const char byte = keys[i].first[range.depth];
        size_t end = i;
        while (end < range.end && keys[end].first[range.depth] == byte) ++end;
        bytes.push_back(static_cast<unsigned char>(byte));
        children.push_back({i, end, range.depth + 1, 0});
        i = end;
      }
      if (children.empty()) continue;
      const int32_t base = FindBase(bytes);
      nodes_[range.node].base = base;
      for (size_t k = 0; k < children.size(); ++k) {
        children[k].node = base + bytes[k];
        Take(children[k].node, range.node);
        queue.push_back(children[k]);
      }
    }
  }

 private:
  static constexpr int32_t kFanOut = 256;
  static constexpr int32_t kRootParent = -2;
  // After so many free places in vain, new ones are added at the end: building
  // stays linear, and nodes with one child fill the gaps later.
  static constexpr int kMaxTries = 256;

  // Free places are linked in order, so that a search skips the taken ones.
  void Grow(size_t size) {
    while (nodes_.size() < size) {
      const int32_t place = static_cast<int32_t>(nodes_.size());
      nodes_.emplace_back();
      previous_free_.push_back(last_free_);
      next_free_.push_back(kNone);
      (last_free_ == kNone ? first_free_ : next_free_[last_free_]) = place;
      last_free_ = place;
    }
  }

  void Take(int32_t place, int32_t parent) {
    nodes_[place].parent = parent;
    const int32_t before = previous_free_[place], after = next_free_[place];
    (before == kNone ? first_free_ : next_free_[before]) = after;
    (after == kNone ? last_free_ : previous_free_[after]) = before;
  }

  // A base at which children by these bytes (ascending) all fall on free places.
  int32_t FindBase(const std::vector<unsigned char>& bytes) {
    int tries = 0;
    for (int32_t place = first_free_; place != kNone && tries < kMaxTries;
         place = next_free_[place], ++tries) {
      const int32_t base = place - bytes[0];
      if (base < 1) continue;
      Grow(static_cast<size_t>(base) + kFanOut);
      const bool fits = std::all_of(bytes.begin(), bytes.end(),
                                    [&](unsigned char b) { return nodes_[base + b].parent == -1; });
      if (fits) return base;
    }
    const size_t base = nodes_.size();
    Grow(base + kFanOut);
    return static_cast<int32_t>(base);
  }

  std::vector<Node>& nodes_;
  static constexpr int32_t kNone = -1;
  std::vector<int32_t> previous_free_, next_free_;
  int32_t first_free_ = kNone, last_free_ = kNone;
};

Trie::Trie(std::vector<std::pair<std::string, int32_t>> entries) {
  std::stable_sort(entries.begin(), entries.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::vector<std::pair<std::string, int32_t>> keys;
  keys.reserve(entries.size());
  for (auto& entry : entries) {
    if (entry.first.empty()) continue;
    if (!keys.empty() && keys.back().first == entry.first) {
      keys.back().second = entry.second;
    } else {
      keys.push_back(std::move(entry));
    }
  }
  Builder(&nodes_).Build(keys);
  nodes_.shrink_to_fit();
}

}  // namespace footnote::transformer
