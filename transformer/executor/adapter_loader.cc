#include "transformer/executor/adapter_loader.h"

#include <cstdint>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "kernels/base/status_macros.h"
#include "transformer/executor/sources.h"
#include "transformer/weights/peft.h"

namespace footnote::transformer {
namespace {

using kernels::MatrixPart;

// A base model may have been saved without its wrapper's name ("model.") or the
// adapter trained without it.
bool SameModule(absl::string_view a, absl::string_view b) {
  return a == b || absl::EndsWith(a, absl::StrCat(".", b)) ||
         absl::EndsWith(b, absl::StrCat(".", a));
}

class Loader {
 public:
  Loader(const PeftAdapter& adapter, const std::string& dir, kernels::Ops* ops)
      : adapter_(adapter), dir_(dir), ops_(ops) {}

  // The parts for one linear layer: one for each of its tensors that is adapted.
  absl::StatusOr<std::vector<LoraPart>> Parts(const LinearSource& linear) {
    std::vector<LoraPart> parts;
    int64_t row = 0;
    for (const TensorSource& tensor : linear.weight) {
      const std::string module(absl::StripSuffix(tensor.name, ".weight"));
      for (const auto& [name, lora] : adapter_.modules) {
        if (!SameModule(name, module)) continue;
        FN_ASSIGN_OR_RETURN(LoraPart part, Load(name, lora, tensor, linear.columns));
        part.row = row;
        parts.push_back(std::move(part));
        used_.insert(name);
      }
      row += tensor.rows;
    }
    return parts;
  }

  absl::Status AllUsed() const {
    for (const auto& [name, lora] : adapter_.modules) {
      if (used_.count(name) == 0) {
        return absl::InvalidArgumentError(
            absl::StrCat(dir_, " adapts ", name, ", which is no linear layer of this model's"));
      }
    }
    return absl::OkStatus();
  }

 private:
  absl::StatusOr<LoraPart> Load(const std::string& name, const LoraModule& lora,
                                const TensorSource& tensor, int64_t columns) {
    const int64_t rank = lora.a.shape[0];
    if (lora.a.shape[1] != columns || lora.b.shape[0] != tensor.tensor_rows()) {
      return absl::InvalidArgumentError(absl::StrCat(
          dir_, " adapts ", name, " with matrices of [", absl::StrJoin(lora.a.shape, ", "),
          "] and [", absl::StrJoin(lora.b.shape, ", "), "], but the model's layer is [",
          tensor.tensor_rows(), ", ", columns, "]"));
    }
    if (rank > kMaxLoraRank) {
      return absl::UnimplementedError(absl::StrCat(dir_, " adapts ", name, " at rank ", rank,
                                                   "; ranks up to ", kMaxLoraRank,
                                                   " are supported"));
    }
    LoraPart part;
    part.scale = lora.scaling;
    FN_ASSIGN_OR_RETURN(part.a, Pack(lora.a, nullptr));
    FN_ASSIGN_OR_RETURN(part.b, Pack(lora.b, &tensor));
    return part;
  }

  // `order` gives the rows' order; null: as stored.
  absl::StatusOr<std::unique_ptr<const kernels::Matrix>> Pack(const TensorView& view,
                                                              const TensorSource* order) {
    MatrixPart part;
    FN_ASSIGN_OR_RETURN(part.format, StoredFormat(view.dtype));
    part.data = view.data;
    part.rows = order == nullptr ? view.shape[0] : order->rows;
    part.cols = view.shape[1];
    if (order != nullptr && order->row_order != nullptr) {
      part.row_order = order->row_order->data();
      part.stored_rows = order->tensor_rows();
    }
    return ops_->Pack({&part, 1}, part.format);
  }

  const PeftAdapter& adapter_;
  const std::string& dir_;
  kernels::Ops* ops_;
  std::set<std::string> used_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<const LoraAdapter>> LoadLoraAdapter(const std::string& dir,
                                                                   const ModelDefinition& model,
                                                                   const void* owner,
                                                                   kernels::Ops* ops) {
  FN_ASSIGN_OR_RETURN(const PeftAdapter adapter, ReadPeftAdapter(dir));
  Loader loader(adapter, dir, ops);
  std::vector<std::vector<LoraPart>> parts;
  const WeightSource& source = model.source;
  const auto add = [&](const LinearSource& linear, LinearRole) -> absl::Status {
    parts.emplace_back();
    const bool in_layer = &linear != &source.embedding && &linear != &source.positions &&
                          &linear != &source.project_in && &linear != &source.project_out &&
                          &linear != &source.head && &linear != &source.relative_bias &&
                          &linear != &source.encoder_relative_bias;
    if (in_layer) {
      FN_ASSIGN_OR_RETURN(parts.back(), loader.Parts(linear));
    }
    return absl::OkStatus();
  };
  FN_RETURN_IF_ERROR(
      VisitSources(source, {add, [](const NormSource&) { return absl::OkStatus(); }}));
  FN_RETURN_IF_ERROR(loader.AllUsed());
  return std::make_unique<const LoraAdapter>(adapter.content_hash, std::move(parts), owner);
}

}  // namespace footnote::transformer
