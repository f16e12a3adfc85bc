#include "services/cli/render.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "services/cli/render_explanation.h"

namespace footnote::services::cli {
namespace {

constexpr int kNearestPassages = 3;
constexpr int kNearestLines = 3;

// The heading path, which begins with the title; the title alone if there is
// no path.
std::string Heading(const std::string& heading_path, const std::string& title,
                    const std::string& doc) {
  return OneLine(!heading_path.empty() ? heading_path : !title.empty() ? title : doc);
}

std::string Place(const std::string& source, const std::string& doc, const std::string& anchor,
                  uint32_t start, uint32_t end) {
  std::string place = source.empty() ? doc : source;
  if (!anchor.empty()) absl::StrAppend(&place, "#", anchor);
  return OneLine(absl::StrCat(place, "  bytes ", start, "-", end));
}

std::vector<std::pair<uint32_t, uint32_t>> Marks(const v1::Passage& passage) {
  std::vector<std::pair<uint32_t, uint32_t>> marks;
  for (const v1::Span& span : passage.highlights()) marks.emplace_back(span.start(), span.end());
  return marks;
}

std::string Scores(const v1::Passage& passage) {
  std::string scores = absl::StrFormat("score %.3f", passage.score());
  if (passage.has_dense()) {
    absl::StrAppendFormat(&scores, "   dense %.3f (#%d)", passage.dense().score(),
                          passage.dense().rank());
  }
  if (passage.has_lexical()) {
    absl::StrAppendFormat(&scores, "   words %.2f (#%d)", passage.lexical().score(),
                          passage.lexical().rank());
  }
  if (passage.has_reranked()) {
    absl::StrAppendFormat(&scores, "   reranked %.3f (#%d)", passage.reranked().score(),
                          passage.reranked().rank());
  }
  return scores;
}

// "passage 3 (bytes 10-20): " and its text.
std::string RenderNeighbour(const v1::Neighbour& neighbour, int max_lines, const Style& style) {
  return Paint(style, Ink::kDim,
               absl::StrCat("   passage ", neighbour.chunk(), ", bytes ", neighbour.start(), "-",
                            neighbour.end())) +
         "\n" + Wrap(style, {5, max_lines}, neighbour.text());
}

std::string RenderPassage(int number, const v1::Passage& passage, int max_lines,
                          const Style& style) {
  const std::string heading =
      absl::StrCat(number, ". ", Heading(passage.heading_path(), passage.title(), passage.doc()));
  std::string out = Paint(style, Ink::kBold, heading) + "\n";
  absl::StrAppend(&out,
                  Paint(style, Ink::kDim,
                        absl::StrCat("   ", Place(passage.source(), passage.doc(), passage.anchor(),
                                                  passage.start(), passage.end()))),
                  "\n", Paint(style, Ink::kDim, absl::StrCat("   ", Scores(passage))), "\n");
  const auto add_dim = [&](const std::string& line) {
    absl::StrAppend(&out, Paint(style, Ink::kDim, "   " + OneLine(line)), "\n");
  };
  if (passage.has_section()) {
    add_dim(
        absl::StrCat("section: bytes ", passage.section().start(), "-", passage.section().end()));
  }
  for (const v1::FoldedPassage& folded : passage.folded()) {
    add_dim(absl::StrFormat("folded: %s passage %d, resemblance %.2f", folded.doc(), folded.chunk(),
                            folded.similarity()));
  }
  if (passage.has_explanation()) {
    absl::StrAppend(&out, RenderExplanation(passage.explanation(), style));
  }
  for (const v1::Neighbour& n : passage.before()) {
    absl::StrAppend(&out, RenderNeighbour(n, max_lines, style));
  }
  absl::StrAppend(&out, Wrap(style, {3, max_lines}, passage.text(), Marks(passage)));
  for (const v1::Neighbour& n : passage.after()) {
    absl::StrAppend(&out, RenderNeighbour(n, max_lines, style));
  }
  return out;
}

// The sentences in reading order, each with the numbers of its footnotes.
std::string AnswerText(const v1::AskResponse& response) {
  std::string text;
  for (const v1::Sentence& sentence : response.sentences()) {
    absl::StrAppend(&text, text.empty() ? "" : " ", sentence.text());
    for (const int number : sentence.footnotes()) absl::StrAppend(&text, " [", number, "]");
  }
  return text.empty() ? response.answer() : text;
}

std::string RenderFootnote(const v1::Footnote& footnote, const Style& style) {
  std::string out = Wrap(style, {4, 0}, absl::StrCat("\"", footnote.quote(), "\""));
  const std::string number = absl::StrCat("[", footnote.number(), "]");
  if (number.size() < 4 && absl::StartsWith(out, "    ")) {
    out.replace(0, number.size(), Paint(style, Ink::kBold, number));
  } else {
    out = absl::StrCat(number, "\n", out);
  }
  absl::StrAppend(
      &out, "    ", Heading(footnote.heading_path(), footnote.title(), footnote.doc()), "\n",
      Paint(style, Ink::kDim,
            absl::StrCat("    ", Place(footnote.source(), footnote.doc(), footnote.anchor(),
                                       footnote.start(), footnote.end()))),
      "\n");
  return out;
}

std::string RenderAnswered(const v1::AskResponse& response, const Style& style) {
  std::string out = Wrap(style, {}, AnswerText(response)) + "\n";
  for (const v1::Footnote& footnote : response.footnotes()) {
    absl::StrAppend(&out, RenderFootnote(footnote, style));
  }
  absl::StrAppend(
      &out, "\n",
      Paint(style, Ink::kDim,
            absl::StrFormat("confidence %.2f, %s", response.confidence(), response.author())),
      "\n");
  return out;
}

absl::string_view OutcomeText(v1::AskResponse::Outcome outcome) {
  switch (outcome) {
    case v1::AskResponse::NEEDS_CLARIFICATION:
      return "The question can be read in several ways.";
    case v1::AskResponse::NEEDS_MORE_INFORMATION:
      return "The question needs more information.";
    default:
      return "No answer: the documents don't say this clearly enough.";
  }
}

std::string RenderWithoutAnswer(const v1::AskResponse& response, const Style& style) {
  std::string out =
      absl::StrCat(Paint(style, Ink::kBold,
                         absl::StrCat(v1::AskResponse::Outcome_Name(response.outcome()), "  ")),
                   OutcomeText(response.outcome()), "\n");
  if (!response.reason().empty()) absl::StrAppend(&out, Wrap(style, {}, response.reason()));
  const int shown = std::min(kNearestPassages, response.passages_size());
  if (shown == 0) return out + "No passage was found.\n";
  absl::StrAppend(&out, "\nThe nearest passages:\n");
  for (int i = 0; i < shown; ++i) {
    absl::StrAppend(&out, "\n", RenderPassage(i + 1, response.passages(i), kNearestLines, style));
  }
  return out;
}

}  // namespace

std::string RenderSearch(const v1::SearchResponse& response, int max_lines, const Style& style) {
  if (response.passages().empty()) return "No passage was found.\n";
  std::string out;
  for (const v1::Correction& correction : response.corrections()) {
    absl::StrAppend(&out, "No passage has ", OneLine(correction.word()), "; also searched for ",
                    OneLine(absl::StrJoin(correction.replacements(), ", ")), ".\n");
  }
  if (!out.empty()) absl::StrAppend(&out, "\n");
  int number = 0;
  for (const v1::Passage& passage : response.passages()) {
    absl::StrAppend(&out, number > 0 ? "\n" : "",
                    RenderPassage(number + 1, passage, max_lines, style));
    ++number;
  }
  if (response.passages(0).has_explanation()) {
    absl::StrAppend(&out, "\n", RenderTimes(response, style));
  }
  return out;
}

std::string RenderAnswer(const v1::AskResponse& response, const Style& style) {
  return response.outcome() == v1::AskResponse::ANSWERED ? RenderAnswered(response, style)
                                                         : RenderWithoutAnswer(response, style);
}

}  // namespace footnote::services::cli
