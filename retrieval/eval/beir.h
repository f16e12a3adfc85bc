#ifndef FOOTNOTE_RETRIEVAL_EVAL_BEIR_H_
#define FOOTNOTE_RETRIEVAL_EVAL_BEIR_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "retrieval/eval/metrics.h"

namespace footnote::retrieval {

// A test collection in BEIR's layout. Every file may be gzipped.
struct CorpusDocument {
  std::string id;
  std::string title;  // may be empty
  std::string text;   // may be empty
};
struct EvalQuery {
  std::string id;
  std::string text;
};

// The readers' errors name the file and the line: NotFound, InvalidArgument
// (not of the format, an id twice, invalid UTF-8, nothing in it), DataLoss
// (damaged gzip data).

// JSON lines with "_id", "text" and an optional "title".
absl::StatusOr<std::vector<CorpusDocument>> ReadBeirCorpus(const std::string& path);

// JSON lines with "_id" and "text"; an empty text is an error.
absl::StatusOr<std::vector<EvalQuery>> ReadBeirQueries(const std::string& path);

// BEIR's three tab-separated columns (query-id, corpus-id, score) under a
// header, or TREC's four columns (query-id, iteration, document-id, grade).
absl::StatusOr<Qrels> ReadQrels(const std::string& path);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_EVAL_BEIR_H_
