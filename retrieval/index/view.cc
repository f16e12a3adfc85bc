#include "retrieval/index/view.h"

#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "retrieval/codec/keys.h"
#include "retrieval/codec/records.h"
#include "retrieval/files/index_files.h"

namespace footnote::retrieval {
namespace {

// Reads the rows of one collection side by side, document by document.
class CollectionLoader {
 public:
  CollectionLoader(const Store& store, const StoreView& view, CollectionState* state,
                   RowLayout* layout)
      : dir_(store.dir()),
        state_(state),
        layout_(layout),
        documents_(view.NewScan(Table::kDocuments, DocumentsPrefix(state->record().number), true)),
        acl_(view.NewScan(Table::kAcl, CollectionPrefix(state->record().number), true)),
        chunks_(view.NewScan(Table::kChunks, CollectionPrefix(state->record().number), true)),
        vectors_(view.NewScan(Table::kVectors, CollectionPrefix(state->record().number), true)) {}

  absl::Status Run() {
    for (; documents_->Valid(); documents_->Next()) {
      FN_ASSIGN_OR_RETURN(const NumberedKey key, ParseDocumentsKey(documents_->key()));
      FN_ASSIGN_OR_RETURN(DocumentRecord record, DecodeDocument(documents_->value()));
      FN_ASSIGN_OR_RETURN(AccessList access, ReadAccess(key.number));
      FN_RETURN_IF_ERROR(ReadChunks(key.number, record));
      FN_RETURN_IF_ERROR(ReadVectors(key.number, record));
      layout_->AddRemovedBefore(key.number, state_);
      state_->Add({key.number, std::move(record.id), std::move(access), std::move(record.title),
                   std::move(record.source), std::move(record.metadata)},
                  terms_, vector_.data());
      layout_->Compare(state_->document(state_->slots() - 1));
    }
    layout_->AddRemovedBefore(std::numeric_limits<uint64_t>::max(), state_);
    for (const auto* scan : {&documents_, &acl_, &chunks_, &vectors_}) {
      FN_RETURN_IF_ERROR((*scan)->Check());
    }
    if (acl_->Valid() || chunks_->Valid() || vectors_->Valid()) {
      return Damaged("rows are left that belong to no document");
    }
    return absl::OkStatus();
  }

 private:
  absl::Status Damaged(const std::string& what) const {
    return absl::DataLossError(absl::StrCat("the store in ", dir_, " is damaged: collection ",
                                            state_->name(), ": ", what,
                                            ". Restore a snapshot, or remove the folder and "
                                            "ingest again"));
  }

  absl::StatusOr<AccessList> ReadAccess(uint64_t number) {
    if (!acl_->Valid()) return Damaged(absl::StrCat("no ACL for document number ", number));
    FN_ASSIGN_OR_RETURN(const NumberedKey key, ParseAccessKey(acl_->key()));
    // Not "everybody": a lost ACL must not open a document.
    if (key.number != number) {
      return Damaged(absl::StrCat("no ACL for document number ", number));
    }
    FN_ASSIGN_OR_RETURN(AccessList access, DecodeAccess(acl_->value()));
    acl_->Next();
    return access;
  }

  absl::Status ReadChunks(uint64_t number, const DocumentRecord& record) {
    terms_.clear();
    for (; terms_.size() < record.chunks && chunks_->Valid(); chunks_->Next()) {
      FN_ASSIGN_OR_RETURN(const NumberedKey key, ParseOrdinalKey(chunks_->key()));
      if (key.number != number || key.ordinal != terms_.size()) break;
      FN_ASSIGN_OR_RETURN(const ChunkRecord chunk, DecodeChunk(chunks_->value()));
      terms_.push_back(chunk.terms);
    }
    if (terms_.size() == record.chunks) return absl::OkStatus();
    return Damaged(
        absl::StrCat(record.id, " has ", terms_.size(), " of its ", record.chunks, " chunks"));
  }

  absl::Status ReadVectors(uint64_t number, const DocumentRecord& record) {
    const uint32_t dim = state_->record().dim;
    uint32_t rows = 0;
    vector_.clear();
    for (; rows < record.chunks && vectors_->Valid(); vectors_->Next()) {
      FN_ASSIGN_OR_RETURN(const NumberedKey key, ParseOrdinalKey(vectors_->key()));
      if (key.number != number || key.ordinal != rows) break;
      FN_RETURN_IF_ERROR(DecodeVectors(vectors_->value(), &page_));
      if (page_.dim != dim) return Damaged(absl::StrCat(record.id, " has vectors of another size"));
      vector_.insert(vector_.end(), page_.values.begin(), page_.values.end());
      rows += page_.rows;
    }
    if (rows == record.chunks) return absl::OkStatus();
    return Damaged(
        absl::StrCat(record.id, " has ", rows, " vectors for ", record.chunks, " chunks"));
  }

