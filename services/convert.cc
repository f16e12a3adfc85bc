#include "services/convert.h"

#include <utility>

namespace footnote::services {
namespace {

void SetScore(const retrieval::StageScore& from, v1::StageScore* to) {
  to->set_score(from.score);
  to->set_rank(from.rank);
}

v1::Block::Kind ToProto(retrieval::BlockKind kind) {
  switch (kind) {
    case retrieval::BlockKind::kHeading:
      return v1::Block::HEADING;
    case retrieval::BlockKind::kParagraph:
      return v1::Block::PARAGRAPH;
    case retrieval::BlockKind::kListItem:
      return v1::Block::LIST_ITEM;
    case retrieval::BlockKind::kTable:
      return v1::Block::TABLE;
    case retrieval::BlockKind::kCode:
      return v1::Block::CODE;
    case retrieval::BlockKind::kCaption:
      return v1::Block::CAPTION;
  }
  return v1::Block::KIND_UNSPECIFIED;
}

v1::DocumentResult::Outcome ToProto(ingest::DocumentOutcome outcome) {
  switch (outcome) {
    case ingest::DocumentOutcome::kAdded:
      return v1::DocumentResult::ADDED;
    case ingest::DocumentOutcome::kReplaced:
      return v1::DocumentResult::REPLACED;
    case ingest::DocumentOutcome::kUnchanged:
      return v1::DocumentResult::UNCHANGED;
    case ingest::DocumentOutcome::kRemoved:
      return v1::DocumentResult::REMOVED;
    case ingest::DocumentOutcome::kFailed:
      return v1::DocumentResult::FAILED;
  }
  return v1::DocumentResult::OUTCOME_UNSPECIFIED;
}

v1::AskResponse::Outcome ToProto(generator::Outcome outcome) {
  switch (outcome) {
    case generator::Outcome::kAnswered:
      return v1::AskResponse::ANSWERED;
    case generator::Outcome::kAbstained:
      return v1::AskResponse::ABSTAINED;
    case generator::Outcome::kNeedsClarification:
      return v1::AskResponse::NEEDS_CLARIFICATION;
    case generator::Outcome::kNeedsMoreInformation:
      return v1::AskResponse::NEEDS_MORE_INFORMATION;
  }
  return v1::AskResponse::OUTCOME_UNSPECIFIED;
}

}  // namespace

retrieval::SearchRequest FromProto(const v1::SearchRequest& request, double dense_weight) {
  retrieval::SearchRequest out;
  out.query = request.query();
  out.collection = CollectionOrDefault(request.collection());
  if (request.has_k()) out.k = request.k();
  switch (request.mode()) {
    case v1::SearchRequest::DENSE:
      out.mode = retrieval::SearchMode::kDense;
      break;
    case v1::SearchRequest::LEXICAL:
      out.mode = retrieval::SearchMode::kLexical;
      break;
    default:
      out.mode = retrieval::SearchMode::kHybrid;
  }
  out.fusion = request.fusion() == v1::SearchRequest::RECIPROCAL_RANK
                   ? retrieval::Fusion::kReciprocalRank
                   : retrieval::Fusion::kConvex;
  out.dense_weight = request.has_dense_weight() ? request.dense_weight() : dense_weight;
  out.principals.assign(request.principals().begin(), request.principals().end());
  out.min_sequence = request.min_sequence();
  return out;
}

ingest::RawDocument FromProto(v1::IngestDocument document) {
  ingest::RawDocument out;
  out.id = std::move(*document.mutable_id());
  out.title = std::move(*document.mutable_title());
  out.source = std::move(*document.mutable_source());
  out.content_type = std::move(*document.mutable_content_type());
  out.content = std::move(*document.mutable_content());
  out.acl.assign(document.acl().begin(), document.acl().end());
  out.metadata.insert(document.metadata().begin(), document.metadata().end());
  return out;
}

v1::Passage ToProto(const retrieval::Hit& hit) {
  v1::Passage out;
  out.set_doc(hit.doc);
  out.set_title(hit.title);
  out.set_source(hit.source);
  out.set_heading_path(hit.heading_path);
  out.set_anchor(hit.anchor);
  out.set_chunk(hit.chunk);
  out.set_start(hit.begin);
  out.set_end(hit.end);
  out.set_text(hit.text);
  out.set_score(hit.score);
  if (hit.dense.rank > 0) SetScore(hit.dense, out.mutable_dense());
  if (hit.lexical.rank > 0) SetScore(hit.lexical, out.mutable_lexical());
  for (const auto& [begin, end] : hit.highlights) {
    v1::Span* span = out.add_highlights();
    span->set_start(begin);
    span->set_end(end);
  }
  return out;
}

v1::GetDocumentResponse ToProto(const retrieval::Document& document) {
  v1::GetDocumentResponse out;
  out.set_doc(document.id);
  out.set_collection(document.collection);
  out.set_title(document.title);
  out.set_source(document.source);
  out.set_text(document.text);
  for (const retrieval::Block& block : document.blocks) {
    v1::Block* b = out.add_blocks();
    b->set_kind(ToProto(block.kind));
    b->set_level(block.level);
    b->set_start(block.begin);
    b->set_end(block.end);
    b->set_anchor(block.anchor);
  }
  out.mutable_metadata()->insert(document.metadata.begin(), document.metadata.end());
  return out;
}

v1::DocumentResult ToProto(const ingest::DocumentReport& report) {
  v1::DocumentResult out;
  out.set_id(report.id);
  out.set_outcome(ToProto(report.outcome));
  out.set_chunks(report.chunks);
  if (!report.status.ok()) out.set_error(std::string(report.status.message()));
  return out;
}

v1::Sentence ToProto(const generator::Sentence& sentence) {
  v1::Sentence out;
  out.set_text(sentence.text);
  out.mutable_footnotes()->Add(sentence.footnotes.begin(), sentence.footnotes.end());
  return out;
}

v1::Footnote ToProto(const generator::Footnote& footnote, absl::Span<const retrieval::Hit> hits) {
  const retrieval::Hit& hit = hits[footnote.passage];
  v1::Footnote out;
  out.set_number(footnote.number);
  out.set_doc(hit.doc);
  out.set_title(hit.title);
  out.set_quote(footnote.quote);
  out.set_start(footnote.begin);
  out.set_end(footnote.end);
  out.set_heading_path(hit.heading_path);
  out.set_source(hit.source);
  out.set_anchor(hit.anchor);
  out.set_passage(footnote.passage);
  return out;
}

v1::AskResponse ToProto(const generator::Answer& answer, absl::Span<const retrieval::Hit> hits) {
  v1::AskResponse out;
  out.set_outcome(ToProto(answer.outcome));
  for (const generator::Sentence& sentence : answer.sentences) {
    if (!out.answer().empty()) out.mutable_answer()->push_back(' ');
    out.mutable_answer()->append(sentence.text);
    *out.add_sentences() = ToProto(sentence);
  }
  for (const generator::Footnote& footnote : answer.footnotes) {
    *out.add_footnotes() = ToProto(footnote, hits);
  }
  for (const retrieval::Hit& hit : hits) *out.add_passages() = ToProto(hit);
  out.set_confidence(answer.confidence);
  out.set_reason(answer.reason);
  out.set_author(answer.author);
  out.set_passages_read(answer.passages_read);
  return out;
}

generator::Passage ToPassage(const retrieval::Hit& hit) {
  generator::Passage out;
  out.doc = hit.doc;
  out.title = hit.title;
  out.heading_path = hit.heading_path;
  out.begin = hit.begin;
  out.end = hit.end;
  out.text = hit.text;
  out.score = hit.score;
  out.dense_score = hit.dense.score;
  out.lexical_score = hit.lexical.score;
  return out;
}

std::string CollectionOrDefault(const std::string& collection) {
  return collection.empty() ? retrieval::kDefaultCollection : collection;
}

void AddTime(const std::string& stage, double milliseconds,
             google::protobuf::RepeatedPtrField<v1::StageTime>* times) {
  v1::StageTime* time = times->Add();
  time->set_stage(stage);
  time->set_milliseconds(milliseconds);
}

}  // namespace footnote::services
