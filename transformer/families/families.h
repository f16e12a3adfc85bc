#ifndef FOOTNOTE_TRANSFORMER_FAMILIES_FAMILIES_H_
#define FOOTNOTE_TRANSFORMER_FAMILIES_FAMILIES_H_

#include "absl/status/statusor.h"
#include "transformer/families/config_reader.h"
#include "transformer/families/definition.h"
#include "transformer/weights/gguf.h"
#include "transformer/weights/weight_file.h"

namespace footnote::transformer {

// One function per family and kind of file, each in its family's source; the
// registry has a row for each family.

absl::StatusOr<ModelDefinition> LlamaFromConfig(const ConfigReader& config,
                                                const WeightFile& weights);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_FAMILIES_FAMILIES_H_
