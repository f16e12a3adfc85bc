#include "retrieval/search/near_duplicates.h"

#include <algorithm>
#include <string>
#include <utility>

#include "kernels/base/hash.h"
#include "transformer/text/fold.h"
#include "transformer/text/utf8.h"

namespace footnote::retrieval {
namespace {

using transformer::CharClass;

constexpr size_t kShingleWords = 3;

std::vector<std::string> Words(absl::string_view text) {
  std::vector<std::string> words;
  size_t begin = 0, pos = 0;  // of a word; of a character
  const auto end_word = [&](size_t end) {
    if (begin < end) words.push_back(transformer::FoldWord(text.substr(begin, end - begin)));
  };
  while (pos < text.size()) {
    const size_t at = pos;
    const CharClass cls = transformer::ClassOf(transformer::DecodeUtf8(text, &pos));
    if (cls == CharClass::kLetter || cls == CharClass::kUnspaced || cls == CharClass::kDigit ||
        cls == CharClass::kIgnored) {
      continue;
    }
    end_word(at);
    begin = pos;
    if (cls == CharClass::kIdeograph) words.emplace_back(text.substr(at, pos - at));
  }
  end_word(text.size());
  return words;
}

}  // namespace

std::vector<uint64_t> Shingles(absl::string_view text) {
  const std::vector<std::string> words = Words(text);
  if (words.empty()) return {kernels::Hash64(text)};
  const size_t length = std::min(kShingleWords, words.size());
  std::vector<uint64_t> shingles;
  std::string run;
  for (size_t i = 0; i + length <= words.size(); ++i) {
    run.clear();
    for (size_t j = i; j < i + length; ++j) {
      run += words[j];
      run += ' ';  // stands in no word
    }
    shingles.push_back(kernels::Hash64(run));
  }
  std::sort(shingles.begin(), shingles.end());
  shingles.erase(std::unique(shingles.begin(), shingles.end()), shingles.end());
  return shingles;
}

std::optional<DuplicateFolder::Match> DuplicateFolder::Add(absl::string_view text) {
  const size_t number = added_++;
  const std::vector<uint64_t> shingles = Shingles(text);
  absl::flat_hash_map<uint32_t, size_t> common;  // shingles shared with each kept text
  for (const uint64_t shingle : shingles) {
    const auto it = having_.find(shingle);
    if (it == having_.end()) continue;
    for (const uint32_t kept : it->second) ++common[kept];
  }
  std::optional<Match> best;
  for (const auto& [index, shared] : common) {
    const Kept& kept = kept_[index];
    const double similarity =
        static_cast<double>(shared) / static_cast<double>(shingles.size() + kept.shingles - shared);
    if (similarity < threshold_) continue;
    if (!best.has_value() || similarity > best->similarity ||
        (similarity == best->similarity && kept.text < best->text)) {
      best = {kept.text, similarity};
    }
  }
  if (best.has_value()) return best;
  const auto index = static_cast<uint32_t>(kept_.size());
  kept_.push_back({number, shingles.size()});
  for (const uint64_t shingle : shingles) having_[shingle].push_back(index);
  return std::nullopt;
}

}  // namespace footnote::retrieval
