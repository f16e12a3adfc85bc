#include "retrieval/verify.h"

#include <algorithm>
#include <cstring>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "retrieval/codec/keys.h"
#include "retrieval/codec/records.h"
#include "retrieval/index/vector_segment.h"
#include "retrieval/store/document_rows.h"

namespace footnote::retrieval {
namespace {

constexpr size_t kMaxDivergences = 1000;

class Verifier {
 public:
  Verifier(const View& view, const std::function<void(uint64_t, uint64_t)>& progress)
      : view_(view), progress_(progress) {}

  absl::StatusOr<VerifyReport> Run() {
    for (const auto& [name, state] : view_.collections) total_ += state->record().documents;
    for (const auto& [name, state] : view_.collections) {
      FN_RETURN_IF_ERROR(CheckCollection(*state));
    }
    FN_RETURN_IF_ERROR(CheckDocumentRows());
    FN_RETURN_IF_ERROR(CheckOrdinalRows(Table::kChunks));
    FN_RETURN_IF_ERROR(CheckOrdinalRows(Table::kVectors));
    FN_RETURN_IF_ERROR(CheckAccessRows());
    FN_RETURN_IF_ERROR(CheckPostings());
    return std::move(report_);
  }

 private:
  // What is known of a document once it has been read.
  struct Known {
    uint32_t pages = 0;
    uint32_t chunks = 0;
    uint64_t postings = 0;  // that it should have
    uint64_t seen_postings = 0;
    std::string id;
  };

  template <typename... Args>
  void Diverge(const Args&... args) {
    if (report_.divergences.size() < kMaxDivergences) {
      report_.divergences.push_back(absl::StrCat(args...));
    }
  }

  // Keeps what would end the program's reading; turns damage into a divergence.
  absl::Status Note(const absl::Status& status, const std::string& where) {
    if (!absl::IsDataLoss(status) && !absl::IsNotFound(status)) return status;
    Diverge(where, ": ", status.message());
    return absl::OkStatus();
  }

  absl::Status CheckCollection(const CollectionState& state) {
    const CollectionRecord& record = state.record();
    CollectionRecord counted = record;
    counted.documents = counted.chunks = counted.text_bytes = counted.terms = 0;
    counted_postings_ = 0;
    auto scan = view_.store.NewScan(Table::kDocuments, IdPrefix(record.number), /*whole=*/true);
    for (; scan->Valid(); scan->Next()) {
      FN_ASSIGN_OR_RETURN(const ParsedIdKey key, ParseIdKey(scan->key()));
      const std::string id(key.id);
      const auto stored = ReadDocument(view_.store, record.number, state.name(), id,
                                       /*with_chunks=*/true);
      ++counted.documents;
      if (progress_) progress_(++done_, total_);
      if (!stored.ok()) {
        FN_RETURN_IF_ERROR(Note(stored.status(), absl::StrCat(state.name(), "/", id)));
        continue;
      }
      counted.chunks += stored->chunks.size();
      counted.text_bytes += stored->document.text.size();
      for (const ChunkRecord& chunk : stored->chunks) counted.terms += chunk.terms;
      FN_RETURN_IF_ERROR(CheckDocument(state, *stored));
    }
    FN_RETURN_IF_ERROR(scan->Check());
    if (!(counted == record)) {
      Diverge("collection ", state.name(), " counts ", record.documents, " documents, ",
              record.chunks, " chunks, ", record.text_bytes, " bytes, ", record.terms,
              " terms; its rows give ", counted.documents, ", ", counted.chunks, ", ",
              counted.text_bytes, ", ", counted.terms);
    }
    report_.documents += counted.documents;
    if (state.alive().Count() != counted.chunks) {
      Diverge("collection ", state.name(), ": the index has ", state.alive().Count(),
              " passages, the store ", counted.chunks);
    }
    // Those that should be there are, as CheckWords has seen; so more is a surplus.
    if (state.words().LivingPostings() != counted_postings_) {
      Diverge("collection ", state.name(), ": the index has ", state.words().LivingPostings(),
              " words of passages, the texts ", counted_postings_);
    }
    return absl::OkStatus();
  }

