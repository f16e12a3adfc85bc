#ifndef FOOTNOTE_TRANSFORMER_FAMILIES_SOURCE_BUILDER_H_
#define FOOTNOTE_TRANSFORMER_FAMILIES_SOURCE_BUILDER_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "transformer/families/config_reader.h"
#include "transformer/families/definition.h"
#include "transformer/weights/weight_file.h"

namespace footnote::transformer {

// The usual shapes of sources, by which families spell their tensor names.

// One tensor NAME.weight of [rows, columns], with NAME.bias if `bias`.
LinearSource Linear(const std::string& name, int64_t rows, int64_t columns, bool bias);

// The same for a weight stored as [columns, rows]: GPT-2's Conv1D.
LinearSource TransposedLinear(const std::string& name, int64_t rows, int64_t columns, bool bias);

// The layers under one another.
LinearSource Stack(const std::vector<LinearSource>& parts);

// NAME.weight, and NAME.bias if `bias`.
NormSource Norm(const std::string& name, int64_t dim, bool bias);

// Sets head_dim = hidden_size / heads, one key and value head per head, and the
// usual scale of attention, head_dim^-1/2. Errors: InvalidArgument: no multiple.
absl::Status SetEqualHeads(const ConfigReader& config, TransformerConfig* out);

// For every tensor of `linear`: row i is row (*order)[i] of what is stored.
void Reorder(const RowOrder& order, LinearSource* linear);

// The rows of per-head [q; k; v] as all q, all k, all v (GPT-NeoX, BLOOM).
RowOrder PerHeadQkvOrder(int64_t heads, int64_t head_dim);

// `prefix` if the file has a tensor prefix + name, else "": base models are
// saved without their wrapper's name.
std::string PrefixOf(const WeightFile& weights, absl::string_view prefix, absl::string_view name);

// Widths of the query and of the key (or value) vectors.
inline int64_t QueryWidth(const TransformerConfig& config) {
  return config.heads * config.head_dim;
}
inline int64_t KeyWidth(const TransformerConfig& config) {
  return config.kv_heads * config.head_dim;
}

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_FAMILIES_SOURCE_BUILDER_H_
