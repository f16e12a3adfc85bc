#include "retrieval/engine.h"

#include <chrono>
#include <cmath>
#include <exception>
#include <mutex>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "retrieval/codec/keys.h"
#include "retrieval/codec/records.h"
#include "retrieval/files/index_files.h"
#include "retrieval/index/sealer.h"
#include "retrieval/index/view.h"
#include "retrieval/search/access.h"
#include "retrieval/search/query_syntax.h"
#include "retrieval/search/searcher.h"
#include "retrieval/store/document_rows.h"
#include "retrieval/store/reindex.h"
#include "retrieval/store/snapshot.h"
#include "retrieval/store/store.h"
#include "retrieval/verify.h"
#include "transformer/text/analyzer.h"

namespace footnote::retrieval {
namespace {

// Documents that a deletion by filter takes in one batch: a bound on its memory.
constexpr size_t kDeletedAtOnce = 500;

// What one Apply or Delete changes: rows for the store, and the same change for
// the indexes, which is made only once the rows are on disk.
struct Change {
  rocksdb::WriteBatch batch;
  struct Added {
    uint64_t number;
    const DocumentWrite* write;
    LexicalContent lexical;
  };
  struct Removed {
    uint64_t number;
    std::map<std::string, PostingRecord> postings;
  };
  struct OfCollection {
    CollectionRecord record;
    std::vector<Removed> removed;
    std::vector<Added> added;
  };
  std::map<std::string, OfCollection> collections;
  uint64_t next_document = 0;
  uint32_t next_collection = 0;
};

class EngineImpl final : public Engine {
 public:
  EngineImpl(std::unique_ptr<Store> store, std::unique_ptr<IndexFiles> files,
             std::shared_ptr<const View> view, const transformer::Embedder* embedder,
             const EngineOptions& options)
      : store_(std::move(store)),
        files_(std::move(files)),
        embedder_(embedder),
        reranker_(options.reranker),
        index_options_(options.vector_index),
        view_(std::move(view)),
        sealer_(options.vector_index, SealerCalls()) {}

  absl::StatusOr<uint64_t> Apply(absl::Span<const DocumentWrite> writes) override;
  absl::StatusOr<Deleted> Delete(absl::string_view collection, absl::Span<const std::string> ids,
                                 const Principals& principals) override;
  absl::StatusOr<Deleted> DeleteMatching(absl::string_view collection, const Filter& filter,
                                         const Principals& principals) override;
  absl::StatusOr<uint64_t> SetCollectionAccess(absl::string_view collection,
                                               const AccessList& access) override;
  absl::StatusOr<uint64_t> SetDenseWeight(absl::string_view collection,
                                          std::optional<double> weight) override;
  absl::StatusOr<SearchResult> Search(const SearchRequest& request) const override;
  absl::StatusOr<Document> GetDocument(absl::string_view collection, absl::string_view id,
                                       const Principals& principals) const override;
  absl::Status ForEachDocumentState(
      absl::string_view collection,
      const std::function<void(const DocumentState&)>& fn) const override;
  absl::Status Compact() override;
  absl::StatusOr<EngineStats> Stats() const override;
  absl::StatusOr<VerifyReport> Verify(
      const std::function<void(uint64_t, uint64_t)>& progress) const override {
    return VerifyStore(*Current(), progress);
  }
  absl::Status Snapshot(const std::string& target_dir) const override {
    const auto checkpoint = [this](const std::string& dir) -> absl::StatusOr<uint64_t> {
      // No write may come between the copy and the sequence that it covers.
      std::lock_guard<std::mutex> lock(write_mu_);
      FN_RETURN_IF_ERROR(store_->Checkpoint(dir));
      return Current()->sequence;
    };
    return WriteSnapshot(checkpoint, target_dir);
  }

 private:
  std::shared_ptr<const View> Current() const {
    std::lock_guard<std::mutex> lock(view_mu_);
    return view_;
  }

