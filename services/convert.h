#ifndef FOOTNOTE_SERVICES_CONVERT_H_
#define FOOTNOTE_SERVICES_CONVERT_H_

#include <string>
#include <vector>

#include "absl/types/span.h"
#include "footnote/v1/footnote.pb.h"
#include "generator/answerer.h"
#include "ingest/ingester.h"
#include "retrieval/engine.h"

// Between the messages of the outside and the types of the layers below. No
// conversion fails: what may be wrong has been refused by validate.h.
namespace footnote::services {

// `ranking` holds where the request says nothing else. A filter isn't converted: see
// filter_messages.h.
retrieval::SearchRequest FromProto(const v1::SearchRequest& request,
                                   const retrieval::RankingOptions& ranking);
// The search that a question begins with; `passages` where it doesn't say how many.
retrieval::SearchRequest FromProto(const v1::AskRequest& request,
                                   const retrieval::RankingOptions& ranking, int passages);

ingest::RawDocument FromProto(v1::IngestDocument document);

// Its explanation only if `explain`.
v1::Passage ToProto(const retrieval::Hit& hit, bool explain = false);
v1::Correction ToProto(const retrieval::Correction& correction);
v1::GetDocumentResponse ToProto(const retrieval::Document& document);
v1::DocumentResult ToProto(const ingest::DocumentReport& report);
v1::Sentence ToProto(const generator::Sentence& sentence);

// `hits` are the passages that the footnote's index counts.
v1::Footnote ToProto(const generator::Footnote& footnote, absl::Span<const retrieval::Hit> hits);

v1::AskResponse ToProto(const generator::Answer& answer, absl::Span<const retrieval::Hit> hits);

// A hit as evidence for the answerer.
generator::Passage ToPassage(const retrieval::Hit& hit);

// Empty means the default collection.
std::string CollectionOrDefault(const std::string& collection);

void AddTime(const std::string& stage, double milliseconds,
             google::protobuf::RepeatedPtrField<v1::StageTime>* times);

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_CONVERT_H_
