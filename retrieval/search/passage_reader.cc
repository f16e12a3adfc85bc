#include "retrieval/search/passage_reader.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "retrieval/codec/keys.h"
#include "retrieval/search/section.h"
#include "retrieval/store/document_rows.h"

namespace footnote::retrieval {

absl::StatusOr<std::string> PassageReader::Row(Table table, const std::string& key,
                                               const std::string& id) const {
  FN_ASSIGN_OR_RETURN(auto value, view_.store.Get(table, key));
  if (value.has_value()) return *std::move(value);
  return absl::DataLossError(
      absl::StrCat("the store has lost a row of ", id, " in ", TableName(table), "; run verify"));
}

absl::StatusOr<const DocumentRecord*> PassageReader::Document(const DocumentEntry& entry) {
  auto it = documents_.find(entry.number);
  if (it == documents_.end()) {
    FN_ASSIGN_OR_RETURN(
        const std::string value,
        Row(Table::kDocuments, DocumentKey(state_.record().number, entry.number), entry.id));
    FN_ASSIGN_OR_RETURN(DocumentRecord record, DecodeDocument(value));
    it = documents_.emplace(entry.number, std::move(record)).first;
  }
  return &it->second;
}

absl::StatusOr<ChunkRecord> PassageReader::ReadChunk(const DocumentEntry& entry, uint32_t ordinal) {
  FN_ASSIGN_OR_RETURN(const DocumentRecord* document, Document(entry));
  FN_ASSIGN_OR_RETURN(
      const std::string value,
      Row(Table::kChunks, ChunkKey(state_.record().number, entry.number, ordinal), entry.id));
  FN_ASSIGN_OR_RETURN(ChunkRecord record, DecodeChunk(value));
  if (record.chunk.begin > record.chunk.end || record.chunk.end > document->text_bytes) {
    return absl::DataLossError(
        absl::StrCat("chunk ", ordinal, " of ", entry.id, " leaves its text; run verify"));
  }
  return record;
}

absl::StatusOr<std::string> PassageReader::TextOf(const DocumentEntry& entry,
                                                  const Chunk& chunk) const {
  return retrieval::ReadText(view_.store, state_.record().number, entry.number, chunk.begin,
                             chunk.end);
}

absl::StatusOr<Hit> PassageReader::ReadHit(uint32_t row) {
  const DocumentEntry& entry = EntryOf(row);
  Hit hit;
  hit.doc = entry.id;
  hit.chunk = row - entry.first_row;
  FN_ASSIGN_OR_RETURN(ChunkRecord record, ReadChunk(entry, hit.chunk));
  FN_ASSIGN_OR_RETURN(const DocumentRecord* document, Document(entry));
  hit.title = document->title;
  hit.source = document->source;
  hit.begin = record.chunk.begin;
  hit.end = record.chunk.end;
  FN_ASSIGN_OR_RETURN(hit.text, TextOf(entry, record.chunk));
  hit.heading_path = std::move(record.chunk.heading_path);
  hit.anchor = std::move(record.anchor);
  return hit;
}

absl::StatusOr<FoldedPassage> PassageReader::ReadPlace(uint32_t row) {
  const DocumentEntry& entry = EntryOf(row);
  FoldedPassage place;
  place.doc = entry.id;
  place.chunk = row - entry.first_row;
  FN_ASSIGN_OR_RETURN(const ChunkRecord record, ReadChunk(entry, place.chunk));
  place.begin = record.chunk.begin;
  place.end = record.chunk.end;
  return place;
}

absl::StatusOr<std::string> PassageReader::ReadText(uint32_t row) {
  const DocumentEntry& entry = EntryOf(row);
  FN_ASSIGN_OR_RETURN(const ChunkRecord record, ReadChunk(entry, row - entry.first_row));
  return TextOf(entry, record.chunk);
}

absl::StatusOr<std::string> PassageReader::ReadIndexedText(uint32_t row) {
  const DocumentEntry& entry = EntryOf(row);
  FN_ASSIGN_OR_RETURN(const ChunkRecord record, ReadChunk(entry, row - entry.first_row));
  FN_ASSIGN_OR_RETURN(const std::string text, TextOf(entry, record.chunk));
  return IndexedText(record.chunk.heading_path, text);
}

absl::Status PassageReader::AddContext(const SearchRequest& request, uint32_t row, Hit* hit) {
  if (!request.section && request.neighbours_before == 0 && request.neighbours_after == 0) {
    return absl::OkStatus();
  }
  const DocumentEntry& entry = EntryOf(row);
  FN_ASSIGN_OR_RETURN(const DocumentRecord* document, Document(entry));
  FN_ASSIGN_OR_RETURN(
      const std::string value,
      Row(Table::kDocuments, BlocksKey(state_.record().number, entry.number), entry.id));
  FN_ASSIGN_OR_RETURN(const std::vector<Block> blocks, DecodeBlocks(value));
  const auto section = SectionAt(blocks, hit->begin, document->text_bytes);
  if (request.section) hit->section = section;
  // The passage at `ordinal`, unless it is of another section.
  const auto read = [&](uint32_t ordinal) -> absl::StatusOr<std::optional<Neighbour>> {
    FN_ASSIGN_OR_RETURN(const ChunkRecord record, ReadChunk(entry, ordinal));
    const Chunk& chunk = record.chunk;
    if (chunk.begin < section.first || chunk.end > section.second) {
      return std::optional<Neighbour>();
    }
    FN_ASSIGN_OR_RETURN(std::string text, TextOf(entry, chunk));
    return Neighbour{ordinal, chunk.begin, chunk.end, std::move(text)};
  };
  for (int i = 1; i <= request.neighbours_before && static_cast<uint32_t>(i) <= hit->chunk; ++i) {
    FN_ASSIGN_OR_RETURN(auto neighbour, read(hit->chunk - i));
    if (!neighbour.has_value()) break;
    hit->before.push_back(*std::move(neighbour));
  }
  std::reverse(hit->before.begin(), hit->before.end());
  for (int i = 1; i <= request.neighbours_after && hit->chunk + i < entry.chunks; ++i) {
    FN_ASSIGN_OR_RETURN(auto neighbour, read(hit->chunk + i));
    if (!neighbour.has_value()) break;
    hit->after.push_back(*std::move(neighbour));
  }
  return absl::OkStatus();
}

}  // namespace footnote::retrieval
