#include "transformer/tokenizer/trie.h"

#include <algorithm>

namespace footnote::transformer {

// Places the nodes level by level: for a node, the first base at which all its
// children fall on free places.
class Trie::Builder {
 public:
  explicit Builder(std::vector<Node>* nodes) : nodes_(*nodes) { Grow(kFanOut); }

  void Build(const std::vector<std::pair<std::string, int32_t>>& keys) {
    struct Range {
      size_t begin, end, depth;
      int32_t node;
    };
    nodes_[0].parent = kRootParent;
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
        nodes_[children[k].node].parent = range.node;
        queue.push_back(children[k]);
      }
    }
  }

 private:
  static constexpr int32_t kFanOut = 256;
  static constexpr int32_t kRootParent = -2;
  // A gap that was tried in vain this often is not tried again, which keeps the
  // building time linear at the price of a few free places.
  static constexpr int kMaxTries = 64;

  void Grow(size_t size) {
    if (nodes_.size() < size) {
      nodes_.resize(std::max(size, nodes_.size() * 2));
      tries_.resize(nodes_.size());
    }
  }

  int32_t FindBase(const std::vector<unsigned char>& bytes) {
    while (first_free_ < nodes_.size() &&
           (nodes_[first_free_].parent != -1 || tries_[first_free_] >= kMaxTries)) {
      ++first_free_;
    }
    for (size_t place = std::max<size_t>(first_free_, bytes[0] + 1u);; ++place) {
      Grow(place + 2 * kFanOut);
      if (nodes_[place].parent != -1) continue;
      const size_t base = place - bytes[0];
      const bool fits = std::all_of(bytes.begin(), bytes.end(),
                                    [&](unsigned char b) { return nodes_[base + b].parent == -1; });
      if (fits) return static_cast<int32_t>(base);
      if (tries_[place] < kMaxTries) ++tries_[place];
    }
  }

  std::vector<Node>& nodes_;
  std::vector<int> tries_;
  size_t first_free_ = 1;
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
