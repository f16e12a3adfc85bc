#include "retrieval/store/document_rows.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "retrieval/codec/keys.h"
#include "transformer/text/analyzer.h"
#include "transformer/text/utf8.h"

namespace footnote::retrieval {
namespace {

constexpr size_t kMaxIdBytes = 4096;
constexpr size_t kMaxNameBytes = 255;
// Places between a passage's heading path and its text, so that no phrase begins in the
// one and ends in the other.
constexpr uint32_t kHeadingGap = 10;

absl::Status Missing(absl::string_view what, absl::string_view id) {
  return absl::DataLossError(absl::StrCat("the store has lost the ", what, " of document ", id,
                                          "; restore a snapshot or ingest it again"));
}

// Whether `pos` doesn't cut a character. The text is known to be valid UTF-8.
bool IsBoundary(const std::string& text, uint32_t pos) {
  return pos == text.size() || (static_cast<unsigned char>(text[pos]) & 0xC0) != 0x80;
}

// The anchor of the nearest block at or before `begin` that has one.
std::string AnchorAt(const std::vector<Block>& blocks, uint32_t begin) {
  auto it = std::upper_bound(blocks.begin(), blocks.end(), begin,
                             [](uint32_t pos, const Block& b) { return pos < b.begin; });
  while (it != blocks.begin()) {
    --it;
    if (!it->anchor.empty()) return it->anchor;
  }
  return "";
}

void PutPostings(const Store& store, uint32_t collection, uint64_t number,
                 const LexicalContent& lexical, rocksdb::WriteBatch* batch) {
  for (const auto& [term, posting] : lexical.postings) {
    store.Put(Table::kPostings, PostingKey(collection, term, number), EncodePosting(posting),
              batch);
  }
}

}  // namespace

LexicalContent AnalyzeChunks(const Document& document, size_t chunks,
                             const std::function<const Chunk&(size_t)>& chunk_of) {
  const transformer::Language& language = LanguageOf(document.metadata);
  LexicalContent out;
  out.chunk_terms.resize(chunks);
  for (size_t i = 0; i < chunks; ++i) {
    const Chunk& chunk = chunk_of(i);
    std::vector<transformer::Term> terms =
        transformer::Analyze(IndexedText(document, chunk), language);
    out.chunk_terms[i] = static_cast<uint32_t>(terms.size());
    for (transformer::Term& term : terms) {
      PostingRecord& posting = out.postings[std::move(term.text)];
      if (posting.chunks.empty() || posting.chunks.back().ordinal != i) {
        posting.chunks.push_back({static_cast<uint32_t>(i), 0});
      }
      ++posting.chunks.back().frequency;
      const bool in_heading = term.span.begin < chunk.heading_path.size();
      posting.positions.push_back(term.position + (in_heading ? 0 : kHeadingGap));
    }
  }
  return out;
}

LexicalContent AnalyzeStored(const StoredDocument& stored) {
  return AnalyzeChunks(stored.document, stored.chunks.size(),
                       [&stored](size_t i) -> const Chunk& { return stored.chunks[i].chunk; });
}

absl::Status CheckCollectionName(const std::string& name) {
  if (!name.empty() && name.size() <= kMaxNameBytes) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("the collection's name must have 1 to ", kMaxNameBytes, " bytes"));
}

