#include "transformer/convert/relaid_tensors.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include "kernels/base/status_macros.h"
#include "transformer/families/same_model.h"
#include "transformer/weights/block_quant.h"

namespace footnote::transformer {
namespace {

// A multiple of every block: columns that are read at once.
constexpr int64_t kColumnsAtOnce = 256;

// The rows of one linear layer, in the model's order, wherever they are stored.
class Rows {
 public:
  Rows(const WeightFile& file, const std::vector<TensorSource>& parts, int64_t columns)
      : file_(file), columns_(columns) {
    for (const TensorSource& part : parts) {
      parts_.push_back({part, *file.Find(part.name)});
    }
  }

  // out[0 .. n) = columns [begin, begin + n) of row `row`. `begin` is a multiple
  // of kColumnsAtOnce.
  void Read(int64_t row, int64_t begin, int64_t n, float* out) const {
    size_t p = 0;
    while (row >= parts_[p].source.rows) row -= parts_[p++].source.rows;
    const auto& [source, view] = parts_[p];
    if (source.row_order != nullptr) row = (*source.row_order)[static_cast<size_t>(row)];
    if (source.transposed) {
      const int64_t rows = source.tensor_rows();
      const size_t size = DTypeSize(view.dtype);
      for (int64_t i = 0; i < n; ++i) {
        DequantizeRow(view.dtype, view.data + ((begin + i) * rows + row) * size, 1, out + i);
      }
      return;
    }
    const DTypeBlock block = BlockOfDType(view.dtype);
    const int64_t blocks = columns_ / block.elements;
    const char* at = view.data + (row * blocks + begin / block.elements) * block.bytes;
    DequantizeRow(view.dtype, at, n, out);
  }

  int64_t columns() const { return columns_; }
  void Release() const {
    for (const Part& part : parts_) file_.Release(part.view);
  }

 private:
  struct Part {
    TensorSource source;
    TensorView view;
  };

  const WeightFile& file_;
  const int64_t columns_;
  std::vector<Part> parts_;
};

// Which of the model's rows is row i of the stored tensor.
std::vector<int64_t> StoredOrder(const TensorSource& target, int64_t first) {
  std::vector<int64_t> rows(static_cast<size_t>(target.rows));
  for (int64_t i = 0; i < target.rows; ++i) {
    const int64_t at =
        target.row_order == nullptr ? i : (*target.row_order)[static_cast<size_t>(i)];
    rows[static_cast<size_t>(at)] = first + i;
  }
  return rows;
}

absl::Status WriteRows(const Rows& from, const std::vector<int64_t>& rows, const std::string& name,
                       DType dtype, const ByteSink& sink) {
  std::vector<float> values(static_cast<size_t>(from.columns()));
  for (const int64_t row : rows) {
    from.Read(row, 0, from.columns(), values.data());
    FN_RETURN_IF_ERROR(WriteValues(name, values, dtype, sink));
  }
  return absl::OkStatus();
}

absl::Status WriteTransposed(const Rows& from, const std::vector<int64_t>& rows,
                             const std::string& name, DType dtype, const ByteSink& sink) {
  std::vector<float> some(kColumnsAtOnce * rows.size()), values(kColumnsAtOnce);
  for (int64_t begin = 0; begin < from.columns(); begin += kColumnsAtOnce) {
    const int64_t n = std::min(kColumnsAtOnce, from.columns() - begin);
    for (size_t r = 0; r < rows.size(); ++r) {
      from.Read(rows[r], begin, n, values.data());
      for (int64_t c = 0; c < n; ++c) some[static_cast<size_t>(c) * rows.size() + r] = values[c];
    }
    FN_RETURN_IF_ERROR(WriteValues(
        name, absl::MakeConstSpan(some).first(static_cast<size_t>(n) * rows.size()), dtype, sink));
  }
  return absl::OkStatus();
}

// One tensor of the target, whose rows begin at the model's row `first`.
OutputTensor Relaid(const TensorSource& target, int64_t first, bool vector, DType dtype,
                    std::shared_ptr<const Rows> from) {
  OutputTensor out;
  out.name = target.name;
  out.dtype = dtype;
  out.shape = {target.rows};
  if (!vector) out.shape.push_back(from->columns());
  if (target.transposed) std::swap(out.shape[0], out.shape[1]);
  out.write = [=, from = std::move(from), name = target.name, transposed = target.transposed,
               rows = StoredOrder(target, first)](const ByteSink& sink) {
    FN_RETURN_IF_ERROR(transposed ? WriteTransposed(*from, rows, name, dtype, sink)
                                  : WriteRows(*from, rows, name, dtype, sink));
    from->Release();
    return absl::OkStatus();
  };
  return out;
}

void AddParts(const WeightFile& file, const std::vector<TensorSource>& source,
              const std::vector<TensorSource>& target, int64_t columns, bool vector, bool table,
              const ChooseType& choose, std::vector<OutputTensor>* out) {
  if (target.empty()) return;
  const auto from = std::make_shared<const Rows>(file, source, columns);
  int64_t first = 0;
  for (const TensorSource& part : target) {
    const int64_t width = part.transposed ? part.rows : columns;
    out->push_back(Relaid(part, first, vector, choose(vector, table, width), from));
    first += part.rows;
  }
}

OutputTensor NormWeight(const WeightFile& file, const std::string& from, const std::string& to,
                        float added, DType dtype) {
  const TensorView view = *file.Find(from);
  OutputTensor out;
  out.name = to;
  out.dtype = dtype;
  out.shape = view.shape;
  out.write = [=](const ByteSink& sink) {
    std::vector<float> values(static_cast<size_t>(view.elements()));
    DequantizeRow(view.dtype, view.data, view.elements(), values.data());
    for (float& value : values) value += added;
    return WriteValues(to, values, dtype, sink);
  };
  return out;
}

}  // namespace

absl::StatusOr<std::vector<OutputTensor>> RelaidTensors(const WeightFile& file,
                                                        const ModelDefinition& source,
                                                        const ModelDefinition& target,
                                                        absl::string_view layout,
                                                        const ChooseType& choose) {
  FN_ASSIGN_OR_RETURN(const SourcePairs pairs, PairSources(source.source, target.source, layout));
  std::vector<OutputTensor> out;
  for (size_t i = 0; i < pairs.linears.size(); ++i) {
    const auto& [from, to] = pairs.linears[i];
    AddParts(file, from->weight, to->weight, from->columns, false, pairs.is_table[i], choose, &out);
    AddParts(file, from->bias, to->bias, 1, true, false, choose, &out);
  }
  const DType dtype = choose(true, false, 1);
  const float added = source.config.norm_offset - target.config.norm_offset;
  for (const auto& [from, to] : pairs.norms) {
    if (!to->weight.empty()) {
      out.push_back(NormWeight(file, from->weight, to->weight, added, dtype));
    }
    if (!to->bias.empty()) out.push_back(NormWeight(file, from->bias, to->bias, 0, dtype));
  }
  return out;
}

}  // namespace footnote::transformer
