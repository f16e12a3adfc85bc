#ifndef FOOTNOTE_RETRIEVAL_STORE_DOCUMENT_ROWS_H_
#define FOOTNOTE_RETRIEVAL_STORE_DOCUMENT_ROWS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "retrieval/codec/records.h"
#include "retrieval/engine.h"
#include "retrieval/store/store.h"
#include "rocksdb/write_batch.h"

namespace footnote::retrieval {

// What BM25 knows of a document: the length of each chunk and the postings.
struct LexicalContent {
  std::vector<uint32_t> chunk_terms;
  std::map<std::string, PostingRecord> postings;
};
// Of a document with chunks `chunk_of(0)` to `chunk_of(chunks - 1)`.
LexicalContent AnalyzeChunks(const Document& document, size_t chunks,
                             const std::function<const Chunk&(size_t)>& chunk_of);
struct StoredDocument;
// Of a document that was read back with its chunks.
LexicalContent AnalyzeStored(const StoredDocument& stored);

// Errors: InvalidArgument, naming the document and what is wrong with it.
absl::Status CheckWrite(const DocumentWrite& write, int dim);

// The two checks of it that other writes share.
absl::Status CheckCollectionName(const std::string& name);
absl::Status CheckAccess(const AccessList& access);

// The number of a document; nullopt: the collection has no such id.
absl::StatusOr<std::optional<uint64_t>> FindDocument(const StoreView& view, uint32_t collection,
                                                     absl::string_view id);

// A document as it is read back whole.
struct StoredDocument {
  uint64_t number = 0;
  Document document;
  std::vector<ChunkRecord> chunks;
};
// NotFound if the collection has no such id; DataLoss if rows are missing or
// contradict each other. `with_chunks`: read them too.
absl::StatusOr<StoredDocument> ReadDocument(const StoreView& view, uint32_t collection,
                                            const std::string& collection_name,
                                            absl::string_view id, bool with_chunks);

// The stored bytes [begin, end) of a document's text. DataLoss if they aren't there.
absl::StatusOr<std::string> ReadText(const StoreView& view, uint32_t collection, uint64_t number,
                                     uint32_t begin, uint32_t end);

// Adds to `batch` all rows of a document, or the removal of all its rows. Every
// row of a document is written and removed here and nowhere else.
void PutDocument(const Store& store, uint32_t collection, uint64_t number,
                 const DocumentWrite& write, const LexicalContent& lexical,
                 rocksdb::WriteBatch* batch);
// The rows that depend on the analyser alone, of a document that is there: its postings,
// and those chunks whose length is another one now.
void PutWords(const Store& store, uint32_t collection, const StoredDocument& document,
              const LexicalContent& lexical, rocksdb::WriteBatch* batch);
void RemoveDocument(const Store& store, uint32_t collection, const StoredDocument& document,
                    const LexicalContent& lexical, rocksdb::WriteBatch* batch);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_STORE_DOCUMENT_ROWS_H_
