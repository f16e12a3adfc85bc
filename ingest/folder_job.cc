#include "ingest/folder_job.h"

#include <algorithm>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "ingest/load_queue.h"
#include "ingest/prepare.h"
#include "ingest/write_batch.h"
#include "kernels/base/status_macros.h"
#include "transformer/text/utf8.h"

namespace footnote::ingest {
namespace {

using retrieval::DocumentState;
using retrieval::DocumentWrite;

// A batch is written when it has this many chunks. Fewer would have the disk
// wait for the processor, more would lose more work to a kill.
constexpr size_t kBatchChunks = 192;
constexpr size_t kRemovedAtOnce = 1000;
constexpr absl::Duration kPoll = absl::Milliseconds(50);

// What became of a file in the loading thread.
struct Loaded {
  DocumentReport report;
  PreparedDocument prepared;  // if report.outcome is kAdded or kReplaced
  uint64_t source_bytes = 0;
  uint64_t admitted_bytes = 0;  // to be released
};

struct Batch {
  std::vector<DocumentReport> reports;  // as the documents
  std::vector<PreparedDocument> documents;
  std::vector<DocumentWrite> writes;
  uint64_t source_bytes = 0;
  uint64_t admitted_bytes = 0;
  size_t chunks = 0;
  absl::StatusOr<uint64_t> sequence = uint64_t{0};
};

// Reads, parses and chunks files ahead of the embedder, in a thread of its own.
class Loader {
 public:
  Loader(const FileList& list, const absl::flat_hash_map<std::string, DocumentState>& states,
         const IngestOptions& options, const transformer::Embedder& embedder)
      : list_(list),
        states_(states),
        options_(options),
        embedder_(embedder),
        queue_(options.in_flight_bytes),
        thread_([this] { Run(); }) {}

  ~Loader() {
    queue_.Stop();
    thread_.join();
  }

  LoadQueue<Loaded>& queue() { return queue_; }

 private:
  void Run() {
    for (const ListedFile& file : list_.files) {
      if (queue_.stopped()) break;
      const uint64_t bytes = std::min(file.bytes, options_.max_document_bytes);
      if (!queue_.Admit(bytes)) break;
      Loaded loaded = Load(file);
      loaded.source_bytes = file.bytes;
      loaded.admitted_bytes = bytes;
      queue_.Push(std::move(loaded));
    }
    queue_.Close();
  }

  Loaded Load(const ListedFile& file) {
    Loaded loaded;
    loaded.report.id = file.path;
    const auto failed = [&](absl::Status status) {
      loaded.report.id = transformer::ReplaceInvalidUtf8(file.path);
      loaded.report.outcome = DocumentOutcome::kFailed;
      loaded.report.status = std::move(status);
      return std::move(loaded);
    };
    if (!transformer::IsValidUtf8(file.path)) {
      return failed(absl::InvalidArgumentError("its name isn't UTF-8; rename it"));
    }
    retrieval::Document document;
    document.id = file.path;
    document.collection = options_.collection;
    document.source = file.path;
    document.access = options_.access;
    document.metadata = options_.metadata;
    const std::string settings = SettingsHash(*file.reader, document, embedder_);
    const auto state = states_.find(file.path);
    const bool known = state != states_.end();
    const auto unchanged = [&] {
      loaded.report.outcome = DocumentOutcome::kUnchanged;
      return std::move(loaded);
    };
    if (known && state->second.source_mtime_ns == file.mtime_ns &&
        state->second.source_bytes == file.bytes &&
        HasSettings(state->second.content_hash, settings)) {
      return unchanged();
    }
    absl::StatusOr<std::string> bytes =
        ReadFile(file.path, options_.max_document_bytes, &document.source_mtime_ns);
    if (!bytes.ok()) return failed(bytes.status());
    document.content_hash = ContentHash(*bytes, settings);
    if (known && state->second.content_hash == document.content_hash) return unchanged();
    document.source_bytes = bytes->size();
    document.sync_root = file.root;
    absl::StatusOr<PreparedDocument> prepared =
        PrepareDocument(*file.reader, *bytes, std::move(document), embedder_);
    if (!prepared.ok()) return failed(prepared.status());
    loaded.report.outcome = known ? DocumentOutcome::kReplaced : DocumentOutcome::kAdded;
    loaded.report.chunks = static_cast<int>(prepared->chunks.size());
    loaded.prepared = *std::move(prepared);
    return loaded;
  }

