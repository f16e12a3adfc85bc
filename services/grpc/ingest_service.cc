#include "services/grpc/ingest_service.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "kernels/base/status_macros.h"
#include "services/grpc/deadline.h"
#include "services/grpc/status.h"

namespace footnote::services {
namespace {

// A batch is one write to the store, and what is lost when the stream breaks.
constexpr int kBatchDocuments = 64;
constexpr size_t kBatchBytes = 4 << 20;

// Collects a stream's documents and writes them batch by batch.
class StreamWriter {
 public:
  StreamWriter(Application* application, const CallContext& context, v1::IngestResponse* response)
      : application_(application), context_(context), response_(response) {}

  absl::Status Add(v1::IngestRequest* request) {
    if (first_) batch_.set_collection(request->collection());
    if (!first_ && !request->collection().empty() && request->collection() != batch_.collection()) {
      return absl::InvalidArgumentError(
          "collection differs from the first message's; use one stream per collection");
    }
    first_ = false;
    if (!request->has_document()) {
      return absl::InvalidArgumentError("document is missing in a message");
    }
    // The response has a result for each.
    const int max = application_->config().limits.max_batch_documents;
    if (response_->results_size() + batch_.documents_size() >= max) {
      return absl::InvalidArgumentError(
          absl::StrCat("the stream has more than ", max,
                       " documents (limits.max_batch_documents); use several streams"));
    }
    bytes_ += request->document().content().size();
    batch_.add_documents()->Swap(request->mutable_document());
    if (batch_.documents_size() < kBatchDocuments && bytes_ < kBatchBytes) return absl::OkStatus();
    return Flush();
  }

  absl::Status Flush() {
    if (batch_.documents().empty()) return absl::OkStatus();
    FN_ASSIGN_OR_RETURN(v1::IngestResponse part, application_->Ingest(batch_, context_));
    response_->mutable_results()->MergeFrom(part.results());
    if (part.sequence() > 0) response_->set_sequence(part.sequence());
    batch_.clear_documents();
    bytes_ = 0;
    return absl::OkStatus();
  }

 private:
  Application* const application_;
  const CallContext& context_;
  v1::IngestResponse* const response_;
  v1::IngestBatch batch_;
  size_t bytes_ = 0;
  bool first_ = true;
};

absl::Status ReadAll(grpc::ServerReader<v1::IngestRequest>* reader, StreamWriter* writer,
                     const CallContext& context) {
  v1::IngestRequest request;
  while (reader->Read(&request)) {
    FN_RETURN_IF_ERROR(writer->Add(&request));
    request.Clear();
  }
  // A broken stream ends Read too, and its last batch must not look complete.
  if (absl::Now() >= context.deadline) {
    return absl::DeadlineExceededError("the stream didn't end before the deadline");
  }
  if (context.cancelled()) return absl::CancelledError("the stream broke off");
  return writer->Flush();
}

}  // namespace

grpc::Status IngestService::Ingest(grpc::ServerContext* ctx,
                                   grpc::ServerReader<v1::IngestRequest>* reader,
                                   v1::IngestResponse* response) {
  const CallContext context = MakeContext(door_, CallKind::kWrite, ctx);
  return ToGrpc(door_.calls->Run({"grpc", "Ingest", context.trace_id}, [&]() -> absl::Status {
    const DeadlineGuard guard(ctx, context.deadline);
    StreamWriter writer(door_.application, context, response);
    const absl::Status status = ReadAll(reader, &writer, context);
    if (status.ok()) {
      if (response->results().empty()) {
        return absl::InvalidArgumentError("the stream has no document");
      }
      return absl::OkStatus();
    }
    return absl::Status(status.code(),
                        absl::StrCat(status.message(), "; ", response->results_size(),
                                     " documents before it were processed"));
  }));
}

grpc::Status IngestService::Delete(grpc::ServerContext* ctx, const v1::DeleteRequest* request,
                                   v1::DeleteResponse* response) {
  const CallContext context = MakeContext(door_, CallKind::kWrite, ctx);
  return ToGrpc(door_.calls->Run({"grpc", "Delete", context.trace_id}, [&]() -> absl::Status {
    FN_ASSIGN_OR_RETURN(*response, door_.application->Delete(*request, context));
    return absl::OkStatus();
  }));
}

grpc::Status IngestService::SetAccess(grpc::ServerContext* ctx, const v1::SetAccessRequest* request,
                                      v1::SetAccessResponse* response) {
  const CallContext context = MakeContext(door_, CallKind::kWrite, ctx);
  return ToGrpc(door_.calls->Run({"grpc", "SetAccess", context.trace_id}, [&]() -> absl::Status {
    FN_ASSIGN_OR_RETURN(*response, door_.application->SetAccess(*request, context));
    return absl::OkStatus();
  }));
}

}  // namespace footnote::services
