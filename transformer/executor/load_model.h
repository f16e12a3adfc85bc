#ifndef FOOTNOTE_TRANSFORMER_EXECUTOR_LOAD_MODEL_H_
#define FOOTNOTE_TRANSFORMER_EXECUTOR_LOAD_MODEL_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "kernels/ops.h"
#include "transformer/language_model.h"

namespace footnote::transformer {

// LoadLanguageModel on the device that `make_ops` makes once the plan fits.
using OpsFactory = std::function<absl::StatusOr<std::unique_ptr<kernels::Ops>>()>;
absl::StatusOr<std::unique_ptr<LanguageModel>> LoadLanguageModelOn(
    const OpsFactory& make_ops, const std::string& path, const LanguageModelOptions& options);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_EXECUTOR_LOAD_MODEL_H_
