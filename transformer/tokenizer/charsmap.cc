#include "transformer/tokenizer/charsmap.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace footnote::transformer {
namespace {

constexpr size_t kWidth = sizeof(uint32_t);
// Of the largest table that SentencePiece comes with, 20 times.
constexpr size_t kMaxBytes = size_t{8} << 20;
// SentencePiece keeps so many results of one search (Normalizer::kMaxTrieResultsSize).
constexpr int kMaxResults = 32;
constexpr size_t kLabels = 256;

absl::Status Damaged(absl::string_view what) {
  return absl::DataLossError(absl::StrCat("the precompiled charsmap ", what));
}

// Walks all ways through a trie, each unit once: ways may join, as equal endings
// are stored once, but must not come back to themselves.
class Walk {
 public:
  explicit Walk(const Charsmap& charsmap)
      : units_(charsmap.units),
        replacements_(charsmap.replacements),
        states_(charsmap.units.size(), kNew),
        results_(charsmap.units.size(), 0) {}

  absl::Status Run() {
    absl::Status status = Enter(0);
    while (status.ok() && !way_.empty()) {
      if (way_.back().label == kLabels) {
        Leave();
        continue;
      }
      const size_t label = way_.back().label++;
      const size_t child = Base(way_.back().unit) ^ label;
      if (CharsmapLabel(units_[child]) != label) continue;
      if (states_[child] == kOnTheWay) return Damaged("has a trie without end");
      if (states_[child] == kNew) {
        status = Enter(child);
      } else {
        Add(way_.back().unit, child);
      }
    }
    if (status.ok() && results_[0] > kMaxResults) {
      return Damaged(absl::StrCat("has more than ", kMaxResults, " replacements for one text"));
    }
    return status;
  }

 private:
  enum State : uint8_t { kNew, kOnTheWay, kDone };
  struct Step {
    size_t unit = 0;
    size_t label = 0;  // the next to follow
  };

  size_t Base(size_t unit) const { return unit ^ CharsmapOffset(units_[unit]); }

  absl::Status Enter(size_t unit) {
    const size_t base = Base(unit);
    if ((base | (kLabels - 1)) >= units_.size()) return Damaged("has a trie that leads outside it");
    // The root's value is never looked at.
    if (unit != 0 && CharsmapHasValue(units_[unit]) &&
        CharsmapValue(units_[base]) >= replacements_.size()) {
      return Damaged("has a replacement outside it");
    }
    states_[unit] = kOnTheWay;
    way_.push_back({unit, 0});
    return absl::OkStatus();
  }

  void Leave() {
    const size_t unit = way_.back().unit;
    way_.pop_back();
    states_[unit] = kDone;
    if (!way_.empty()) Add(way_.back().unit, unit);
  }

  // Counts the values on the longest way below `unit`, with that of `child`.
  void Add(size_t unit, size_t child) {
    const int below = results_[child] + (CharsmapHasValue(units_[child]) ? 1 : 0);
    results_[unit] = std::max(results_[unit], below);
  }

  const std::vector<uint32_t>& units_;
  const std::string& replacements_;
  std::vector<State> states_;
  std::vector<int> results_;
  std::vector<Step> way_;
};

}  // namespace

absl::StatusOr<Charsmap> ParseCharsmap(absl::string_view bytes) {
  if (bytes.size() < 2 * kWidth) return Damaged("has no trie");
  const auto word = [&bytes](size_t i) {
    const auto* p = reinterpret_cast<const unsigned char*>(bytes.data()) + i;
    return uint32_t{p[0]} | uint32_t{p[1]} << 8 | uint32_t{p[2]} << 16 | uint32_t{p[3]} << 24;
  };
  const size_t trie_bytes = word(0);
  if (trie_bytes < kWidth || trie_bytes % kWidth != 0 || trie_bytes > bytes.size() - kWidth) {
    return Damaged(absl::StrCat("of ", bytes.size(), " bytes says that its trie has ", trie_bytes));
  }
  Charsmap out;
  out.units.resize(trie_bytes / kWidth);
  for (size_t i = 0; i < out.units.size(); ++i) out.units[i] = word(kWidth * (i + 1));
  out.replacements = std::string(bytes.substr(kWidth + trie_bytes));
  return out;
}

absl::Status CheckCharsmap(const Charsmap& charsmap) {
  const size_t bytes = charsmap.units.size() * kWidth + charsmap.replacements.size();
  if (bytes > kMaxBytes) {
    return Damaged(absl::StrCat("has ", bytes, " bytes; at most ", kMaxBytes, " are read"));
  }
  if (charsmap.units.empty()) return Damaged("has no trie");
  if (charsmap.replacements.empty() || charsmap.replacements.back() != '\0') {
    return Damaged("has a last replacement without end");
  }
  return Walk(charsmap).Run();
}

}  // namespace footnote::transformer