  absl::Status CheckDocument(const CollectionState& state, const StoredDocument& stored) {
    const uint32_t collection = state.record().number;
    const std::string& id = stored.document.id;
    const LexicalContent lexical = AnalyzeStored(stored);
    for (size_t i = 0; i < stored.chunks.size(); ++i) {
      if (lexical.chunk_terms[i] != stored.chunks[i].terms) {
        Diverge(id, ": chunk ", i, " has ", lexical.chunk_terms[i], " terms, its row says ",
                stored.chunks[i].terms);
      }
    }
    PostingRecord posting;
    for (const auto& [term, expected] : lexical.postings) {
      FN_ASSIGN_OR_RETURN(
          const auto value,
          view_.store.Get(Table::kPostings, PostingKey(collection, term, stored.number)));
      if (!value.has_value()) {
        Diverge(id, ": no posting of \"", term, "\"");
      } else if (const absl::Status status = DecodePosting(*value, &posting); !status.ok()) {
        Diverge(id, ": posting of \"", term, "\": ", status.message());
      } else if (posting != expected) {
        Diverge(id, ": the posting of \"", term, "\" differs from the text");
      }
    }
    const size_t text_bytes = stored.document.text.size();
    known_[{collection, stored.number}] = {
        static_cast<uint32_t>((text_bytes + kTextPageBytes - 1) / kTextPageBytes),
        static_cast<uint32_t>(stored.chunks.size()), lexical.postings.size(), 0, id};
    for (const auto& [term, expected] : lexical.postings)
      counted_postings_ += expected.chunks.size();
    FN_RETURN_IF_ERROR(CheckWords(state, stored, lexical));
    return CheckIndex(state, stored);
  }

  // The index in memory has the document's words, each as often.
  absl::Status CheckWords(const CollectionState& state, const StoredDocument& stored,
                          const LexicalContent& lexical) {
    const std::optional<size_t> slot = state.SlotOf(stored.number);
    if (!slot.has_value()) return absl::OkStatus();  // CheckIndex says so
    const uint32_t first_row = state.document(*slot).first_row;
    for (const auto& [term, expected] : lexical.postings) {
      const uint32_t* positions = expected.positions.data();
      for (const Occurrence& o : expected.chunks) {
        const std::vector<uint32_t> found = state.words().Positions(term, first_row + o.ordinal);
        if (found.size() != o.frequency) {
          Diverge(stored.document.id, ": the index has \"", term, "\" not ", o.frequency,
                  " times in chunk ", o.ordinal);
        } else if (!std::equal(found.begin(), found.end(), positions)) {
          Diverge(stored.document.id, ": the index has \"", term, "\" in other places of chunk ",
                  o.ordinal);
        }
        positions += o.frequency;
      }
    }
    return absl::OkStatus();
  }

  // The index in memory has the document's rows, with the stored vectors.
  absl::Status CheckIndex(const CollectionState& state, const StoredDocument& stored) {
    const std::string& id = stored.document.id;
    const std::optional<size_t> slot = state.SlotOf(stored.number);
    if (!slot.has_value() || state.document(*slot).chunks != stored.chunks.size() ||
        state.document(*slot).id != id || !state.is_alive(*slot)) {
      Diverge(id, ": the index doesn't have it");
      return absl::OkStatus();
    }
    const DocumentEntry& entry = state.document(*slot);
    const Document& d = stored.document;
    if (!(state.access(*slot) == Normalized(d.access))) {
      Diverge(id, ": the index has another ACL");
    }
    if (state.fields().Title(*slot) != d.title || state.fields().Source(*slot) != d.source ||
        state.fields().Metadata(*slot) != d.metadata) {
      Diverge(id, ": the index has other metadata");
    }
    const uint32_t dim = state.record().dim;
    VectorsRecord page;
    for (uint32_t first = 0; first < entry.chunks; first += kVectorsPerRow) {
      FN_ASSIGN_OR_RETURN(const auto value,
                          view_.store.Get(Table::kVectors,
                                          VectorsKey(state.record().number, stored.number, first)));
      if (!value.has_value()) {
        Diverge(id, ": no vectors of chunk ", first, " and on");
        continue;
      }
      if (const absl::Status status = DecodeVectors(*value, &page); !status.ok()) {
        Diverge(id, ": vectors of chunk ", first, " and on: ", status.message());
        continue;
      }
      if (page.dim != dim || page.rows != std::min(kVectorsPerRow, entry.chunks - first)) {
        Diverge(id, ": vectors of chunk ", first, " and on are of another size");
        continue;
      }
      for (uint32_t i = 0; i < page.rows; ++i) {
        const float* in_memory = state.vectors().row(entry.first_row + first + i);
        if (std::memcmp(in_memory, page.values.data() + size_t{i} * dim, dim * sizeof(float)) !=
            0) {
          Diverge(id, ": the index has another vector of chunk ", first + i);
        }
      }
      report_.vectors += page.rows;
    }
    CheckCodes(state, entry);
    return absl::OkStatus();
  }

