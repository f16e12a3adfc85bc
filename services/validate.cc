#include "services/validate.h"

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "kernels/base/status_macros.h"
#include "retrieval/engine.h"
#include "retrieval/filter/boost.h"
#include "services/filter_messages.h"
#include "transformer/text/utf8.h"

namespace footnote::services {
namespace {

// A name is a key of the store: an id, a collection, a principal.
constexpr size_t kMaxNameBytes = 4096;
constexpr int kMaxPassages = 100;

absl::Status CheckText(absl::string_view field, absl::string_view text, uint64_t max_bytes) {
  if (absl::StripAsciiWhitespace(text).empty()) return InvalidField(field, "is empty");
  if (text.size() > max_bytes) {
    return InvalidField(field, absl::StrCat("has ", text.size(), " bytes; at most ", max_bytes,
                                            " are allowed (limits.max_question_bytes)"));
  }
  if (!transformer::IsValidUtf8(text)) return InvalidField(field, "isn't valid UTF-8");
  return absl::OkStatus();
}

absl::Status CheckName(absl::string_view field, absl::string_view name) {
  if (name.size() > kMaxNameBytes) {
    return InvalidField(field, absl::StrCat("has ", name.size(), " bytes; at most ", kMaxNameBytes,
                                            " are allowed"));
  }
  if (!transformer::IsValidUtf8(name)) return InvalidField(field, "isn't valid UTF-8");
  if (name.find('\0') != absl::string_view::npos) return InvalidField(field, "contains a NUL");
  return absl::OkStatus();
}

absl::Status CheckId(absl::string_view field, absl::string_view id) {
  if (id.empty()) return InvalidField(field, "is empty");
  return CheckName(field, id);
}

absl::Status CheckCount(absl::string_view field, int count, int max, absl::string_view setting) {
  if (count <= max) return absl::OkStatus();
  return InvalidField(
      field, absl::StrCat("has ", count, " items; at most ", max, " are allowed (", setting, ")"));
}

absl::Status CheckPrincipals(const google::protobuf::RepeatedPtrField<std::string>& principals,
                             const LimitsConfig& limits) {
  FN_RETURN_IF_ERROR(
      CheckCount("principals", principals.size(), limits.max_principals, "limits.max_principals"));
  for (const std::string& principal : principals) {
    FN_RETURN_IF_ERROR(CheckId("principals", principal));
  }
  return absl::OkStatus();
}

absl::Status CheckAccess(const google::protobuf::RepeatedPtrField<std::string>& acl,
                         const google::protobuf::RepeatedPtrField<std::string>& deny) {
  for (const std::string& principal : acl) FN_RETURN_IF_ERROR(CheckId("acl", principal));
  for (const std::string& principal : deny) FN_RETURN_IF_ERROR(CheckId("deny", principal));
  return absl::OkStatus();
}

absl::Status CheckRange(absl::string_view field, int value, int min, int max) {
  if (value >= min && value <= max) return absl::OkStatus();
  return InvalidField(field,
                      absl::StrCat("is ", value, "; it must be between ", min, " and ", max));
}

// Written so that NaN fails too.
absl::Status CheckShare(absl::string_view field, double value) {
  if (value >= 0 && value <= 1) return absl::OkStatus();
  return InvalidField(field, absl::StrCat("is ", value, "; it must be between 0 and 1"));
}

// What comes after fusion.
absl::Status CheckRanking(const v1::SearchRequest& request) {
  if (request.has_candidates()) {
    FN_RETURN_IF_ERROR(
        CheckRange("candidates", request.candidates(), 1, retrieval::kMaxCandidates));
  }
  if (request.has_rerank_candidates()) {
    FN_RETURN_IF_ERROR(
        CheckRange("rerank_candidates", request.rerank_candidates(), 1, retrieval::kMaxCandidates));
  }
  if (request.has_fold_similarity()) {
    FN_RETURN_IF_ERROR(CheckShare("fold_similarity", request.fold_similarity()));
  }
  if (request.has_max_per_document()) {
    FN_RETURN_IF_ERROR(
        CheckRange("max_per_document", request.max_per_document(), 0, retrieval::kMaxK));
  }
  if (request.has_mmr_lambda()) {
    FN_RETURN_IF_ERROR(CheckShare("mmr_lambda", request.mmr_lambda()));
  }
  if (request.has_boost() && !request.boost().empty()) {
    FN_RETURN_IF_ERROR(retrieval::ParseBoost(request.boost()).status());
  }
  FN_RETURN_IF_ERROR(
      CheckRange("neighbours_before", request.neighbours_before(), 0, retrieval::kMaxNeighbours));
  return CheckRange("neighbours_after", request.neighbours_after(), 0, retrieval::kMaxNeighbours);
}

}  // namespace

absl::Status InvalidField(absl::string_view field, absl::string_view message) {
  return absl::InvalidArgumentError(absl::StrCat(field, " ", message));
}

absl::Status Validate(const v1::AskRequest& request, const LimitsConfig& limits) {
  FN_RETURN_IF_ERROR(CheckText("question", request.question(), limits.max_question_bytes));
  FN_RETURN_IF_ERROR(CheckName("collection", request.collection()));
  FN_RETURN_IF_ERROR(CheckPrincipals(request.principals(), limits));
  FN_RETURN_IF_ERROR(CheckName("profile", request.profile()));
  if (request.has_passages()) {
    FN_RETURN_IF_ERROR(CheckRange("passages", request.passages(), 1, kMaxPassages));
  }
  if (request.has_filter()) FN_RETURN_IF_ERROR(FilterFromProto(request.filter()).status());
  return absl::OkStatus();
}

absl::Status Validate(const v1::SearchRequest& request, const LimitsConfig& limits) {
  FN_RETURN_IF_ERROR(CheckText("query", request.query(), limits.max_question_bytes));
  FN_RETURN_IF_ERROR(CheckName("collection", request.collection()));
  FN_RETURN_IF_ERROR(CheckPrincipals(request.principals(), limits));
  if (request.has_filter()) FN_RETURN_IF_ERROR(FilterFromProto(request.filter()).status());
  if (request.has_k()) FN_RETURN_IF_ERROR(CheckRange("k", request.k(), 1, retrieval::kMaxK));
  FN_RETURN_IF_ERROR(CheckName("profile", request.profile()));
  // An enumerator that this version doesn't know must not become another one.
  if (!v1::SearchRequest::Mode_IsValid(request.mode())) {
    return InvalidField("mode", "must be HYBRID, DENSE or LEXICAL");
  }
  if (!v1::SearchRequest::Fusion_IsValid(request.fusion())) {
    return InvalidField("fusion", "must be CONVEX or RECIPROCAL_RANK");
  }
  if (request.has_dense_weight()) {
    FN_RETURN_IF_ERROR(CheckShare("dense_weight", request.dense_weight()));
  }
  return CheckRanking(request);
}

absl::Status Validate(const v1::GetDocumentRequest& request, const LimitsConfig& limits) {
  FN_RETURN_IF_ERROR(CheckId("doc", request.doc()));
  FN_RETURN_IF_ERROR(CheckName("collection", request.collection()));
  return CheckPrincipals(request.principals(), limits);
}

absl::Status Validate(const v1::IngestBatch& batch, const LimitsConfig& limits) {
  FN_RETURN_IF_ERROR(CheckName("collection", batch.collection()));
  if (batch.documents().empty()) return InvalidField("documents", "is empty");
  return CheckCount("documents", batch.documents_size(), limits.max_batch_documents,
                    "limits.max_batch_documents");
}

absl::Status Validate(const v1::IngestDocument& document) {
  FN_RETURN_IF_ERROR(CheckId("id", document.id()));
  FN_RETURN_IF_ERROR(CheckName("title", document.title()));
  FN_RETURN_IF_ERROR(CheckName("source", document.source()));
  FN_RETURN_IF_ERROR(CheckName("content_type", document.content_type()));
  FN_RETURN_IF_ERROR(CheckAccess(document.acl(), document.deny()));
  for (const auto& [key, value] : document.metadata()) {
    FN_RETURN_IF_ERROR(CheckId("metadata", key));
    FN_RETURN_IF_ERROR(CheckName("metadata", value));
  }
  return absl::OkStatus();
}

absl::Status Validate(const v1::DeleteRequest& request, const LimitsConfig& limits) {
  FN_RETURN_IF_ERROR(CheckName("collection", request.collection()));
  if (request.has_filter()) {
    if (!request.docs().empty()) {
      return InvalidField("filter", "stands beside docs; send one of the two");
    }
    return FilterFromProto(request.filter()).status();
  }
  if (request.docs().empty()) return InvalidField("docs", "is empty, and there is no filter");
  FN_RETURN_IF_ERROR(CheckCount("docs", request.docs_size(), limits.max_batch_documents,
                                "limits.max_batch_documents"));
  for (const std::string& id : request.docs()) FN_RETURN_IF_ERROR(CheckId("docs", id));
  return absl::OkStatus();
}

absl::Status Validate(const v1::SetAccessRequest& request, const LimitsConfig& limits) {
  FN_RETURN_IF_ERROR(CheckName("collection", request.collection()));
  FN_RETURN_IF_ERROR(
      CheckCount("acl", request.acl_size(), limits.max_principals, "limits.max_principals"));
  FN_RETURN_IF_ERROR(
      CheckCount("deny", request.deny_size(), limits.max_principals, "limits.max_principals"));
  return CheckAccess(request.acl(), request.deny());
}

}  // namespace footnote::services
