#ifndef FOOTNOTE_RETRIEVAL_INDEX_LEXICAL_INDEX_H_
#define FOOTNOTE_RETRIEVAL_INDEX_LEXICAL_INDEX_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "retrieval/codec/records.h"
#include "retrieval/index/bitmap.h"
#include "retrieval/index/lexical_builder.h"
#include "retrieval/index/lexical_segment.h"

namespace footnote::retrieval {

class LexicalIndex;

// What one write changes in the postings of a collection.
class LexicalBatch {
 public:
  // The postings of a new document, whose chunks are rows from `first_row` on; of the
  // documents of one batch the rows ascend.
  void Add(uint32_t first_row, const std::map<std::string, PostingRecord>& postings);
  // Those of a document that goes, whose chunks are rows of `index` from `first_row` on.
  // Only what the index has is counted: a damaged store may lack postings of its texts.
  void Remove(const LexicalIndex& index, uint32_t first_row,
              const std::map<std::string, PostingRecord>& postings);
  bool empty() const { return words_.empty(); }
  // The segment of the rows that the batch brings; see LexicalSegmentBuilder.
  std::shared_ptr<const LexicalSegment> Build(uint32_t first_row, std::vector<uint32_t> lengths) &&;

 private:
  struct Word {
    std::vector<LexicalPosting> postings;
    std::vector<uint32_t> positions;
    int64_t removed = 0;
  };
  absl::flat_hash_map<std::string, Word> words_;
};

// The inverted index of a collection: immutable segments of ascending rows. Each write
// appends one, and segments of alike size are merged into one as they gather, without
// the postings of rows that are dead by then: a posting is merged once per size class,
// and there are few segments to search. Copies share segments; so readers of an older
// copy never wait.
class LexicalIndex {
 public:
  using Segments = std::vector<std::shared_ptr<const LexicalSegment>>;

  // Appends a segment of the rows after the last one's. `alive`: rows not yet removed.
  void Append(std::shared_ptr<const LexicalSegment> segment, const Bitmap& alive);
  // Notes that the posting of `term` in the document whose rows begin at `row` can't be
  // read: who may see it and searches for the term must get an error rather than miss it.
  void NoteDamage(const std::string& term, uint32_t row, const std::string& what);

  // The index of the living rows alone, in one segment, numbered anew from 0.
  LexicalIndex Compacted(const Bitmap& alive) const;

  const Segments& segments() const { return segments_; }
  // How many living passages have `term`.
  uint64_t Chunks(absl::string_view term) const;
  // How often it stands in one; 0: not at all.
  uint32_t Frequency(absl::string_view term, uint32_t row) const;
  // Where it stands in one, ascending (see transformer::Term::position).
  std::vector<uint32_t> Positions(absl::string_view term, uint32_t row) const;
  // The sum of Chunks over all terms.
  uint64_t LivingPostings() const;
  // DataLoss if a posting of the term in a visible document couldn't be read.
  absl::Status CheckTerm(const std::string& term, const Bitmap& visible) const;
  size_t MemoryBytes() const;

 private:
  Segments segments_;
  struct Damage {
    uint32_t row;
    std::string what;
  };
  std::multimap<std::string, Damage> damage_;  // by term; mostly empty
};

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_INDEX_LEXICAL_INDEX_H_