  const FileList& list_;
  const absl::flat_hash_map<std::string, DocumentState>& states_;
  const IngestOptions& options_;
  const transformer::Embedder& embedder_;
  LoadQueue<Loaded> queue_;
  std::thread thread_;
};

// Writes batches in order, in a thread of its own. At most one waits while one
// is being written.
class Writer {
 public:
  explicit Writer(retrieval::Engine* engine) : engine_(engine), thread_([this] { Run(); }) {}

  ~Writer() {
    {
      const std::lock_guard lock(mutex_);
      closed_ = true;
    }
    changed_.notify_all();
    thread_.join();
  }

  void Push(std::unique_ptr<Batch> batch) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return waiting_ == nullptr; });
    waiting_ = std::move(batch);
    ++under_way_;
    changed_.notify_all();
  }

  // The next written batch, or nullptr if there is none yet; with `wait`, only
  // if there is nothing under way either.
  std::unique_ptr<Batch> Take(bool wait) {
    std::unique_lock lock(mutex_);
    if (wait) changed_.wait(lock, [this] { return !written_.empty() || under_way_ == 0; });
    if (written_.empty()) return nullptr;
    std::unique_ptr<Batch> batch = std::move(written_.front());
    written_.pop_front();
    return batch;
  }

 private:
  void Run() {
    std::unique_lock lock(mutex_);
    for (;;) {
      changed_.wait(lock, [this] { return waiting_ != nullptr || closed_; });
      if (waiting_ == nullptr) return;
      std::unique_ptr<Batch> batch = std::move(waiting_);
      changed_.notify_all();
      lock.unlock();
      // After a failure nothing more is written: later batches would hide it.
      batch->sequence = failure_.ok() ? engine_->Apply(batch->writes) : failure_;
      failure_ = batch->sequence.status();
      lock.lock();
      --under_way_;
      written_.push_back(std::move(batch));
      changed_.notify_all();
    }
  }

  retrieval::Engine* const engine_;
  absl::Status failure_;  // of the thread's own
  std::mutex mutex_;
  std::condition_variable changed_;
  std::unique_ptr<Batch> waiting_;
  std::deque<std::unique_ptr<Batch>> written_;
  int under_way_ = 0;
  bool closed_ = false;
  std::thread thread_;
};

}  // namespace

absl::StatusOr<FolderJob::States> FolderJob::StoredStates() const {
  States states;
  const absl::Status status = engine_->ForEachDocumentState(
      options_.collection, [&](const DocumentState& state) { states.emplace(state.id, state); });
  // The first write makes the collection.
  if (!status.ok() && !absl::IsNotFound(status)) return status;
  return states;
}

void FolderJob::ShowProgress() {
  if (progress_ == nullptr) return;
  shown_.seconds = static_cast<double>(absl::GetCurrentTimeNanos() - started_ns_) * 1e-9;
  progress_(shown_);
}

void FolderJob::Report(DocumentReport report) {
  switch (report.outcome) {
    case DocumentOutcome::kAdded:
      ++report_.added;
      break;
    case DocumentOutcome::kReplaced:
      ++report_.replaced;
      break;
    case DocumentOutcome::kUnchanged:
      ++report_.unchanged;
      break;
    case DocumentOutcome::kRemoved:
      ++report_.removed;
      break;
    case DocumentOutcome::kFailed:
      ++report_.failed;
      break;
  }
  if (on_document_ != nullptr) on_document_(report);
  if (report.outcome == DocumentOutcome::kFailed) report_.failures.push_back(std::move(report));
}

