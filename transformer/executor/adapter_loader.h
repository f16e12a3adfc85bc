#ifndef FOOTNOTE_TRANSFORMER_EXECUTOR_ADAPTER_LOADER_H_
#define FOOTNOTE_TRANSFORMER_EXECUTOR_ADAPTER_LOADER_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "kernels/ops.h"
#include "transformer/executor/lora.h"
#include "transformer/families/definition.h"

namespace footnote::transformer {

// Reads the adapter in `dir` and brings it to the device of `ops`. Its modules
// are found by the names of the model's tensors; embeddings and head can't be
// adapted. `owner` is the model that it is for.
//
// Errors: as LanguageModel::LoadAdapter.
absl::StatusOr<std::unique_ptr<const LoraAdapter>> LoadLoraAdapter(const std::string& dir,
                                                                   const ModelDefinition& model,
                                                                   const void* owner,
                                                                   kernels::Ops* ops);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_EXECUTOR_ADAPTER_LOADER_H_