  Sealer::Calls SealerCalls();
  // The states alone: the view's snapshot of the store isn't held on to.
  Sealer::States States() const;
  void PublishSegment(const std::string& name, uint64_t lineage,
                      std::shared_ptr<const VectorSegment> segment);
  absl::StatusOr<Change::OfCollection*> CollectionOf(const View& view, const std::string& name,
                                                     Change* change) const;
  void Publish(std::shared_ptr<const View> next) {
    std::lock_guard<std::mutex> lock(view_mu_);
    view_.swap(next);  // so that the old one goes after the lock
  }
  // The newest view over the store as it is now. For who holds write_mu_, so that no
  // write comes between.
  std::shared_ptr<View> Again(const View& view) const;
  static Change NewChange(const View& view);
  absl::Status Remove(const View& view, const std::string& collection, const std::string& id,
                      const Principals& principals, Change* change, bool* existed) const;
  absl::Status Add(const View& view, const DocumentWrite& write, Change* change) const;
  absl::StatusOr<uint64_t> Commit(const View& view, Change change);

  std::unique_ptr<Store> store_;
  std::unique_ptr<IndexFiles> files_;
  const transformer::Embedder* embedder_;      // null: none
  const transformer::CrossEncoder* reranker_;  // null: none
  const VectorIndexOptions index_options_;
  mutable std::mutex write_mu_;       // held by a writer from reading to publishing
  mutable std::mutex view_mu_;        // held for the copy of one pointer
  std::shared_ptr<const View> view_;  // after store_: views die before it
  Sealer sealer_;                     // last: its thread uses all of the above
};

absl::Status NoEmbedder() {
  return absl::FailedPreconditionError(
      "the store was opened without an embedding model: it can't be written or searched by "
      "meaning");
}

absl::Status NoCollection(absl::string_view name) {
  return absl::NotFoundError(absl::StrCat("no collection ", name));
}

Change EngineImpl::NewChange(const View& view) {
  Change change;
  change.next_document = view.next_document;
  change.next_collection = view.next_collection;
  return change;
}

absl::StatusOr<Change::OfCollection*> EngineImpl::CollectionOf(const View& view,
                                                               const std::string& name,
                                                               Change* change) const {
  const auto [it, is_new] = change->collections.try_emplace(name);
  if (!is_new) return &it->second;
  if (const auto state = view.Find(name); state != nullptr) {
    it->second.record = state->record();
  } else {
    CollectionRecord& record = it->second.record;
    record.number = change->next_collection++;
    record.model = embedder_->fingerprint();
    record.dim = static_cast<uint32_t>(embedder_->dim());
    record.analyzer_version = transformer::kAnalyzerVersion;
  }
  return &it->second;
}

absl::Status EngineImpl::Remove(const View& view, const std::string& collection,
                                const std::string& id, const Principals& principals, Change* change,
                                bool* existed) const {
  *existed = false;
  FN_ASSIGN_OR_RETURN(Change::OfCollection * part, CollectionOf(view, collection, change));
  CollectionRecord& record = part->record;
  // What can't be seen isn't even read: its damage would show.
  FN_ASSIGN_OR_RETURN(const std::optional<uint64_t> number,
                      FindDocument(view.store, record.number, id));
  if (!number.has_value()) return absl::OkStatus();
  const auto state = view.Find(collection);
  if (principals.has_value() &&
      (state == nullptr || !MaySeeDocument(*state, *number, principals))) {
    return absl::OkStatus();
  }
  const auto old = ReadDocument(view.store, record.number, collection, id, /*with_chunks=*/true);
  if (absl::IsNotFound(old.status())) return absl::OkStatus();
  FN_RETURN_IF_ERROR(old.status());
  *existed = true;
  // The terms are found by analysing the stored text again: that costs less than
  // keeping a list of them, and a store never mixes versions of the analyser.
  LexicalContent lexical = AnalyzeStored(*old);
  RemoveDocument(*store_, record.number, *old, lexical, &change->batch);
  part->removed.push_back({old->number, std::move(lexical.postings)});
  record.documents -= 1;
  record.chunks -= old->chunks.size();
  record.text_bytes -= old->document.text.size();
  for (const ChunkRecord& chunk : old->chunks) record.terms -= chunk.terms;
  return absl::OkStatus();
}

absl::Status EngineImpl::Add(const View& view, const DocumentWrite& write, Change* change) const {
  const std::string& collection = write.document.collection;
  bool existed = false;
  FN_RETURN_IF_ERROR(Remove(view, collection, write.document.id, std::nullopt, change, &existed));
  FN_ASSIGN_OR_RETURN(Change::OfCollection * part, CollectionOf(view, collection, change));
  CollectionRecord& record = part->record;
  const uint64_t number = change->next_document++;
  LexicalContent lexical =
      AnalyzeChunks(write.document, write.chunks.size(),
                    [&write](size_t i) -> const Chunk& { return write.chunks[i]; });
  PutDocument(*store_, record.number, number, write, lexical, &change->batch);
  record.documents += 1;
  record.chunks += write.chunks.size();
  record.text_bytes += write.document.text.size();
  for (const uint32_t terms : lexical.chunk_terms) record.terms += terms;
  part->added.push_back({number, &write, std::move(lexical)});
  return absl::OkStatus();
}

// Writes the rows, then publishes the view that has them. The new indexes are
// made first: were memory to run out between the two, the next write would
// follow upon a view that lacks what is on disk. If the write fails they are
// dropped, and what they appended to shared blocks no reader has seen.
absl::StatusOr<uint64_t> EngineImpl::Commit(const View& view, Change change) {
  const uint64_t sequence = view.sequence + 1;
  auto collections = view.collections;
  for (auto& [name, part] : change.collections) {
    const auto old = view.Find(name);
    auto state = old == nullptr ? std::make_shared<CollectionState>(name, part.record)
                                : std::make_shared<CollectionState>(*old);
    state->mutable_record() = part.record;
    LexicalBatch words;
    for (const Change::Removed& removed : part.removed) {
      if (!state->Remove(removed.number)) continue;
      const uint32_t first_row = state->document(*state->SlotOf(removed.number)).first_row;
      words.Remove(state->words(), first_row, removed.postings);
    }
    for (const Change::Added& added : part.added) {
      const Document& d = added.write->document;
      words.Add(static_cast<uint32_t>(state->rows()), added.lexical.postings);
      state->Add({added.number, d.id, d.access, d.title, d.source, d.metadata},
                 added.lexical.chunk_terms, added.write->vectors.data());
    }
    state->AddWords(std::move(words));
    if (state->WantsCompaction()) state = state->Compacted();
    collections[name] = std::move(state);
  }

  for (const auto& [name, part] : change.collections) {
    store_->Put(Table::kMeta, CollectionKey(name), Encode(part.record), &change.batch);
  }
  // A store of an earlier format becomes one of this with its first write.
  store_->Put(Table::kMeta, FormatKey(), EncodeCounter(kFormatVersion), &change.batch);
  store_->Put(Table::kMeta, SequenceKey(), EncodeCounter(sequence), &change.batch);
  store_->Put(Table::kMeta, NextDocumentKey(), EncodeCounter(change.next_document), &change.batch);
  FN_RETURN_IF_ERROR(store_->Write(&change.batch));

  auto next = std::make_shared<View>(store_.get());
  next->sequence = sequence;
  next->next_document = change.next_document;
  next->next_collection = change.next_collection;
  next->collections = std::move(collections);
  Publish(std::move(next));
  sealer_.Wake();
  return sequence;
}

std::shared_ptr<View> EngineImpl::Again(const View& view) const {
  auto next = std::make_shared<View>(store_.get());
  next->sequence = view.sequence;
  next->next_document = view.next_document;
  next->next_collection = view.next_collection;
  next->collections = view.collections;
  return next;
}

Sealer::Calls EngineImpl::SealerCalls() {
  Sealer::Calls calls;
  calls.states = [this] { return States(); };
  calls.publish = [this](const std::string& name, uint64_t lineage,
                         std::shared_ptr<const VectorSegment> segment) {
    PublishSegment(name, lineage, std::move(segment));
  };
  calls.write = [this](const CollectionState& state, const std::atomic<bool>& stop) {
    if (files_->IsCurrent(state)) return false;
    files_->Write(state, Current()->sequence, stop);
    return true;
  };
  return calls;
}

Sealer::States EngineImpl::States() const {
  Sealer::States out;
  const std::shared_ptr<const View> view = Current();
  for (const auto& [name, state] : view->collections) out.push_back(state);
  return out;
}

void EngineImpl::PublishSegment(const std::string& name, uint64_t lineage,
                                std::shared_ptr<const VectorSegment> segment) {
  std::lock_guard<std::mutex> write_lock(write_mu_);
  const std::shared_ptr<const View> view = Current();
  const auto old = view->Find(name);
  if (old == nullptr || old->lineage() != lineage) return;
  auto state = std::make_shared<CollectionState>(*old);
  state->SetSegment(std::move(segment));
  auto next = Again(*view);
  next->collections[name] = std::move(state);
  Publish(std::move(next));
}

absl::StatusOr<uint64_t> EngineImpl::Apply(absl::Span<const DocumentWrite> writes) {
  if (embedder_ == nullptr) return NoEmbedder();
  std::set<std::pair<absl::string_view, absl::string_view>> seen;
  for (const DocumentWrite& write : writes) {
    FN_RETURN_IF_ERROR(CheckWrite(write, embedder_->dim()));
    if (!seen.emplace(write.document.collection, write.document.id).second) {
      return absl::InvalidArgumentError(
          absl::StrCat("document \"", write.document.id, "\" stands twice in one batch"));
    }
  }
  std::lock_guard<std::mutex> lock(write_mu_);
  const std::shared_ptr<const View> view = Current();
  if (writes.empty()) return view->sequence;
  Change change = NewChange(*view);
  for (const DocumentWrite& write : writes) {
    const auto state = view->Find(write.document.collection);
    if (state != nullptr && state->record().model != embedder_->fingerprint()) {
      return absl::FailedPreconditionError(
          absl::StrCat("collection ", state->name(), " was made with the embedder ",
                       state->record().model, ", not ", embedder_->fingerprint(),
                       ". Use that model, or ingest into another collection"));
    }
    FN_RETURN_IF_ERROR(Add(*view, write, &change));
  }
  return Commit(*view, std::move(change));
}

absl::StatusOr<Engine::Deleted> EngineImpl::Delete(absl::string_view collection,
                                                   absl::Span<const std::string> ids,
                                                   const Principals& principals) {
  std::lock_guard<std::mutex> lock(write_mu_);
  const std::shared_ptr<const View> view = Current();
  Deleted out;
  out.sequence = view->sequence;
  if (ids.empty()) return out;
  if (FindVisible(*view, collection, principals) == nullptr) return NoCollection(collection);
  Change change = NewChange(*view);
  for (const std::string& id : std::set<std::string>(ids.begin(), ids.end())) {
    bool existed = false;
    FN_RETURN_IF_ERROR(Remove(*view, std::string(collection), id, principals, &change, &existed));
    out.documents += existed ? 1 : 0;
  }
  if (out.documents == 0) return out;
  FN_ASSIGN_OR_RETURN(out.sequence, Commit(*view, std::move(change)));
  return out;
}

absl::StatusOr<Engine::Deleted> EngineImpl::DeleteMatching(absl::string_view collection,
                                                           const Filter& filter,
                                                           const Principals& principals) {
  FN_RETURN_IF_ERROR(CheckFilter(filter));
  // Documents of later writes have higher numbers.
  const uint64_t number_end = Current()->next_document;
  Deleted out;
  for (;;) {
    std::lock_guard<std::mutex> lock(write_mu_);
    const std::shared_ptr<const View> view = Current();
    const auto state = FindVisible(*view, collection, principals);
    if (state == nullptr) return NoCollection(collection);
    out.sequence = view->sequence;
    const std::vector<uint64_t> numbers =
        SelectDocuments(*state, principals, filter, number_end, kDeletedAtOnce);
    if (numbers.empty()) return out;
    Change change = NewChange(*view);
    for (const uint64_t number : numbers) {
      bool existed = false;
      FN_RETURN_IF_ERROR(Remove(*view, state->name(), state->document(*state->SlotOf(number)).id,
                                principals, &change, &existed));
      if (!existed) {
        return absl::DataLossError(absl::StrCat("the store has lost document number ", number,
                                                " of collection ", collection, "; run verify"));
      }
    }
    FN_ASSIGN_OR_RETURN(out.sequence, Commit(*view, std::move(change)));
    out.documents += numbers.size();
  }
}

absl::StatusOr<uint64_t> EngineImpl::SetCollectionAccess(absl::string_view collection,
                                                         const AccessList& access) {
  const std::string name(collection);
  FN_RETURN_IF_ERROR(CheckCollectionName(name));
  FN_RETURN_IF_ERROR(CheckAccess(access));
  std::lock_guard<std::mutex> lock(write_mu_);
  const std::shared_ptr<const View> view = Current();
  if (view->Find(name) == nullptr && embedder_ == nullptr) return NoCollection(name);
  Change change = NewChange(*view);
  FN_ASSIGN_OR_RETURN(Change::OfCollection * part, CollectionOf(*view, name, &change));
  part->record.access = Normalized(access);
  return Commit(*view, std::move(change));
}

absl::StatusOr<uint64_t> EngineImpl::SetDenseWeight(absl::string_view collection,
                                                    std::optional<double> weight) {
  if (weight.has_value() && !(*weight >= 0 && *weight <= 1)) {
    return absl::InvalidArgumentError(
        absl::StrCat("dense_weight is ", *weight, "; it must be from 0 to 1"));
  }
  std::lock_guard<std::mutex> lock(write_mu_);
  const std::shared_ptr<const View> view = Current();
  if (view->Find(collection) == nullptr) return NoCollection(collection);
  Change change = NewChange(*view);
  FN_ASSIGN_OR_RETURN(Change::OfCollection * part,
                      CollectionOf(*view, std::string(collection), &change));
  // As it is stored, so that a search before and after a restart is the same.
  if (weight.has_value()) weight = std::round(*weight * 1e4) / 1e4;
  part->record.dense_weight = weight;
  return Commit(*view, std::move(change));
}

absl::StatusOr<SearchResult> EngineImpl::Search(const SearchRequest& request) const {
  FN_RETURN_IF_ERROR(CheckRequest(request));
  if (request.rerank && reranker_ == nullptr) {
    return absl::FailedPreconditionError(
        "no reranker is installed: open the store with one, or search without reranking");
  }
  if (FindVisible(*Current(), request.collection, request.principals) == nullptr) {
    return NoCollection(request.collection);
  }
  const ParsedQuery query =
      request.operators ? ParseQuery(request.query) : ParsedQuery{request.query, {}};
  std::vector<float> query_vector;
  std::vector<StageTime> times;
  if (request.mode != SearchMode::kLexical) {
    if (embedder_ == nullptr) return NoEmbedder();
    const auto start = std::chrono::steady_clock::now();
    const absl::string_view text = query.text;
    FN_ASSIGN_OR_RETURN(transformer::Embeddings embedded,
                        embedder_->EmbedQueries({&text, 1}, [&request] {
                          return request.cancelled && request.cancelled();
                        }));
    query_vector = std::move(embedded.values);
    const std::chrono::duration<double, std::milli> took = std::chrono::steady_clock::now() - start;
    times.push_back({"embed", took.count()});
  }
  // Taken after the embedding, so that the search sees the newest writes.
  const std::shared_ptr<const View> view = Current();
  const auto state = FindVisible(*view, request.collection, request.principals);
  if (state == nullptr) return NoCollection(request.collection);
  if (view->sequence < request.min_sequence) {
    return absl::FailedPreconditionError(
        absl::StrCat("the store is at sequence ", view->sequence, ", before the demanded ",
                     request.min_sequence, "; the token is of another store or of a lost write"));
  }
  if (request.mode != SearchMode::kLexical && (state->record().model != embedder_->fingerprint() ||
                                               query_vector.size() != state->record().dim)) {
    return absl::FailedPreconditionError(absl::StrCat(
        "collection ", state->name(), " was made with the embedder ", state->record().model,
        ", not ", embedder_->fingerprint(), ". Use that model, or search by words only"));
  }
  return RunSearch(*view, *state, request, query, query_vector, reranker_, index_options_,
                   std::move(times));
}

absl::StatusOr<Document> EngineImpl::GetDocument(absl::string_view collection, absl::string_view id,
                                                 const Principals& principals) const {
  const std::shared_ptr<const View> view = Current();
  const auto state = FindVisible(*view, collection, principals);
  const absl::Status not_found =
      absl::NotFoundError(absl::StrCat("no document \"", id, "\" in collection ", collection));
  if (state == nullptr) return not_found;
  // What can't be seen isn't even read: its size and its damage would show.
  FN_ASSIGN_OR_RETURN(const std::optional<uint64_t> number,
                      FindDocument(view->store, state->record().number, id));
  if (!number.has_value()) return not_found;
  if (principals.has_value() && !MaySeeDocument(*state, *number, principals)) return not_found;
  FN_ASSIGN_OR_RETURN(StoredDocument stored,
                      ReadDocument(view->store, state->record().number, state->name(), id,
                                   /*with_chunks=*/false));
  return std::move(stored.document);
}

absl::Status EngineImpl::ForEachDocumentState(
    absl::string_view collection, const std::function<void(const DocumentState&)>& fn) const {
  const std::shared_ptr<const View> view = Current();
  const auto state = view->Find(collection);
  if (state == nullptr) return absl::OkStatus();  // no document
  auto scan =
      view->store.NewScan(Table::kDocuments, IdPrefix(state->record().number), /*whole=*/true);
  for (; scan->Valid(); scan->Next()) {
    FN_ASSIGN_OR_RETURN(const ParsedIdKey key, ParseIdKey(scan->key()));
    FN_ASSIGN_OR_RETURN(IdRecord record, DecodeId(scan->value()));
    fn({std::string(key.id), std::move(record.content_hash), std::move(record.sync_root),
        record.source_mtime_ns, record.source_bytes});
  }
  return scan->Check();
}

std::vector<SegmentStats> SegmentsOf(const CollectionState& state, const IndexFiles& files) {
  std::vector<SegmentStats> out;
  uint64_t sealed = 0;
  for (const auto& segment : state.segments()) {
    out.push_back({segment->graph == nullptr ? "flat" : "hnsw", segment->codes->rows(),
                   segment->MemoryBytes(), files.BytesOf(state.record().number, *segment)});
    sealed = segment->end();
  }
  if (sealed < state.rows()) out.push_back({"growing", state.rows() - sealed, 0, 0});
  return out;
}

absl::Status EngineImpl::Compact() {
  std::vector<uint32_t> compacted;
  {
    std::lock_guard<std::mutex> lock(write_mu_);
    const std::shared_ptr<const View> view = Current();
    // A view of its own even where nothing is dead: the old one holds what was
    // overwritten since it was made.
    auto next = Again(*view);
    for (auto& [name, state] : next->collections) {
      if (state->alive().Count() == state->rows()) continue;
      state = state->Compacted();
      compacted.push_back(state->record().number);
    }
    Publish(std::move(next));
  }
  // Opened again, they would bring the dead rows back.
  for (const uint32_t collection : compacted) files_->Remove(collection);
  sealer_.Wake();
  return store_->Compact();
}

absl::StatusOr<EngineStats> EngineImpl::Stats() const {
  const std::shared_ptr<const View> view = Current();
  EngineStats out;
  out.sequence = view->sequence;
  out.format_version = static_cast<int>(kFormatVersion);
  out.disk_bytes = store_->DiskBytes() + files_->DiskBytes();
  for (const auto& [name, state] : view->collections) {
    const CollectionRecord& r = state->record();
    out.index_memory_bytes += state->MemoryBytes();
    out.collections.push_back(
        {name, r.model, static_cast<int>(r.dim), r.documents, r.chunks, r.text_bytes, r.terms,
         r.access, r.dense_weight, state->MemoryBytes(), state->fields().MemoryBytes(),
         state->words().MemoryBytes(), SegmentsOf(*state, *files_), files_->Notes(r.number)});
  }
  return out;
}

}  // namespace

absl::StatusOr<std::unique_ptr<Engine>> Engine::Open(const EngineOptions& options,
                                                     const transformer::Embedder* embedder) {
  StoreOptions store_options;
  store_options.dir = options.data_dir;
  store_options.create_if_missing = options.create_if_missing;
  store_options.block_cache_bytes = options.block_cache_bytes;
  store_options.sync_writes = options.sync_writes;
  FN_ASSIGN_OR_RETURN(std::unique_ptr<Store> store, Store::Open(store_options));
  FN_RETURN_IF_ERROR(ReindexOldCollections(store.get(), options.reindexing));
  auto files =
      std::make_unique<IndexFiles>(options.data_dir, options.vector_index, options.sync_writes);
  FN_ASSIGN_OR_RETURN(std::shared_ptr<const View> view, LoadView(*store, files.get()));
  return std::make_unique<EngineImpl>(std::move(store), std::move(files), std::move(view), embedder,
                                      options);
}

}  // namespace footnote::retrieval
