#include "retrieval/eval/trec_run.h"

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
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