absl::Status CheckAccess(const AccessList& access) {
  for (const auto* list : {&access.allow, &access.deny}) {
    for (const std::string& principal : *list) {
      if (principal.empty()) return absl::InvalidArgumentError("the ACL has an empty principal");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckWrite(const DocumentWrite& write, int dim) {
  const Document& d = write.document;
  const auto bad = [&d](const std::string& what) {
    return absl::InvalidArgumentError(absl::StrCat("document \"", d.id, "\": ", what));
  };
  if (d.id.empty()) return absl::InvalidArgumentError("a document without an id");
  if (d.id.size() > kMaxIdBytes) return bad(absl::StrCat("its id is over ", kMaxIdBytes, " bytes"));
  if (const absl::Status status = CheckCollectionName(d.collection); !status.ok()) {
    return bad(std::string(status.message()));
  }
  if (d.text.size() > std::numeric_limits<uint32_t>::max()) return bad("its text is over 4 GiB");
  if (!transformer::IsValidUtf8(d.text)) return bad("its text isn't valid UTF-8");
  if (const absl::Status status = CheckAccess(d.access); !status.ok()) {
    return bad(std::string(status.message()));
  }
  uint32_t previous = 0;
  for (const Block& b : d.blocks) {
    if (b.begin < previous || b.end < b.begin || b.end > d.text.size()) {
      return bad(absl::StrCat("block [", b.begin, ", ", b.end,
                              ") overlaps the one before it or leaves the text of ", d.text.size(),
                              " bytes"));
    }
    previous = b.end;
  }
  for (const Chunk& c : write.chunks) {
    if (c.begin >= c.end || c.end > d.text.size()) {
      return bad(absl::StrCat("chunk [", c.begin, ", ", c.end, ") is empty or leaves the text of ",
                              d.text.size(), " bytes"));
    }
    if (!IsBoundary(d.text, c.begin) || !IsBoundary(d.text, c.end)) {
      return bad(absl::StrCat("chunk [", c.begin, ", ", c.end, ") cuts a character"));
    }
  }
  if (write.vectors.size() != write.chunks.size() * static_cast<size_t>(dim)) {
    return bad(absl::StrCat("it has ", write.vectors.size(), " vector components; ",
                            write.chunks.size(), " chunks of ", dim, " dimensions need ",
                            write.chunks.size() * static_cast<size_t>(dim)));
  }
  for (const float v : write.vectors) {
    if (!std::isfinite(v)) return bad("a vector has a component that isn't a finite number");
  }
  return absl::OkStatus();
}

void PutDocument(const Store& store, uint32_t collection, uint64_t number,
                 const DocumentWrite& write, const LexicalContent& lexical,
                 rocksdb::WriteBatch* batch) {
  const Document& d = write.document;
  IdRecord id{number, d.content_hash, d.sync_root, d.source_mtime_ns, d.source_bytes};
  store.Put(Table::kDocuments, IdKey(collection, d.id), Encode(id), batch);
  DocumentRecord record{d.id,
                        d.title,
                        d.source,
                        d.metadata,
                        static_cast<uint32_t>(d.text.size()),
                        static_cast<uint32_t>(write.chunks.size())};
  store.Put(Table::kDocuments, DocumentKey(collection, number), Encode(record), batch);
  store.Put(Table::kDocuments, BlocksKey(collection, number), EncodeBlocks(d.blocks), batch);
  for (size_t begin = 0; begin < d.text.size(); begin += kTextPageBytes) {
    store.Put(Table::kDocuments,
              TextKey(collection, number, static_cast<uint32_t>(begin / kTextPageBytes)),
              EncodeText(absl::string_view(d.text).substr(begin, kTextPageBytes)), batch);
  }
  store.Put(Table::kAcl, AccessKey(collection, number), EncodeAccess(d.access), batch);
  for (uint32_t i = 0; i < write.chunks.size(); ++i) {
    const ChunkRecord chunk{write.chunks[i], AnchorAt(d.blocks, write.chunks[i].begin),
                            lexical.chunk_terms[i]};
    store.Put(Table::kChunks, ChunkKey(collection, number, i), Encode(chunk), batch);
  }
  const uint32_t dim =
      write.chunks.empty() ? 0 : static_cast<uint32_t>(write.vectors.size() / write.chunks.size());
  for (uint32_t first = 0; first < write.chunks.size(); first += kVectorsPerRow) {
    const uint32_t rows =
        std::min(kVectorsPerRow, static_cast<uint32_t>(write.chunks.size()) - first);
    store.Put(Table::kVectors, VectorsKey(collection, number, first),
              EncodeVectors(rows, dim, write.vectors.data() + size_t{first} * dim), batch);
  }
  PutPostings(store, collection, number, lexical, batch);
}

void PutWords(const Store& store, uint32_t collection, const StoredDocument& document,
              const LexicalContent& lexical, rocksdb::WriteBatch* batch) {
  for (uint32_t i = 0; i < document.chunks.size(); ++i) {
    ChunkRecord chunk = document.chunks[i];
    if (std::exchange(chunk.terms, lexical.chunk_terms[i]) == lexical.chunk_terms[i]) continue;
    store.Put(Table::kChunks, ChunkKey(collection, document.number, i), Encode(chunk), batch);
  }
  PutPostings(store, collection, document.number, lexical, batch);
}

void RemoveDocument(const Store& store, uint32_t collection, const StoredDocument& old,
                    const LexicalContent& lexical, rocksdb::WriteBatch* batch) {
  const uint64_t number = old.number;
  const Document& d = old.document;
  store.Delete(Table::kDocuments, IdKey(collection, d.id), batch);
  store.Delete(Table::kDocuments, DocumentKey(collection, number), batch);
  store.Delete(Table::kDocuments, BlocksKey(collection, number), batch);
  for (size_t begin = 0; begin < d.text.size(); begin += kTextPageBytes) {
    store.Delete(Table::kDocuments,
                 TextKey(collection, number, static_cast<uint32_t>(begin / kTextPageBytes)), batch);
  }
  store.Delete(Table::kAcl, AccessKey(collection, number), batch);
  for (uint32_t i = 0; i < old.chunks.size(); ++i) {
    store.Delete(Table::kChunks, ChunkKey(collection, number, i), batch);
    if (i % kVectorsPerRow == 0) {
      store.Delete(Table::kVectors, VectorsKey(collection, number, i), batch);
    }
  }
  for (const auto& [term, posting] : lexical.postings) {
    store.Delete(Table::kPostings, PostingKey(collection, term, number), batch);
  }
}

absl::StatusOr<std::string> ReadText(const StoreView& view, uint32_t collection, uint64_t number,
                                     uint32_t begin, uint32_t end) {
  std::string out;
  out.reserve(std::min(end - begin, uint32_t{1} << 20));
  while (begin < end) {
    const uint32_t page = begin / kTextPageBytes, skip = begin % kTextPageBytes;
    FN_ASSIGN_OR_RETURN(const auto value,
                        view.Get(Table::kDocuments, TextKey(collection, number, page)));
    if (!value.has_value()) return Missing("text", absl::StrCat("number ", number));
    FN_ASSIGN_OR_RETURN(const std::string text, DecodeText(*value));
    const uint32_t take = std::min(end - begin, kTextPageBytes - skip);
    if (text.size() > kTextPageBytes || text.size() < size_t{skip} + take) {
      return Missing("end of the text", absl::StrCat("number ", number));
    }
    out.append(text, skip, take);
    begin += take;
  }
  return out;
}

absl::StatusOr<std::optional<uint64_t>> FindDocument(const StoreView& view, uint32_t collection,
                                                     absl::string_view id) {
  FN_ASSIGN_OR_RETURN(const auto value, view.Get(Table::kDocuments, IdKey(collection, id)));
  if (!value.has_value()) return std::optional<uint64_t>();
  FN_ASSIGN_OR_RETURN(const IdRecord record, DecodeId(*value));
  return std::optional<uint64_t>(record.number);
}

absl::StatusOr<StoredDocument> ReadDocument(const StoreView& view, uint32_t collection,
                                            const std::string& collection_name,
                                            absl::string_view id, bool with_chunks) {
  FN_ASSIGN_OR_RETURN(const auto id_value, view.Get(Table::kDocuments, IdKey(collection, id)));
  if (!id_value.has_value()) {
    return absl::NotFoundError(
        absl::StrCat("no document \"", id, "\" in collection ", collection_name));
  }
  StoredDocument out;
  Document& d = out.document;
  FN_ASSIGN_OR_RETURN(IdRecord id_record, DecodeId(*id_value));
  out.number = id_record.number;
  FN_ASSIGN_OR_RETURN(const auto value,
                      view.Get(Table::kDocuments, DocumentKey(collection, out.number)));
  if (!value.has_value()) return Missing("record", id);
  FN_ASSIGN_OR_RETURN(DocumentRecord record, DecodeDocument(*value));
  FN_ASSIGN_OR_RETURN(const auto acl, view.Get(Table::kAcl, AccessKey(collection, out.number)));
  if (!acl.has_value()) return Missing("ACL", id);
  FN_ASSIGN_OR_RETURN(d.access, DecodeAccess(*acl));
  FN_ASSIGN_OR_RETURN(const auto blocks,
                      view.Get(Table::kDocuments, BlocksKey(collection, out.number)));
  if (!blocks.has_value()) return Missing("blocks", id);
  FN_ASSIGN_OR_RETURN(d.blocks, DecodeBlocks(*blocks));
  FN_ASSIGN_OR_RETURN(d.text, ReadText(view, collection, out.number, 0, record.text_bytes));
  d.id = std::string(id);
  d.collection = collection_name;
  d.title = std::move(record.title);
  d.source = std::move(record.source);
  d.metadata = std::move(record.metadata);
  d.content_hash = std::move(id_record.content_hash);
  d.sync_root = std::move(id_record.sync_root);
  d.source_mtime_ns = id_record.source_mtime_ns;
  d.source_bytes = id_record.source_bytes;
  for (uint32_t i = 0; with_chunks && i < record.chunks; ++i) {
    FN_ASSIGN_OR_RETURN(const auto chunk,
                        view.Get(Table::kChunks, ChunkKey(collection, out.number, i)));
    if (!chunk.has_value()) return Missing("chunks", id);
    FN_ASSIGN_OR_RETURN(ChunkRecord decoded, DecodeChunk(*chunk));
    if (decoded.chunk.begin > decoded.chunk.end || decoded.chunk.end > d.text.size()) {
      return Missing("right place of a chunk", id);
    }
    out.chunks.push_back(std::move(decoded));
  }
  return out;
}

}  // namespace footnote::retrieval
