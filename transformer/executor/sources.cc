#include "transformer/executor/sources.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "kernels/base/status_macros.h"

namespace footnote::transformer {
namespace {

using kernels::WeightFormat;

std::string ShapeText(absl::Span<const int64_t> shape) {
  return absl::StrCat("[", absl::StrJoin(shape, ", "), "]");
}

// Checks tensors one by one and remembers which it has seen.
class Checker {
 public:
  explicit Checker(const WeightFile& file) : file_(file) {}

  absl::Status Tensor(const std::string& name, const std::vector<int64_t>& shape) {
    const TensorView* tensor = file_.Find(name);
    if (tensor == nullptr) {
      return absl::InvalidArgumentError(
          absl::StrCat(file_.path(), ": no tensor ", name, ", which the configuration asks for"));
    }
    if (tensor->shape != shape) {
      return absl::InvalidArgumentError(
          absl::StrCat(file_.path(), ": ", name, " has shape ", ShapeText(tensor->shape),
                       ", but the configuration asks for ", ShapeText(shape)));
    }
    if (!StoredFormat(tensor->dtype).ok()) {
      return absl::InvalidArgumentError(absl::StrCat(
          file_.path(), ": ", name, " holds ", DTypeName(tensor->dtype), ", which are no weights"));
    }
    used_.insert(name);
    return absl::OkStatus();
  }

  absl::Status Linear(const LinearSource& linear) {
    for (const TensorSource& part : linear.weight) {
      std::vector<int64_t> shape = {part.tensor_rows(), linear.columns};
      if (part.transposed) std::swap(shape[0], shape[1]);
      FN_RETURN_IF_ERROR(Tensor(part.name, shape));
      const TensorView& tensor = *file_.Find(part.name);
      if (part.transposed && BlockOfDType(tensor.dtype).elements > 1) {
        return absl::InvalidArgumentError(absl::StrCat(file_.path(), ": ", part.name, " holds ",
                                                       DTypeName(tensor.dtype),
                                                       " and would have to be transposed"));
      }
    }
    int64_t bias_rows = 0;
    for (const TensorSource& part : linear.bias) {
      FN_RETURN_IF_ERROR(Vector(part.name, part.tensor_rows()));
      bias_rows += part.rows;
    }
    if (bias_rows != 0 && bias_rows != linear.rows()) {
      return absl::InvalidArgumentError(absl::StrCat(file_.path(), ": of the tensors that ",
                                                     linear.weight[0].name,
                                                     " is computed with only some have a bias"));
    }
    return absl::OkStatus();
  }

  absl::Status Vector(const std::string& name, int64_t size) {
    FN_RETURN_IF_ERROR(Tensor(name, {size}));
    const DType dtype = file_.Find(name)->dtype;
    if (BlockOfDType(dtype).elements > 1) {
      return absl::InvalidArgumentError(absl::StrCat(file_.path(), ": ", name, " holds ",
                                                     DTypeName(dtype),
                                                     "; a vector must be F32, F16 or BF16"));
    }
    return absl::OkStatus();
  }

  absl::Status Norm(const NormSource& norm) {
    for (const std::string& name : {norm.weight, norm.bias}) {
      if (!name.empty()) FN_RETURN_IF_ERROR(Vector(name, norm.dim));
    }
    return absl::OkStatus();
  }

  absl::Status NoOthers(const std::vector<std::string>& ignored) const {
    for (const std::string& name : file_.names()) {
      const auto is_ending = [&](const std::string& end) { return absl::EndsWith(name, end); };
      if (used_.count(name) > 0 || std::any_of(ignored.begin(), ignored.end(), is_ending)) continue;
      return absl::InvalidArgumentError(
          absl::StrCat(file_.path(), ": the tensor ", name,
                       " has no place in the model that the configuration describes"));
    }
    return absl::OkStatus();
  }

 private:
  const WeightFile& file_;
  std::set<std::string> used_;
};

}  // namespace

absl::StatusOr<WeightFormat> StoredFormat(DType dtype) {
  switch (dtype) {
    case DType::kF32:
      return WeightFormat::kF32;
    case DType::kF16:
      return WeightFormat::kF16;
    case DType::kBF16:
      return WeightFormat::kBf16;
    case DType::kQ8_0:
      return WeightFormat::kQ8_0;
    case DType::kQ4_0:
      return WeightFormat::kQ4_0;
    case DType::kQ4_1:
      return WeightFormat::kQ4_1;
    case DType::kQ5_0:
      return WeightFormat::kQ5_0;
    case DType::kQ5_1:
      return WeightFormat::kQ5_1;
    case DType::kQ4_K:
      return WeightFormat::kQ4_K;
    case DType::kQ5_K:
      return WeightFormat::kQ5_K;
    case DType::kQ6_K:
      return WeightFormat::kQ6_K;
    default:
      return absl::InvalidArgumentError(absl::StrCat(DTypeName(dtype), " is no format of weights"));
  }
}

WeightFormat HeldFormat(WeightFormat stored, LinearRole role, WeightPrecision precision) {
  const bool table = role == LinearRole::kTable;
  switch (precision) {
    case WeightPrecision::kAsStored:
      return stored;
    case WeightPrecision::kF32:
      return WeightFormat::kF32;
    case WeightPrecision::kBf16:
      return WeightFormat::kBf16;
    case WeightPrecision::kF16:
      return WeightFormat::kF16;
    case WeightPrecision::kInt8:
      return table ? stored : WeightFormat::kInt8;
    case WeightPrecision::kInt4:
      if (table) return stored;
      return role == LinearRole::kEmbedding ? WeightFormat::kInt8 : WeightFormat::kInt4;
  }
  return stored;
}

absl::Status CheckTensors(const WeightSource& source, const WeightFile& file) {
  Checker checker(file);
  FN_RETURN_IF_ERROR(VisitSources(
      source, {[&](const LinearSource& linear, LinearRole) { return checker.Linear(linear); },
               [&](const NormSource& norm) { return checker.Norm(norm); }}));
  return checker.NoOthers(source.ignored);
}

absl::StatusOr<uint64_t> WeightBytes(const WeightSource& source, const WeightFile& file,
                                     WeightPrecision precision) {
  uint64_t bytes = 0;
  const auto add_linear = [&](const LinearSource& linear, LinearRole role) -> absl::Status {
    for (const TensorSource& part : linear.weight) {
      FN_ASSIGN_OR_RETURN(const WeightFormat stored, StoredFormat(file.Find(part.name)->dtype));
      const WeightFormat held = HeldFormat(stored, role, precision);
      const kernels::WeightBlock block = kernels::BlockOf(held);
      const uint64_t blocks = (linear.columns + block.elements - 1) / block.elements;
      bytes += static_cast<uint64_t>(part.rows) * blocks * static_cast<uint64_t>(block.bytes);
      if (held == WeightFormat::kInt8) bytes += static_cast<uint64_t>(part.rows) * sizeof(float);
    }
    for (const TensorSource& part : linear.bias) {
      bytes += static_cast<uint64_t>(part.rows) * sizeof(float);
    }
    return absl::OkStatus();
  };
  const auto add_norm = [&](const NormSource& norm) {
    bytes += static_cast<uint64_t>(norm.dim) * sizeof(float) * (norm.bias.empty() ? 1 : 2);
    return absl::OkStatus();
  };
  FN_RETURN_IF_ERROR(VisitSources(source, {add_linear, add_norm}));
  return bytes;
}

}  // namespace footnote::transformer
