#ifndef FOOTNOTE_GENERATOR_EVIDENCE_ANSWER_TYPE_H_
#define FOOTNOTE_GENERATOR_EVIDENCE_ANSWER_TYPE_H_

#include "absl/strings/string_view.h"
#include "generator/evidence/question.h"

namespace footnote::generator {

// Whether `unit` holds the kind of thing that `type` asks for, by cheap signs:
// 1 it does, -1 it doesn't, 0 the signs can't tell.
int MatchesType(AnswerType type, absl::string_view unit);

}  // namespace footnote::generator

#endif  // FOOTNOTE_GENERATOR_EVIDENCE_ANSWER_TYPE_H_