absl::Status FolderJob::IngestFiles(const FileList& list, const States& states) {
  // The writer is destroyed last: the loader waits for bytes that it holds.
  Writer writer(engine_);
  Loader loader(list, states, options_, *embedder_);
  LoadQueue<Loaded>& queue = loader.queue();
  const auto cancelled = [this] { return cancelled_ != nullptr && cancelled_(); };

  const auto settle = [&](std::unique_ptr<Batch> batch) -> absl::Status {
    queue.Release(batch->admitted_bytes);
    FN_RETURN_IF_ERROR(batch->sequence.status());
    report_.sequence = *batch->sequence;
    report_.chunks += batch->chunks;
    report_.source_bytes += batch->source_bytes;
    shown_.files_done += batch->reports.size();
    shown_.bytes_done += batch->source_bytes;
    for (DocumentReport& report : batch->reports) Report(std::move(report));
    ShowProgress();
    return absl::OkStatus();
  };
  const auto on_embedded = [&](uint64_t chunks, uint64_t tokens) {
    shown_.chunks += chunks;
    shown_.tokens += tokens;
    report_.tokens += tokens;
    ShowProgress();
  };

  auto batch = std::make_unique<Batch>();
  const auto flush = [&]() -> absl::Status {
    if (batch->documents.empty()) return absl::OkStatus();
    FN_ASSIGN_OR_RETURN(batch->writes, EmbedDocuments(std::move(batch->documents), *embedder_,
                                                      on_embedded, cancelled));
    writer.Push(std::exchange(batch, std::make_unique<Batch>()));
    return absl::OkStatus();
  };

  while (!queue.finished()) {
    if (cancelled()) return absl::CancelledError("ingest was cancelled");
    while (std::unique_ptr<Batch> written = writer.Take(false)) {
      FN_RETURN_IF_ERROR(settle(std::move(written)));
    }
    std::optional<Loaded> loaded = queue.Pop(kPoll);
    if (!loaded.has_value()) {
      // The loader waits: for the bytes of this batch, or of one being written.
      if (queue.starving()) FN_RETURN_IF_ERROR(flush());
      continue;
    }
    if (loaded->report.outcome == DocumentOutcome::kFailed ||
        loaded->report.outcome == DocumentOutcome::kUnchanged) {
      queue.Release(loaded->admitted_bytes);
      ++shown_.files_done;
      shown_.bytes_done += loaded->source_bytes;
      Report(std::move(loaded->report));
      ShowProgress();
      continue;
    }
    batch->chunks += loaded->prepared.chunks.size();
    batch->source_bytes += loaded->source_bytes;
    batch->admitted_bytes += loaded->admitted_bytes;
    batch->reports.push_back(std::move(loaded->report));
    batch->documents.push_back(std::move(loaded->prepared));
    if (batch->chunks >= kBatchChunks) FN_RETURN_IF_ERROR(flush());
  }
  FN_RETURN_IF_ERROR(flush());
  while (std::unique_ptr<Batch> written = writer.Take(true)) {
    FN_RETURN_IF_ERROR(settle(std::move(written)));
  }
  return absl::OkStatus();
}

absl::Status FolderJob::RemoveVanished(const FileList& list, const States& states) {
  absl::flat_hash_set<absl::string_view> found;
  for (const ListedFile& file : list.files) found.insert(file.path);
  std::vector<std::string> vanished;
  for (const auto& [id, state] : states) {
    if (state.sync_root.empty() || found.contains(id)) continue;
    const auto holds = [&id = id](const std::string& root) {
      return id == root || IsInside(id, root);
    };
    // What stands in a folder that can't be read has not vanished.
    const bool hidden = absl::c_any_of(
        list.unreadable, [&](const UnreadableFolder& folder) { return holds(folder.path); });
    if (absl::c_any_of(list.roots, holds) && !hidden) vanished.push_back(id);
  }
  // A long job lists its files long before it comes here: what has come back
  // meanwhile stays.
  vanished.erase(std::remove_if(vanished.begin(), vanished.end(), FileStandsAt), vanished.end());
  std::sort(vanished.begin(), vanished.end());
  for (size_t begin = 0; begin < vanished.size(); begin += kRemovedAtOnce) {
    if (cancelled_ != nullptr && cancelled_()) return absl::CancelledError("ingest was cancelled");
    const auto ids = absl::MakeConstSpan(vanished).subspan(begin, kRemovedAtOnce);
    FN_ASSIGN_OR_RETURN(const retrieval::Engine::Deleted deleted,
                        engine_->Delete(options_.collection, ids, std::nullopt));
    report_.sequence = deleted.sequence;
    for (const std::string& id : ids) {
      Report({id, DocumentOutcome::kRemoved, 0, absl::OkStatus()});
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<IngestReport> FolderJob::Run(const FileList& list) {
  started_ns_ = absl::GetCurrentTimeNanos();
  shown_.files_total = list.files.size();
  for (const ListedFile& file : list.files) shown_.bytes_total += file.bytes;
  FN_ASSIGN_OR_RETURN(const States states, StoredStates());
  for (const UnreadableFolder& folder : list.unreadable) {
    Report(
        {transformer::ReplaceInvalidUtf8(folder.path), DocumentOutcome::kFailed, 0, folder.status});
  }
  ShowProgress();
  FN_RETURN_IF_ERROR(IngestFiles(list, states));
  if (options_.sync) FN_RETURN_IF_ERROR(RemoveVanished(list, states));
  report_.seconds = static_cast<double>(absl::GetCurrentTimeNanos() - started_ns_) * 1e-9;
  return std::move(report_);
}

}  // namespace footnote::ingest
