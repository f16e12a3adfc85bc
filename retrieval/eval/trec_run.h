#ifndef FOOTNOTE_RETRIEVAL_EVAL_TREC_RUN_H_
#define FOOTNOTE_RETRIEVAL_EVAL_TREC_RUN_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace footnote::retrieval {

struct RankedDocument {
  std::string id;
  double score = 0;
};

// One query's ranking, best first.
struct QueryRun {
  std::string query;
  std::vector<RankedDocument> ranking;
};

// `ranking` as lines of a TREC run file: "query Q0 document rank score tag".
//
// trec_eval ignores the rank and sorts by the score as a 32-bit float, breaking
// ties by descending document id. So that it sees our order, the scores are
// written as floats that fall strictly: a score that doesn't is replaced by the
// next float below the one before it.
std::string FormatTrecRun(const QueryRun& run, absl::string_view tag);

// Writes the runs into a new file or over an old one, whole or not at all.
// Errors: InvalidArgument (an id with white space, which the format can't
// hold), and the operating system's with the path.
absl::Status WriteTrecRun(const std::string& path, absl::Span<const QueryRun> runs,
                          absl::string_view tag);

// Reads a run file, which may be gzipped: the queries in the order in which they
// first come, each ranking as trec_eval has it (see FormatTrecRun), whatever the
// lines' order and ranks. Errors: NotFound, InvalidArgument (not six columns, a score
// that is no finite number, a document twice for a query, no line at all), naming
// file and line.
absl::StatusOr<std::vector<QueryRun>> ReadTrecRun(const std::string& path);

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_EVAL_TREC_RUN_H_
