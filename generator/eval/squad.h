#ifndef FOOTNOTE_GENERATOR_EVAL_SQUAD_H_
#define FOOTNOTE_GENERATOR_EVAL_SQUAD_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace footnote::generator {

struct SquadQuestion {
  std::string id;
  std::string question;
  // The texts that count as right. None: the context doesn't answer it.
  std::vector<std::string> answers;
};

struct SquadParagraph {
  std::string context;
  std::vector<SquadQuestion> questions;
};

struct SquadArticle {
  std::string title;  // may be empty
  std::vector<SquadParagraph> paragraphs;
};

// Questions over given contexts in the format of SQuAD 1.1 and 2.0.
struct SquadDataset {
  std::string version;  // may be empty
  std::vector<SquadArticle> articles;
};

// Reads a file, which may be gzipped. Errors name the file and the place in it:
// NotFound, InvalidArgument (not of the format, a question id twice, an answer
// whose text isn't in its context, nothing in it), DataLoss (damaged gzip
// data), ResourceExhausted (above 1 GiB unpacked).
absl::StatusOr<SquadDataset> ReadSquad(const std::string& path);

// The same from the JSON text itself; `name` stands for the file in errors.
absl::StatusOr<SquadDataset> ParseSquad(absl::string_view json, absl::string_view name);

}  // namespace footnote::generator

#endif  // FOOTNOTE_GENERATOR_EVAL_SQUAD_H_
