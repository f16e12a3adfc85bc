#include "retrieval/eval/trec_run.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <limits>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "kernels/base/line_reader.h"
#include "kernels/base/status_macros.h"

namespace footnote::retrieval {
namespace {

absl::Status CheckId(absl::string_view id) {
  if (!id.empty() && std::none_of(id.begin(), id.end(), absl::ascii_isspace)) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(
      absl::StrCat("the id \"", id,
                   "\" can't stand in a TREC run file: it is empty or has white "
                   "space in it"));
}

}  // namespace

std::string FormatTrecRun(const QueryRun& run, absl::string_view tag) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  std::string lines;
  float above = kInfinity;
  int rank = 0;
  for (const RankedDocument& document : run.ranking) {
    float score = static_cast<float>(document.score);
    if (!(score < above)) score = std::nextafter(above, -kInfinity);
    above = score;
    // 9 digits give back the same float.
    absl::StrAppendFormat(&lines, "%s Q0 %s %d %.9g %s\n", run.query, document.id, ++rank, score,
                          tag);
  }
  return lines;
}

absl::StatusOr<std::vector<QueryRun>> ReadTrecRun(const std::string& path) {
  FN_ASSIGN_OR_RETURN(kernels::LineReader reader, kernels::LineReader::Open(path));
  std::vector<QueryRun> runs;
  absl::flat_hash_map<std::string, size_t> place;
  absl::flat_hash_set<std::pair<std::string, std::string>> seen;
  std::string line;
  while (true) {
    FN_ASSIGN_OR_RETURN(const bool more, reader.Next(&line));
    if (!more) break;
    const std::vector<std::string> columns =
        absl::StrSplit(line, absl::ByAnyChar(" \t"), absl::SkipEmpty());
    if (columns.empty()) continue;
    const auto wrong = [&](absl::string_view what) {
      return absl::InvalidArgumentError(absl::StrCat(reader.Where(), ": ", what));
    };
    if (columns.size() != 6) {
      return wrong(absl::StrCat("expected 6 columns (query Q0 document rank score tag), found ",
                                columns.size()));
    }
    double score = 0;
    if (!absl::SimpleAtod(columns[4], &score) || !std::isfinite(score)) {
      return wrong(absl::StrCat("the score \"", columns[4], "\" is not a finite number"));
    }
    if (!seen.emplace(columns[0], columns[2]).second) {
      return wrong(absl::StrCat("the document \"", columns[2],
                                "\" is ranked twice for the query \"", columns[0], "\""));
    }
    const auto [at, is_new] = place.try_emplace(columns[0], runs.size());
    if (is_new) runs.push_back({columns[0], {}});
    runs[at->second].ranking.push_back({columns[2], score});
  }
  if (runs.empty()) return absl::InvalidArgumentError(absl::StrCat(path, " holds no ranking"));
  for (QueryRun& run : runs) {
    std::sort(run.ranking.begin(), run.ranking.end(),
              [](const RankedDocument& a, const RankedDocument& b) {
                const auto x = static_cast<float>(a.score), y = static_cast<float>(b.score);
                return x != y ? x > y : a.id > b.id;
              });
  }
  return runs;
}

absl::Status WriteTrecRun(const std::string& path, absl::Span<const QueryRun> runs,
                          absl::string_view tag) {
  for (const QueryRun& run : runs) {
    FN_RETURN_IF_ERROR(CheckId(run.query));
    for (const RankedDocument& document : run.ranking) FN_RETURN_IF_ERROR(CheckId(document.id));
  }
  const std::string partial = path + ".partial";
  std::ofstream file(partial, std::ios::binary | std::ios::trunc);
  for (const QueryRun& run : runs) file << FormatTrecRun(run, tag);
  file.close();
  if (file.fail() || std::rename(partial.c_str(), path.c_str()) != 0) {
    const int error = errno;
    std::remove(partial.c_str());
    return absl::ErrnoToStatus(error, absl::StrCat("cannot write the run file ", path));
  }
  return absl::OkStatus();
}

}  // namespace footnote::retrieval