  // Segments have the codes of the document's vectors, built or read from a file.
  void CheckCodes(const CollectionState& state, const DocumentEntry& entry) {
    const size_t begin = entry.first_row, end = begin + entry.chunks;
    for (const auto& segment : state.segments()) {
      for (size_t row = std::max(begin, segment->first); row < std::min(end, segment->end());
           ++row) {
        const float* vector = state.vectors().row(static_cast<faiss::Index::idx_t>(row));
        if (!segment->codes->IsOf(row - segment->first, vector)) {
          Diverge(entry.id, ": a segment has other codes of chunk ", row - begin);
        }
      }
    }
  }

  // Null, and a divergence, if no document has this number.
  Known* Owner(uint32_t collection, uint64_t number, absl::string_view what) {
    const auto it = known_.find({collection, number});
    if (it != known_.end()) return &it->second;
    Diverge(what, " of document number ", number, " in collection number ", collection,
            ", which doesn't exist");
    return nullptr;
  }

  absl::Status CheckDocumentRows() {
    for (const char* tag : {"d", "b", "t"}) {
      auto scan = view_.store.NewScan(Table::kDocuments, tag, /*whole=*/true);
      for (; scan->Valid(); scan->Next()) {
        const auto key = ParseDocumentsKey(scan->key());
        if (!key.ok()) {
          FN_RETURN_IF_ERROR(Note(key.status(), "documents"));
          continue;
        }
        const Known* owner = Owner(key->collection, key->number, "a row");
        if (owner != nullptr && *tag == 't' && key->ordinal >= owner->pages) {
          Diverge(owner->id, ": a page beyond its text");
        }
      }
      FN_RETURN_IF_ERROR(scan->Check());
    }
    return absl::OkStatus();
  }

  absl::Status CheckOrdinalRows(Table table) {
    auto scan = view_.store.NewScan(table, "", /*whole=*/true);
    for (; scan->Valid(); scan->Next()) {
      const auto key = ParseOrdinalKey(scan->key());
      if (!key.ok()) {
        FN_RETURN_IF_ERROR(Note(key.status(), std::string(TableName(table))));
        continue;
      }
      const Known* owner =
          Owner(key->collection, key->number, absl::StrCat("a row of ", TableName(table)));
      if (owner != nullptr && key->ordinal >= owner->chunks) {
        Diverge(owner->id, ": a row of ", TableName(table), " beyond its chunks");
      }
      if (table == Table::kChunks) ++report_.chunks;
    }
    return scan->Check();
  }

  absl::Status CheckAccessRows() {
    auto scan = view_.store.NewScan(Table::kAcl, "", /*whole=*/true);
    for (; scan->Valid(); scan->Next()) {
      const auto key = ParseAccessKey(scan->key());
      if (!key.ok()) {
        FN_RETURN_IF_ERROR(Note(key.status(), "acl"));
      } else {
        Owner(key->collection, key->number, "an ACL");
      }
    }
    return scan->Check();
  }

  // Each expected posting was found; so a surplus is one that no text explains.
  absl::Status CheckPostings() {
    auto scan = view_.store.NewScan(Table::kPostings, "", /*whole=*/true);
    for (; scan->Valid(); scan->Next()) {
      const auto key = ParsePostingKey(scan->key());
      if (!key.ok()) {
        FN_RETURN_IF_ERROR(Note(key.status(), "postings"));
        continue;
      }
      Known* owner = Owner(key->collection, key->number, "a posting");
      if (owner != nullptr) ++owner->seen_postings;
      ++report_.postings;
    }
    FN_RETURN_IF_ERROR(scan->Check());
    for (const auto& [key, known] : known_) {
      if (known.seen_postings > known.postings) {
        Diverge(known.id, ": ", known.seen_postings - known.postings,
                " postings of words that its text doesn't have");
      }
    }
    return absl::OkStatus();
  }

  const View& view_;
  const std::function<void(uint64_t, uint64_t)>& progress_;
  absl::flat_hash_map<std::pair<uint32_t, uint64_t>, Known> known_;
  uint64_t done_ = 0, total_ = 0;
  uint64_t counted_postings_ = 0;  // of a collection's texts
  VerifyReport report_;
};

}  // namespace

absl::StatusOr<VerifyReport> VerifyStore(const View& view,
                                         const std::function<void(uint64_t, uint64_t)>& progress) {
  return Verifier(view, progress).Run();
}

}  // namespace footnote::retrieval
