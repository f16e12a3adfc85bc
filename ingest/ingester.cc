#include "ingest/ingester.h"

#include <optional>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "ingest/file_list.h"
#include "ingest/folder_job.h"
#include "ingest/prepare.h"
#include "ingest/readers/registry.h"
#include "ingest/write_batch.h"
#include "kernels/base/status_macros.h"

namespace footnote::ingest {
namespace {

absl::StatusOr<const Reader*> FindReader(const RawDocument& raw) {
  if (!raw.content_type.empty()) {
    const Reader* const reader = FindReaderByContentType(raw.content_type);
    if (reader != nullptr) return reader;
    return absl::InvalidArgumentError(absl::StrCat("unknown content type \"", raw.content_type,
                                                   "\"; known are ", KnownContentTypes()));
  }
  const Reader* const reader = FindReaderByPath(raw.id);
  if (reader != nullptr) return reader;
  return absl::InvalidArgumentError(absl::StrCat("neither a content type (", KnownContentTypes(),
                                                 ") nor an id with a known extension (",
                                                 KnownExtensions(), ")"));
}

}  // namespace

Ingester::Ingester(retrieval::Engine* engine, const transformer::Embedder* embedder)
    : engine_(engine), embedder_(embedder) {}

absl::StatusOr<IngestReport> Ingester::IngestPaths(
    absl::Span<const std::string> paths, const IngestOptions& options,
    const std::function<void(const DocumentReport&)>& on_document,
    const std::function<void(const IngestProgress&)>& progress,
    const std::function<bool()>& cancelled) {
  FN_ASSIGN_OR_RETURN(const FileList list, ListFiles(paths));
  if (list.files.empty() && list.unreadable.empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("no document in ", paths[0], paths.size() > 1 ? " and the other folders" : "",
                     ": looked for files that end in ", KnownExtensions()));
  }
  return FolderJob(engine_, embedder_, options, on_document, progress, cancelled).Run(list);
}

absl::StatusOr<std::vector<DocumentReport>> Ingester::IngestDocuments(
    std::vector<RawDocument> documents, const IngestOptions& options,
    const std::function<bool()>& cancelled, uint64_t* sequence) {
  *sequence = 0;
  std::vector<DocumentReport> reports(documents.size());
  std::vector<PreparedDocument> prepared;
  absl::flat_hash_set<std::string> ids;

  const auto prepare = [&](RawDocument& raw, DocumentReport* report) -> absl::Status {
    if (raw.id.empty()) return absl::InvalidArgumentError("the document has no id");
    if (!ids.insert(raw.id).second) {
      return absl::InvalidArgumentError("the id stands twice in one request; send it once");
    }
    if (raw.content.size() > options.max_document_bytes) {
      return absl::InvalidArgumentError(
          absl::StrCat(raw.content.size(), " bytes are more than the limit of ",
                       options.max_document_bytes, " bytes a document; split it"));
    }
    FN_ASSIGN_OR_RETURN(const Reader* const reader, FindReader(raw));
    retrieval::Document document;
    document.id = raw.id;
    document.collection = options.collection;
    document.title = std::move(raw.title);
    document.source = raw.source.empty() ? raw.id : std::move(raw.source);
    document.access = raw.access == retrieval::AccessList() ? options.access : raw.access;
    document.metadata = std::move(raw.metadata);
    document.source_bytes = raw.content.size();
    document.content_hash = ContentHash(raw.content, SettingsHash(*reader, document, *embedder_));
    const absl::StatusOr<retrieval::Document> stored =
        engine_->GetDocument(options.collection, raw.id, std::nullopt);
    if (!stored.ok() && !absl::IsNotFound(stored.status())) return stored.status();
    if (stored.ok() && stored->content_hash == document.content_hash) {
      report->outcome = DocumentOutcome::kUnchanged;
      return absl::OkStatus();
    }
    FN_ASSIGN_OR_RETURN(PreparedDocument made,
                        PrepareDocument(*reader, raw.content, std::move(document), *embedder_));
    report->outcome = stored.ok() ? DocumentOutcome::kReplaced : DocumentOutcome::kAdded;
    report->chunks = static_cast<int>(made.chunks.size());
    prepared.push_back(std::move(made));
    return absl::OkStatus();
  };

  for (size_t i = 0; i < documents.size(); ++i) {
    if (cancelled != nullptr && cancelled()) return absl::CancelledError("ingest was cancelled");
    reports[i].id = documents[i].id;
    reports[i].status = prepare(documents[i], &reports[i]);
    if (!reports[i].status.ok()) reports[i].outcome = DocumentOutcome::kFailed;
  }
  if (prepared.empty()) return reports;
  FN_ASSIGN_OR_RETURN(const std::vector<retrieval::DocumentWrite> writes,
                      EmbedDocuments(std::move(prepared), *embedder_, nullptr, cancelled));
  FN_ASSIGN_OR_RETURN(*sequence, engine_->Apply(writes));
  return reports;
}

}  // namespace footnote::ingest
