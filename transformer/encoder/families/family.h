#ifndef FOOTNOTE_TRANSFORMER_ENCODER_FAMILIES_FAMILY_H_
#define FOOTNOTE_TRANSFORMER_ENCODER_FAMILIES_FAMILY_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "transformer/io/json.h"
#include "transformer/model/model_config.h"

namespace footnote::transformer {

// What tells one family of BERT-type encoders from another. All share the
// forward pass and the names of tensors below the prefix. A new family is a
// file with a constant, its declaration here and its row in registry.cc.
struct EncoderFamily {
  absl::string_view model_type;  // in config.json
  // Before the encoder's tensor names in a model with a head: "bert.".
  absl::string_view prefix;
  // The cross-encoder's head, out(tanh(dense(first token))): names of the two
  // layers, complete.
  absl::string_view score_dense;
  absl::string_view score_out;
  // Between the two texts of a pair, as the number of separators; and whether the
  // second text has a token type of its own.
  int pair_separators = 1;
  bool pair_types = false;
  // Fills what the family's config.json says.
  absl::StatusOr<BertConfig> (*parse)(const JsonFields& fields, absl::string_view path) = nullptr;
};

extern const EncoderFamily kBertFamily;
extern const EncoderFamily kCamembertFamily;
extern const EncoderFamily kRobertaFamily;
extern const EncoderFamily kXlmRobertaFamily;

// Errors: Unimplemented; the message lists the families there are.
absl::StatusOr<const EncoderFamily*> FindEncoderFamily(absl::string_view model_type);

// The sizes and settings that all families write alike. `eps` is the family's
// default of layer_norm_eps. Errors: as LoadModelConfig.
absl::StatusOr<BertConfig> ParseBertFields(const JsonFields& fields, absl::string_view path,
                                           double eps);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_ENCODER_FAMILIES_FAMILY_H_