  const std::string& dir_;
  CollectionState* state_;
  RowLayout* layout_;
  std::unique_ptr<StoreView::Scan> documents_, acl_, chunks_, vectors_;
  std::vector<uint32_t> terms_;
  std::vector<float> vector_;
  VectorsRecord page_;
};

// Reads the postings of a collection, whose documents are loaded, into one segment. What
// can't be read is noted, and postings of documents that aren't there are passed over:
// verify reports both.
class WordsLoader {
 public:
  WordsLoader(const StoreView& view, CollectionState* state)
      : state_(state),
        scan_(view.NewScan(Table::kPostings, CollectionPrefix(state->record().number), true)),
        builder_(0, Lengths(*state)) {}

  absl::Status Run() {
    for (; scan_->Valid(); scan_->Next()) {
      FN_ASSIGN_OR_RETURN(const ParsedPostingKey key, ParsePostingKey(scan_->key()));
      if (key.term != term_) {
        EndTerm();
        term_ = std::string(key.term);
      }
      const std::optional<size_t> slot = state_->SlotOf(key.number);
      if (slot.has_value() && state_->document(*slot).chunks > 0) Add(state_->document(*slot));
    }
    EndTerm();
    FN_RETURN_IF_ERROR(scan_->Check());
    words_.Append(std::move(builder_).Finish(), state_->alive());
    state_->SetWords(std::move(words_));
    return absl::OkStatus();
  }

 private:
  static std::vector<uint32_t> Lengths(const CollectionState& state) {
    std::vector<uint32_t> out(state.rows());
    for (size_t row = 0; row < out.size(); ++row) out[row] = state.terms_of_row(row);
    return out;
  }

  void Add(const DocumentEntry& document) {
    if (const absl::Status status = DecodePosting(scan_->value(), &posting_); !status.ok()) {
      words_.NoteDamage(
          term_, document.first_row,
          absl::StrCat("the posting of \"", term_, "\" in ", document.id, ": ", status.message()));
      return;
    }
    if (!posting_.chunks.empty() && posting_.positions.empty()) {
      words_.NoteDamage(term_, document.first_row,
                        absl::StrCat("the posting of \"", term_, "\" in ", document.id,
                                     " has no positions; run verify"));
      return;
    }
    const uint32_t last = posting_.chunks.empty() ? 0 : posting_.chunks.back().ordinal;
    if (last >= document.chunks) {
      words_.NoteDamage(term_, document.first_row,
                        absl::StrCat("the posting of \"", term_, "\" names chunk ", last, " of ",
                                     document.id, ", which has ", document.chunks, "; run verify"));
      return;
    }
    for (const Occurrence& o : posting_.chunks) {
      postings_.push_back({document.first_row + o.ordinal, o.frequency});
    }
    positions_.insert(positions_.end(), posting_.positions.begin(), posting_.positions.end());
  }

  void EndTerm() {
    if (!postings_.empty()) builder_.Add(term_, postings_, positions_, /*removed=*/0);
    postings_.clear();
    positions_.clear();
  }

  CollectionState* state_;
  std::unique_ptr<StoreView::Scan> scan_;
  LexicalSegmentBuilder builder_;
  LexicalIndex words_;
  std::string term_;
  PostingRecord posting_;
  std::vector<LexicalPosting> postings_;  // of term_ so far
  std::vector<uint32_t> positions_;
};

absl::StatusOr<uint64_t> ReadCounter(const Store& store, const StoreView& view,
                                     const std::string& key) {
  FN_ASSIGN_OR_RETURN(const auto value, view.Get(Table::kMeta, key));
  if (value.has_value()) return DecodeCounter(*value);
  return absl::DataLossError(absl::StrCat("the store in ", store.dir(), " has lost its counter '",
                                          key, "'; restore a snapshot"));
}

}  // namespace

std::shared_ptr<const CollectionState> View::Find(absl::string_view name) const {
  const auto it = collections.find(std::string(name));
  return it == collections.end() ? nullptr : it->second;
}

absl::StatusOr<std::shared_ptr<const View>> LoadView(const Store& store, IndexFiles* files) {
  auto view = std::make_shared<View>(&store);
  FN_ASSIGN_OR_RETURN(view->sequence, ReadCounter(store, view->store, SequenceKey()));
  FN_ASSIGN_OR_RETURN(view->next_document, ReadCounter(store, view->store, NextDocumentKey()));
  auto scan = view->store.NewScan(Table::kMeta, CollectionsPrefix(), /*whole=*/true);
  for (; scan->Valid(); scan->Next()) {
    const std::string name(scan->key().substr(CollectionsPrefix().size()));
    FN_ASSIGN_OR_RETURN(CollectionRecord record, DecodeCollection(scan->value()));
    record.access = Normalized(std::move(record.access));
    view->next_collection = std::max(view->next_collection, record.number + 1);
    auto state = std::make_shared<CollectionState>(name, std::move(record));
    const OpenedSegments opened = files->Open(state->record(), view->sequence, view->next_document);
    RowLayout layout = opened.Layout();
    FN_RETURN_IF_ERROR(CollectionLoader(store, view->store, state.get(), &layout).Run());
    files->Attach(opened, layout, state.get());
    FN_RETURN_IF_ERROR(WordsLoader(view->store, state.get()).Run());
    view->collections.emplace(name, std::move(state));
  }
  FN_RETURN_IF_ERROR(scan->Check());
  files->RemoveUnknown();
  return view;
}

}  // namespace footnote::retrieval
