#include "retrieval/search/similar_terms.h"

#include <algorithm>
#include <map>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "transformer/text/utf8.h"

namespace footnote::retrieval {
namespace {

constexpr size_t kLettersOfOne = 4, kLettersOfTwo = 8;

// A term's letters and where each ends.
struct Letters {
  explicit Letters(absl::string_view text) {
    for (size_t pos = 0; pos < text.size();) {
      letters.push_back(transformer::DecodeUtf8(text, &pos));
      ends.push_back(pos);
    }
  }
  size_t size() const { return letters.size(); }

  std::vector<char32_t> letters;
  std::vector<size_t> ends;  // bytes
};

// The first term at or after `first` that doesn't begin with `prefix`, which term `first`
// does.
size_t EndOfPrefix(const LexicalSegment& segment, size_t first, absl::string_view prefix) {
  size_t low = first + 1, step = 1;  // all before low begin with it
  while (low + step <= segment.terms() && absl::StartsWith(segment.term(low + step - 1), prefix)) {
    low += step;
    step *= 2;
  }
  size_t count = std::min(step, segment.terms() - low);
  while (count > 0) {
    const size_t half = count / 2;
    if (absl::StartsWith(segment.term(low + half), prefix)) {
      low += half + 1;
      count -= half + 1;
    } else {
      count = half;
    }
  }
  return low;
}

class Walk {
 public:
  Walk(absl::string_view term, int most) : term_(term), target_(term), most_(most) {
    rows_.emplace_back(target_.size() + 1);
    for (size_t j = 0; j <= target_.size(); ++j) rows_[0][j] = static_cast<int>(j);
  }

  void Run(const LexicalSegment& segment, std::map<std::string, int>* found) {
    const absl::string_view first_letter = term_.substr(0, target_.ends[0]);
    for (size_t i = segment.LowerBound(first_letter); i < segment.terms();) {
      const absl::string_view text = segment.term(i);
      if (!absl::StartsWith(text, first_letter)) return;
      const Letters letters(text);
      const size_t reached = Extend(letters.letters);
      if (reached < letters.size()) {
        i = EndOfPrefix(segment, i, text.substr(0, letters.ends[reached]));
        continue;
      }
      const int distance = rows_[letters.size()].back();
      if (distance <= most_ && distance > 0) found->emplace(text, distance);
      ++i;
    }
  }

 private:
  // Makes the rows of a term. Returns its size, or the place of the first letter with
  // which it is too far away, whatever follows.
  size_t Extend(const std::vector<char32_t>& letters) {
    size_t same = 0;
    while (same < letters.size() && same < done_.size() && letters[same] == done_[same]) ++same;
    done_.resize(same);
    while (rows_.size() <= letters.size()) rows_.emplace_back(target_.size() + 1);
    for (size_t i = same; i < letters.size(); ++i) {
      const std::vector<int>& above = rows_[i];
      std::vector<int>& row = rows_[i + 1];
      row[0] = static_cast<int>(i) + 1;
      int least = row[0];
      for (size_t j = 1; j < row.size(); ++j) {
        const char32_t wanted = target_.letters[j - 1];
        row[j] =
            std::min({above[j] + 1, row[j - 1] + 1, above[j - 1] + (letters[i] == wanted ? 0 : 1)});
        if (i > 0 && j > 1 && letters[i] == target_.letters[j - 2] && letters[i - 1] == wanted) {
          row[j] = std::min(row[j], rows_[i - 1][j - 2] + 1);
        }
        least = std::min(least, row[j]);
      }
      // A swap with the next letter can't bring it back: each row is at most one above
      // the one before it.
      if (least > most_) return i;
      done_.push_back(letters[i]);
    }
    return letters.size();
  }

  const absl::string_view term_;
  const Letters target_;
  const int most_;
  std::vector<char32_t> done_;          // the letters whose rows are made
  std::vector<std::vector<int>> rows_;  // distances of each beginning of both
};

}  // namespace

int MaxMisspelling(absl::string_view term) {
  if (std::any_of(term.begin(), term.end(),
                  [](char c) { return absl::ascii_isdigit(static_cast<unsigned char>(c)); })) {
    return 0;
  }
  const size_t letters = Letters(term).size();
  return letters >= kLettersOfTwo ? 2 : letters >= kLettersOfOne ? 1 : 0;
}

std::vector<SimilarTerm> SimilarTerms(const LexicalIndex& index, absl::string_view term, int most) {
  if (term.empty()) return {};
  std::map<std::string, int> found;
  for (const auto& segment : index.segments()) Walk(term, most).Run(*segment, &found);
  std::vector<SimilarTerm> out;
  out.reserve(found.size());
  for (auto& [text, distance] : found) out.push_back({text, distance});
  return out;
}

}  // namespace footnote::retrieval
