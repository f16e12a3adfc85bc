#ifndef FOOTNOTE_GENERATOR_ANSWERER_H_
#define FOOTNOTE_GENERATOR_ANSWERER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace footnote::generator {

// A retrieved passage as evidence for an answer. Offsets are bytes of the
// stored document.
struct Passage {
  std::string doc;
  std::string title;
  std::string heading_path;
  uint32_t begin = 0;
  uint32_t end = 0;
  std::string text;          // the bytes [begin, end)
  double score = 0;          // fused, higher is better
  double dense_score = 0;    // cosine
  double lexical_score = 0;  // BM25
};

enum class Outcome { kAnswered, kAbstained, kNeedsClarification, kNeedsMoreInformation };

// One verbatim quote that supports a sentence.
struct Footnote {
  int number = 0;      // from 1, in order of first use
  int passage = 0;     // index into the passages that were given
  uint32_t begin = 0;  // bytes of the stored document
  uint32_t end = 0;
  std::string quote;
};

struct Sentence {
  std::string text;
  std::vector<int> footnotes;  // numbers
};

struct Answer {
  Outcome outcome = Outcome::kAbstained;
  std::vector<Sentence> sentences;  // empty unless answered
  std::vector<Footnote> footnotes;
  // Probability, 0 to 1, that the answer is right; when abstained, that the
  // best candidate would have been.
  double confidence = 0;
  // Why it isn't an answer, in a sentence for the user; empty when answered.
  std::string reason;
  std::string author;  // which answerer wrote it: "extractive", or a model's name
  // How many of the passages given, from the first, it read: a model's context
  // may end before they do.
  int passages_read = 0;
};

// Receives an answer's parts as they are found, in order: each sentence's
// footnotes before the sentence.
struct AnswerSink {
  std::function<void(const Footnote&)> footnote;
  std::function<void(const Sentence&)> sentence;
};

struct AnswerRequest {
  std::string question;
  absl::Span<const Passage> passages;  // best first
  // Returns the stored bytes [begin, end) of a document. Every quote is
  // compared with them before it is sent; a quote that differs is dropped.
  std::function<absl::StatusOr<std::string>(const std::string& doc, uint32_t begin, uint32_t end)>
      stored_text;
  AnswerSink sink;                  // either may be null
  std::function<bool()> cancelled;  // may be null
};

// Composes an answer from passages. Thread-safe.
class Answerer {
 public:
  virtual ~Answerer() = default;
  // Errors: InvalidArgument (empty question), Cancelled, and what stored_text
  // and the model return. Weak evidence isn't an error but kAbstained.
  virtual absl::StatusOr<Answer> Run(const AnswerRequest& request) const = 0;
  virtual absl::string_view name() const = 0;
};

}  // namespace footnote::generator

#endif  // FOOTNOTE_GENERATOR_ANSWERER_H_
