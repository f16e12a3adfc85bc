#include "retrieval/store/reindex.h"

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "retrieval/codec/keys.h"
#include "retrieval/codec/records.h"
#include "retrieval/store/document_rows.h"
#include "transformer/text/analyzer.h"

namespace footnote::retrieval {
namespace {

constexpr auto kCurrent = static_cast<uint32_t>(transformer::kAnalyzerVersion);

// Makes the postings of one collection anew.
class Reindexer {
 public:
  Reindexer(Store* store, std::string name, CollectionRecord record, size_t batch_bytes)
      : store_(store),
        view_(store),
        name_(std::move(name)),
        record_(std::move(record)),
        batch_bytes_(batch_bytes) {}

  absl::Status Run(const ReindexProgress& progress) {
    store_->DeletePrefix(Table::kPostings, CollectionPrefix(record_.number), &batch_);
    store_->Put(Table::kMeta, FormatKey(), EncodeCounter(kFormatVersion), &batch_);
    FN_RETURN_IF_ERROR(Write());
    record_.terms = 0;
    uint64_t done = 0;
    auto scan = view_.NewScan(Table::kDocuments, DocumentsPrefix(record_.number), /*whole=*/true);
    for (; scan->Valid(); scan->Next()) {
      if (progress) progress(name_, done, record_.documents);
      FN_ASSIGN_OR_RETURN(const NumberedKey key, ParseDocumentsKey(scan->key()));
      FN_ASSIGN_OR_RETURN(const DocumentRecord record, DecodeDocument(scan->value()));
      FN_RETURN_IF_ERROR(IndexDocument(key.number, record.id));
      if (batch_.GetDataSize() >= batch_bytes_) FN_RETURN_IF_ERROR(Write());
      ++done;
    }
    FN_RETURN_IF_ERROR(scan->Check());
    if (progress) progress(name_, done, record_.documents);
    record_.analyzer_version = kCurrent;
    store_->Put(Table::kMeta, CollectionKey(name_), Encode(record_), &batch_);
    return Write();
  }

 private:
  absl::Status IndexDocument(uint64_t number, const std::string& id) {
    const auto stored = ReadDocument(view_, record_.number, name_, id, /*with_chunks=*/true);
    if (absl::IsNotFound(stored.status()) || (stored.ok() && stored->number != number)) {
      return absl::DataLossError(absl::StrCat("the store has lost the id of document ", id,
                                              " (number ", number, " of collection ", name_,
                                              "), so that its words can't be indexed anew; "
                                              "restore a snapshot"));
    }
    FN_RETURN_IF_ERROR(stored.status());
    const LexicalContent lexical = AnalyzeStored(*stored);
    PutWords(*store_, record_.number, *stored, lexical, &batch_);
    for (const uint32_t terms : lexical.chunk_terms) record_.terms += terms;
    return absl::OkStatus();
  }

  absl::Status Write() {
    FN_RETURN_IF_ERROR(store_->Write(&batch_));
    batch_.Clear();
    return absl::OkStatus();
  }

  Store* const store_;
  const StoreView view_;  // as it was before
  const std::string name_;
  CollectionRecord record_;
  const size_t batch_bytes_;
  rocksdb::WriteBatch batch_;
};

}  // namespace

absl::Status ReindexOldCollections(Store* store, const ReindexProgress& progress,
                                   size_t batch_bytes) {
  std::vector<std::pair<std::string, CollectionRecord>> old;
  {
    const StoreView view(store);
    auto scan = view.NewScan(Table::kMeta, CollectionsPrefix(), /*whole=*/true);
    for (; scan->Valid(); scan->Next()) {
      const std::string name(scan->key().substr(CollectionsPrefix().size()));
      FN_ASSIGN_OR_RETURN(CollectionRecord record, DecodeCollection(scan->value()));
      if (record.analyzer_version > kCurrent) {
        return absl::FailedPreconditionError(
            absl::StrCat("collection ", name, " in ", store->dir(), " was indexed by version ",
                         record.analyzer_version, " of the analyser; this program has version ",
                         kCurrent, ". Use the newer program, or another data folder"));
      }
      if (record.analyzer_version < kCurrent) old.emplace_back(name, std::move(record));
    }
    FN_RETURN_IF_ERROR(scan->Check());
  }
  for (auto& [name, record] : old) {
    FN_RETURN_IF_ERROR(Reindexer(store, name, std::move(record), batch_bytes).Run(progress));
  }
  return absl::OkStatus();
}

}  // namespace footnote::retrieval
