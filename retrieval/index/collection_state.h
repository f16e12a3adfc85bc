#ifndef FOOTNOTE_RETRIEVAL_INDEX_COLLECTION_STATE_H_
#define FOOTNOTE_RETRIEVAL_INDEX_COLLECTION_STATE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "retrieval/codec/records.h"
#include "retrieval/index/append_only.h"
#include "retrieval/index/bitmap.h"
#include "retrieval/index/document_fields.h"
#include "retrieval/index/growing_index.h"
#include "retrieval/index/lexical_index.h"
#include "transformer/text/language.h"

namespace footnote::retrieval {

struct VectorSegment;

// What search must know of a document without reading the store.
struct DocumentEntry {
  uint64_t number = 0;
  uint32_t first_row = 0;  // its chunks are rows [first_row, first_row + chunks)
  uint32_t chunks = 0;
  uint32_t access_set = 0;
  uint64_t vectors_hash = 0;  // XXH3-64 of the chunks' vectors
  std::string id;
};

// The documents that share one access list and one language. Counts are of those alive.
struct AccessSet {
  std::shared_ptr<const AccessList> access;  // both lists sorted, no duplicates
  const transformer::Language* language = nullptr;
  uint64_t chunks = 0;
  uint64_t terms = 0;
};

// What the index keeps of a document beside its chunks.
struct DocumentFacts {
  uint64_t number = 0;
  std::string id;
  AccessList access;
  std::string title;
  std::string source;
  std::map<std::string, std::string> metadata;
};

// Both lists sorted and without duplicates.
AccessList Normalized(AccessList access);

// The index of one collection as of one write: derived from the store, immutable
// once published. A chunk is a row; rows of a removed document stay, not alive,
// until Compacted() drops them.
//
// A writer copies the newest state, changes the copy and publishes it; copies
// share vectors and documents (see AppendOnly), so a write costs what it brings
// and a copy of the bitmap.
class CollectionState {
 public:
  CollectionState(std::string name, CollectionRecord record);

  // Writers' part. Precondition of Add: facts.number is above every earlier one;
  // vectors is [chunk_terms.size(), dim].
  void Add(DocumentFacts facts, absl::Span<const uint32_t> chunk_terms, const float* vectors);
  // Adds rows of a document that is gone: not alive, with vectors of zeros. For segments
  // from files, which still have them. The same precondition.
  void AddRemoved(uint64_t number, uint32_t chunks, uint64_t vectors_hash);
  // Whether there was such a document.
  bool Remove(uint64_t number);
  // Ends a write with its postings: of the documents that were added since the last
  // call, and of those that were removed.
  void AddWords(LexicalBatch words);
  // The postings of all rows, as they were loaded.
  void SetWords(LexicalIndex words) { words_ = std::move(words); }
  CollectionRecord& mutable_record() { return record_; }
  // Whether more than half of many rows are dead.
  bool WantsCompaction() const;
  // A state of the living rows alone, sharing nothing, without segments.
  std::shared_ptr<CollectionState> Compacted() const;
  // Puts a segment in the place of all whose rows it covers. Preconditions: it was
  // built of this state or of one that this one was copied from; it begins where
  // another one does, or where the last one ends.
  void SetSegment(std::shared_ptr<const VectorSegment> segment);
  // The same for copies of one state, until one is compacted: their rows are the
  // same as far as both have them.
  uint64_t lineage() const { return lineage_; }

  const std::string& name() const { return name_; }
  const CollectionRecord& record() const { return record_; }
  size_t rows() const { return alive_.size(); }
  const Bitmap& alive() const { return alive_; }
  size_t slots() const { return documents_.size(); }
  const DocumentEntry& document(size_t slot) const { return documents_[slot]; }
  // Whether the document of a slot is there: not removed, nor replaced.
  bool is_alive(size_t slot) const { return alive_slots_.Test(slot); }
  // The slot of a document by its number, dead or alive. Numbers ascend by slot.
  std::optional<size_t> SlotOf(uint64_t number) const;
  // The slot of the document that a row belongs to.
  uint32_t slot_of_row(size_t row) const { return row_slots_[row]; }
  uint32_t terms_of_row(size_t row) const { return row_terms_[row]; }
  const std::vector<AccessSet>& access_sets() const { return access_sets_; }
  const AccessList& access(size_t slot) const {
    return *access_sets_[documents_[slot].access_set].access;
  }
  const transformer::Language& language(size_t slot) const {
    return *access_sets_[documents_[slot].access_set].language;
  }
  const DocumentFields& fields() const { return fields_; }
  const GrowingIndex& vectors() const { return vectors_; }
  const LexicalIndex& words() const { return words_; }
  // Of the rows from the first one on, one after the other without a gap. Rows
  // beyond the last segment are in vectors() alone.
  const std::vector<std::shared_ptr<const VectorSegment>>& segments() const { return segments_; }
  size_t MemoryBytes() const;

 private:
  uint32_t InternAccessSet(AccessList access, const transformer::Language& language);

  std::string name_;
  CollectionRecord record_;
  AppendOnly<DocumentEntry> documents_;
  AppendOnly<uint32_t> row_slots_;
  AppendOnly<uint32_t> row_terms_;
  Bitmap alive_;
  Bitmap alive_slots_;
  std::vector<AccessSet> access_sets_;
  // By the hash of list and language, or the next free number after it; as in StringTable.
  std::shared_ptr<absl::flat_hash_map<uint64_t, uint32_t>> access_set_of_;
  DocumentFields fields_;
  GrowingIndex vectors_;
  LexicalIndex words_;
  std::vector<std::shared_ptr<const VectorSegment>> segments_;
  uint64_t lineage_;
};

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_INDEX_COLLECTION_STATE_H_
