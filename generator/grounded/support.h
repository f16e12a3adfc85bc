#ifndef FOOTNOTE_GENERATOR_GROUNDED_SUPPORT_H_
#define FOOTNOTE_GENERATOR_GROUNDED_SUPPORT_H_

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "generator/answerer.h"
#include "generator/evidence/units.h"
#include "transformer/embedder.h"

namespace footnote::generator {

// When a passage supports a sentence. Chosen to err on the side of dropping, and not
// fitted to data: a sentence in other words than its source's may be lost, one that
// adds something to it should be. All are 0 to 1.
struct SupportOptions {
  // Share of the sentence's words (stems, without stop words) that the passage or
  // its headings have.
  double min_passage_overlap = 0.8;
  // The same for the quoted unit alone.
  double min_unit_overlap = 0.5;
  // Cosine of the sentence and the quoted unit.
  double min_cosine = 0.5;
};

// The unit of a passage that bears a sentence out.
struct Support {
  int passage = 0;
  int unit = 0;
  transformer::ByteSpan span;  // bytes of the passage's text
  double overlap = 0;          // of the unit
  double cosine = 0;
  // 0 to 1: the mean of overlap and cosine.
  double score() const { return (overlap + cosine) / 2; }
};

// Compares sentences with passages. A passage supports a sentence if one of its
// units
//   - has every number of the sentence,
//   - denies if and only if the sentence does ("not", "never", "cannot", ...),
//   - shares words and meaning with it, as the options say,
// and the passage has every name and identifier of the sentence, and a
// capitalised word at its beginning, too. It can't tell who does what to whom: a
// sentence that swaps the two passes. Keeps the passages' analysis; one thread at
// a time.
class SupportChecker {
 public:
  // `embedder` and the passages must outlive it.
  SupportChecker(const transformer::Embedder* embedder, absl::Span<const Passage> passages,
                 const SupportOptions& options);

  // The best support for `sentence` in passages[candidates[..]]; nullopt: none.
  // Errors: those of the embedder.
  absl::StatusOr<std::optional<Support>> Check(absl::string_view sentence,
                                               absl::Span<const int> candidates,
                                               const std::function<bool()>& cancelled);

 private:
  using Words = std::set<std::string>;
  struct PassageWords {
    bool read = false;
    std::vector<Unit> units;
    std::vector<Words> of_units;
    std::vector<bool> denies;
    Words all;  // with the headings'
  };
  const PassageWords& WordsOf(int passage);
  absl::StatusOr<std::vector<double>> Cosines(absl::string_view sentence,
                                              absl::Span<const Support> places,
                                              const std::function<bool()>& cancelled) const;

  const transformer::Embedder* const embedder_;
  const absl::Span<const Passage> passages_;
  const SupportOptions options_;
  std::vector<PassageWords> words_;
};

}  // namespace footnote::generator

#endif  // FOOTNOTE_GENERATOR_GROUNDED_SUPPORT_H_
