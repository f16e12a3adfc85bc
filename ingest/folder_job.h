#ifndef FOOTNOTE_INGEST_FOLDER_JOB_H_
#define FOOTNOTE_INGEST_FOLDER_JOB_H_

#include <functional>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "ingest/file_list.h"
#include "ingest/ingester.h"

namespace footnote::ingest {

// One run over listed files: a thread reads, parses and chunks ahead; the
// calling thread embeds and reports; a thread writes behind. Documents are
// written in batches, each atomic, so that a job that dies at any moment has
// lost no more than what it hadn't reported, and the next one goes on there.
class FolderJob {
 public:
  FolderJob(retrieval::Engine* engine, const transformer::Embedder* embedder,
            const IngestOptions& options,
            const std::function<void(const DocumentReport&)>& on_document,
            const std::function<void(const IngestProgress&)>& progress,
            const std::function<bool()>& cancelled)
      : engine_(engine),
        embedder_(embedder),
        options_(options),
        on_document_(on_document),
        progress_(progress),
        cancelled_(cancelled) {}

  // Once. As Ingester::IngestPaths.
  absl::StatusOr<IngestReport> Run(const FileList& list);

 private:
  using States = absl::flat_hash_map<std::string, retrieval::DocumentState>;

  absl::StatusOr<States> StoredStates() const;
  absl::Status IngestFiles(const FileList& list, const States& states);
  absl::Status RemoveVanished(const FileList& list, const States& states);
  void Report(DocumentReport report);
  void ShowProgress();

  retrieval::Engine* const engine_;
  const transformer::Embedder* const embedder_;
  const IngestOptions& options_;
  const std::function<void(const DocumentReport&)>& on_document_;
  const std::function<void(const IngestProgress&)>& progress_;
  const std::function<bool()>& cancelled_;

  IngestReport report_;
  IngestProgress shown_;
  int64_t started_ns_ = 0;
};

}  // namespace footnote::ingest

#endif  // FOOTNOTE_INGEST_FOLDER_JOB_H_
