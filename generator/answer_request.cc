#include "generator/answer_request.h"

#include <cstddef>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace footnote::generator {

absl::Status CheckAnswerRequest(const AnswerRequest& request) {
  if (absl::StripAsciiWhitespace(request.question).empty()) {
    return absl::InvalidArgumentError("the question is empty");
  }
  if (request.stored_text == nullptr) {
    return absl::InvalidArgumentError("stored_text is missing: no quote could be checked");
  }
  for (size_t i = 0; i < request.passages.size(); ++i) {
    const Passage& passage = request.passages[i];
    if (passage.end < passage.begin || passage.text.size() != passage.end - passage.begin) {
      return absl::InvalidArgumentError(
          absl::StrCat("passage ", i, " of '", passage.doc, "' has ", passage.text.size(),
                       " bytes of text for the bytes ", passage.begin, " to ", passage.end));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> IsStored(const AnswerRequest& request, const std::string& doc, uint32_t begin,
                              uint32_t end, absl::string_view quote) {
  const absl::StatusOr<std::string> stored = request.stored_text(doc, begin, end);
  if (!stored.ok() && !absl::IsNotFound(stored.status()) && !absl::IsOutOfRange(stored.status())) {
    return stored.status();
  }
  return stored.ok() && *stored == quote;
}

}  // namespace footnote::generator
