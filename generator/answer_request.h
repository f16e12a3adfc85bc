#ifndef FOOTNOTE_GENERATOR_ANSWER_REQUEST_H_
#define FOOTNOTE_GENERATOR_ANSWER_REQUEST_H_

#include <cstdint>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "generator/answerer.h"

// What every answerer asks of a request.
namespace footnote::generator {

// Errors: InvalidArgument (empty question, no stored_text, a passage whose text
// isn't as long as its bytes).
absl::Status CheckAnswerRequest(const AnswerRequest& request);

// Whether the store holds exactly `quote` at the bytes [begin, end) of the
// document. One that has gone or shrunk since the search holds it no more.
// Errors: those of stored_text, less NotFound and OutOfRange.
absl::StatusOr<bool> IsStored(const AnswerRequest& request, const std::string& doc, uint32_t begin,
                              uint32_t end, absl::string_view quote);

inline constexpr char kNothingToLookFor[] =
    "The question names nothing to look for; ask again with the words of its subject.";
inline constexpr char kNoPassageFound[] = "No passage was found for this question.";

}  // namespace footnote::generator

#endif  // FOOTNOTE_GENERATOR_ANSWER_REQUEST_H_
