#include "services/convert.h"

#include <utility>

namespace footnote::services {
namespace {

void SetScore(const retrieval::StageScore& from, v1::StageScore* to) {
  to->set_score(from.score);
  to->set_rank(from.rank);
}

void SetSpan(uint32_t begin, uint32_t end, v1::Span* span) {
  span->set_start(begin);
  span->set_end(end);
}

// A stage ran if it ranked the passage, or has a score of it.
bool Ran(const retrieval::StageScore& stage) { return stage.rank > 0 || stage.score != 0; }

v1::Explanation Explain(const retrieval::Hit& hit) {
  v1::Explanation out;
  if (Ran(hit.dense)) SetScore(hit.dense, out.mutable_dense());
  if (Ran(hit.lexical)) SetScore(hit.lexical, out.mutable_lexical());
  if (Ran(hit.fused)) SetScore(hit.fused, out.mutable_fused());
  if (hit.boost.has_value()) out.set_boost(*hit.boost);
  if (Ran(hit.reranked)) SetScore(hit.reranked, out.mutable_reranked());
  if (Ran(hit.diversity)) SetScore(hit.diversity, out.mutable_diversity());
  if (!hit.explanation.has_value()) return out;
  out.set_length(hit.explanation->length);
  out.set_average_length(hit.explanation->average_length);
  for (const retrieval::TermContribution& term : hit.explanation->terms) {
    v1::TermContribution* t = out.add_terms();
    t->set_term(term.term);
    t->set_query_frequency(term.query_frequency);
    t->set_frequency(term.frequency);
    t->set_chunks(term.chunks);
    t->set_idf(term.idf);
    t->set_length_norm(term.length_norm);
    t->set_contribution(term.contribution);
    if (term.misspelt.empty()) continue;
    t->set_misspelt(term.misspelt);
    t->set_share(term.share);
  }
  return out;
}

v1::Neighbour ToProto(const retrieval::Neighbour& neighbour) {
  v1::Neighbour out;
  out.set_chunk(neighbour.chunk);
  out.set_start(neighbour.begin);
  out.set_end(neighbour.end);
  out.set_text(neighbour.text);
  return out;
}

v1::FoldedPassage ToProto(const retrieval::FoldedPassage& folded) {
  v1::FoldedPassage out;
  out.set_doc(folded.doc);
  out.set_chunk(folded.chunk);
  out.set_start(folded.begin);
  out.set_end(folded.end);
  out.set_similarity(folded.similarity);
  return out;
}

retrieval::SearchMode FromProto(v1::SearchRequest::Mode mode) {
  switch (mode) {
    case v1::SearchRequest::DENSE:
      return retrieval::SearchMode::kDense;
    case v1::SearchRequest::LEXICAL:
      return retrieval::SearchMode::kLexical;
    default:
      return retrieval::SearchMode::kHybrid;
  }
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

retrieval::SearchRequest FromProto(const v1::SearchRequest& request,
                                   const retrieval::RankingOptions& ranking) {
  retrieval::SearchRequest out;
  static_cast<retrieval::RankingOptions&>(out) = ranking;
  out.query = request.query();
  out.operators = !request.plain();
  out.collection = CollectionOrDefault(request.collection());
  if (request.has_k()) out.k = request.k();
  if (request.has_mode()) out.mode = FromProto(request.mode());
  if (request.has_fusion()) {
    out.fusion = request.fusion() == v1::SearchRequest::RECIPROCAL_RANK
                     ? retrieval::Fusion::kReciprocalRank
                     : retrieval::Fusion::kConvex;
  }
  if (request.has_dense_weight()) out.dense_weight = request.dense_weight();
  if (request.has_candidates()) out.candidates = request.candidates();
  if (request.has_rerank()) out.rerank = request.rerank();
  if (request.has_rerank_candidates()) out.rerank_candidates = request.rerank_candidates();
  if (request.has_fold_similarity()) out.fold_similarity = request.fold_similarity();
  if (request.has_max_per_document()) out.max_per_document = request.max_per_document();
  if (request.has_mmr_lambda()) out.mmr_lambda = request.mmr_lambda();
  if (request.has_fuzzy()) out.fuzzy = request.fuzzy();
  if (request.has_boost()) out.boost = request.boost();
  out.principals.assign(request.principals().begin(), request.principals().end());
  out.min_sequence = request.min_sequence();
  out.explain = request.explain();
  out.neighbours_before = request.neighbours_before();
  out.neighbours_after = request.neighbours_after();
  out.section = request.section();
  return out;
}

retrieval::SearchRequest FromProto(const v1::AskRequest& request,
                                   const retrieval::RankingOptions& ranking, int passages) {
  retrieval::SearchRequest out;
  static_cast<retrieval::RankingOptions&>(out) = ranking;
  out.query = request.question();
  out.collection = CollectionOrDefault(request.collection());
  out.k = request.has_passages() ? request.passages() : passages;
  if (request.has_rerank()) out.rerank = request.rerank();
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
  out.access.allow.assign(document.acl().begin(), document.acl().end());
  out.access.deny.assign(document.deny().begin(), document.deny().end());
  out.metadata.insert(document.metadata().begin(), document.metadata().end());
  return out;
}

v1::Passage ToProto(const retrieval::Hit& hit, bool explain) {
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
  if (hit.reranked.rank > 0) SetScore(hit.reranked, out.mutable_reranked());
  for (const auto& [begin, end] : hit.highlights) SetSpan(begin, end, out.add_highlights());
  for (const retrieval::FoldedPassage& folded : hit.folded) *out.add_folded() = ToProto(folded);
  for (const retrieval::Neighbour& n : hit.before) *out.add_before() = ToProto(n);
  for (const retrieval::Neighbour& n : hit.after) *out.add_after() = ToProto(n);
  if (hit.section.has_value()) {
    SetSpan(hit.section->first, hit.section->second, out.mutable_section());
  }
  if (explain) *out.mutable_explanation() = Explain(hit);
  return out;
}

v1::Correction ToProto(const retrieval::Correction& correction) {
  v1::Correction out;
  out.set_word(correction.word);
  out.mutable_replacements()->Add(correction.replacements.begin(), correction.replacements.end());
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
