// Any bytes given as a set of questions: an error or a sound set, never harm.
#include <cstdint>
#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "generator/eval/answer_metrics.h"
#include "generator/eval/squad.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace footnote::generator;
  const auto dataset =
      ParseSquad(absl::string_view(reinterpret_cast<const char*>(data), size), "input");
  if (!dataset.ok()) return 0;
  for (const SquadArticle& article : dataset->articles) {
    for (const SquadParagraph& paragraph : article.paragraphs) {
      for (const SquadQuestion& question : paragraph.questions) {
        for (const std::string& answer : question.answers) {
          if (!absl::StrContains(paragraph.context, answer)) std::abort();
          if (!NormalizeAnswer(answer).empty() && TokenF1(answer, question.answers) != 1) {
            std::abort();
          }
        }
        ExactMatch(paragraph.context, question.answers);
        ContainsAnswer(paragraph.context, question.answers);
      }
    }
  }
  return 0;
}
