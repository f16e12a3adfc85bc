#ifndef FOOTNOTE_TRANSFORMER_FAMILIES_SOURCE_VISITOR_H_
#define FOOTNOTE_TRANSFORMER_FAMILIES_SOURCE_VISITOR_H_

#include <functional>

#include "absl/status/status.h"
#include "transformer/families/definition.h"

namespace footnote::transformer {

// What a linear source is used for; it decides at which precision it is held.
enum class LinearRole {
  kProduct,    // a matrix of a layer
  kEmbedding,  // the token table or the head: held at 8 bits where 4 are asked for
  kTable,      // positions: never quantised
};

// Calls the functions for every linear layer and every norm that the model has,
// in one fixed order. A linear's number in that order is its Linear::id.
struct SourceVisitor {
  std::function<absl::Status(const LinearSource&, LinearRole)> linear;
  std::function<absl::Status(const NormSource&)> norm;
};
absl::Status VisitSources(const WeightSource& source, const SourceVisitor& visitor);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_FAMILIES_SOURCE_VISITOR_H_
