#include "services/cli/render_explanation.h"

#include <iterator>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace footnote::services::cli {
namespace {

std::string StageLine(const char* name, const v1::StageScore& stage) {
  const std::string rank =
      stage.rank() > 0 ? absl::StrCat("#", stage.rank()) : "not among its best";
  return absl::StrFormat("   %-9s  %.6g  %s", name, stage.score(), rank);
}

}  // namespace

std::string RenderExplanation(const v1::Explanation& explanation, const Style& style) {
  std::string out;
  const auto add = [&](const std::string& line) {
    absl::StrAppend(&out, Paint(style, Ink::kDim, OneLine(line)), "\n");
  };
  if (explanation.has_dense()) add(StageLine("dense", explanation.dense()));
  if (explanation.has_lexical()) add(StageLine("lexical", explanation.lexical()));
  for (const v1::TermContribution& t : explanation.terms()) {
    add(absl::StrFormat(
        "     %-12s %.4f = %d in the query x idf %.4f (%d passages) x tf %d at length norm %.3f",
        t.term(), t.contribution(), t.query_frequency(), t.idf(), t.chunks(), t.frequency(),
        t.length_norm()));
    if (!t.misspelt().empty()) {
      add(absl::StrFormat("       stands for %s, which no passage has: x %.2f", t.misspelt(),
                          t.share()));
    }
  }
  if (explanation.has_fused()) add(StageLine("fused", explanation.fused()));
  if (explanation.has_boost()) {
    add(absl::StrFormat("     boosted by %.4g", explanation.boost()));
  }
  if (explanation.has_reranked()) add(StageLine("reranked", explanation.reranked()));
  if (explanation.has_diversity()) add(StageLine("diversity", explanation.diversity()));
  return out;
}

std::string RenderTimes(const v1::SearchResponse& response, const Style& style) {
  std::string line =
      absl::StrCat("profile ", response.profile(), ", version ", response.profile_version());
  for (const v1::StageTime& time : response.times()) {
    absl::StrAppendFormat(&line, "; %s %.2f ms", time.stage(), time.milliseconds());
  }
  if (response.has_dense_weight()) {
    absl::StrAppendFormat(&line, "; dense weight %.4g", response.dense_weight());
  }
  for (const std::string& text : response.required()) {
    absl::StrAppend(&line, "; with \"", OneLine(text), "\"");
  }
  for (const std::string& text : response.excluded()) {
    absl::StrAppend(&line, "; without \"", OneLine(text), "\"");
  }
  if (!response.reranker().empty()) absl::StrAppend(&line, "; reranker ", response.reranker());
  return Wrap(style, {}, line);
}

}  // namespace footnote::services::cli
