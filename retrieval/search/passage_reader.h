#ifndef FOOTNOTE_RETRIEVAL_SEARCH_PASSAGE_READER_H_
#define FOOTNOTE_RETRIEVAL_SEARCH_PASSAGE_READER_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "retrieval/codec/records.h"
#include "retrieval/engine.h"
#include "retrieval/index/view.h"

namespace footnote::retrieval {

// Reads passages of one collection from the store, by their rows in the index.
// Whoever asks must have checked that the row is visible; nothing outside its
// document is read. One per search: keeps what it read of documents. Not
// thread-safe; must not outlive view and state. Errors: DataLoss, naming the
// document.
class PassageReader {
 public:
  PassageReader(const View& view, const CollectionState& state) : view_(view), state_(state) {}

  // Everything that the store knows of the passage, without scores.
  absl::StatusOr<Hit> ReadHit(uint32_t row);
  // Its place alone, as one that was folded.
  absl::StatusOr<FoldedPassage> ReadPlace(uint32_t row);
  // Its text; with its heading path before it, as it is embedded.
  absl::StatusOr<std::string> ReadText(uint32_t row);
  absl::StatusOr<std::string> ReadIndexedText(uint32_t row);
  // Sets section, before and after of the hit of `row`, as far as the request
  // wants them.
  absl::Status AddContext(const SearchRequest& request, uint32_t row, Hit* hit);

 private:
  absl::StatusOr<std::string> Row(Table table, const std::string& key, const std::string& id) const;
  absl::StatusOr<const DocumentRecord*> Document(const DocumentEntry& entry);
  absl::StatusOr<ChunkRecord> ReadChunk(const DocumentEntry& entry, uint32_t ordinal);
  absl::StatusOr<std::string> TextOf(const DocumentEntry& entry, const Chunk& chunk) const;
  const DocumentEntry& EntryOf(uint32_t row) const {
    return state_.document(state_.slot_of_row(row));
  }

  const View& view_;
  const CollectionState& state_;
  std::map<uint64_t, DocumentRecord> documents_;  // by number
};

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_SEARCH_PASSAGE_READER_H_
