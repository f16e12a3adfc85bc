#ifndef FOOTNOTE_RETRIEVAL_SEARCH_NEAR_DUPLICATES_H_
#define FOOTNOTE_RETRIEVAL_SEARCH_NEAR_DUPLICATES_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"

namespace footnote::retrieval {

// The hashes of a text's runs of three words, ascending, without repeats (Broder
// 1997, "On the Resemblance and Containment of Documents"). Words are compared
// folded (case, accents, compatibility forms); all of them count, so that "is" and
// "is not" differ; an ideograph is a word. A text of one or two words has the run
// of them all, a text without words its bytes.
std::vector<uint64_t> Shingles(absl::string_view text);

// Says of texts, which come best first, which repeat an earlier one: their
// resemblance |A n B| / |A u B| of shingles is at least `threshold`. A text that is
// folded attracts no others, so that a chain of small changes doesn't fold into one.
// Takes time in proportion to the shingles and those they share with earlier texts.
// Not thread-safe.
class DuplicateFolder {
 public:
  // Precondition: 0 < threshold <= 1.
  explicit DuplicateFolder(double threshold) : threshold_(threshold) {}

  struct Match {
    size_t text = 0;  // counts the calls of Add from 0
    double similarity = 0;
  };
  // The kept text that this one repeats: the most similar one, the earliest of
  // equals. nullopt: none, and it is kept.
  std::optional<Match> Add(absl::string_view text);

 private:
  struct Kept {
    size_t text;
    size_t shingles;
  };
  const double threshold_;
  size_t added_ = 0;
  std::vector<Kept> kept_;
  absl::flat_hash_map<uint64_t, std::vector<uint32_t>> having_;  // indexes into kept_
};

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_SEARCH_NEAR_DUPLICATES_H_
