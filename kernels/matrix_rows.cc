#include "kernels/matrix_rows.h"

#include <algorithm>
#include <cstring>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "kernels/bfloat16_portable.h"
#include "kernels/float16_portable.h"

namespace footnote::kernels::internal {
namespace {

constexpr int64_t kMostElements = int64_t{1} << 56;  // so that sizes in bytes fit in 63 bits

bool IsFloatFormat(WeightFormat format) {
  return format == WeightFormat::kF32 || format == WeightFormat::kF16 ||
         format == WeightFormat::kBf16;
}

absl::Status CheckPart(const MatrixPart& part) {
  if (part.rows < 1 || part.cols < 1 || part.rows > kMostElements / part.cols) {
    return absl::InvalidArgumentError(
        absl::StrCat("a matrix part of ", part.rows, " x ", part.cols, " numbers"));
  }
  if (part.data == nullptr) return absl::InvalidArgumentError("a matrix part without data");
  if (part.format == WeightFormat::kInt8 || part.format == WeightFormat::kInt4) {
    return absl::InvalidArgumentError(
        absl::StrCat(WeightFormatName(part.format), " is made at load time; no part has it"));
  }
  if (part.cols % BlockOf(part.format).elements != 0) {
    return absl::InvalidArgumentError(
        absl::StrCat(WeightFormatName(part.format), " stores ", BlockOf(part.format).elements,
                     " numbers together; rows of ", part.cols, " can't be cut so"));
  }
  if (part.transposed && !IsFloatFormat(part.format)) {
    return absl::InvalidArgumentError(
        absl::StrCat("a transposed part of ", WeightFormatName(part.format)));
  }
  const int64_t stored = part.stored_rows == 0 ? part.rows : part.stored_rows;
  if (stored < 0 || stored > kMostElements / part.cols ||
      (part.row_order == nullptr && stored < part.rows)) {
    return absl::InvalidArgumentError(
        absl::StrCat("a matrix part of ", part.rows, " rows of ", stored, " stored ones"));
  }
  if (part.row_order != nullptr) {
    const auto [least, greatest] = std::minmax_element(part.row_order, part.row_order + part.rows);
    if (*least < 0 || *greatest >= stored) {
      return absl::InvalidArgumentError(absl::StrCat("row ", *least < 0 ? *least : *greatest,
                                                     " of a part with ", stored, " rows"));
    }
  }
  return absl::OkStatus();
}

// One number of a transposed part.
float LoadOne(WeightFormat format, const uint8_t* data, int64_t i) {
  float f;
  if (format == WeightFormat::kF32) {
    std::memcpy(&f, data + 4 * i, sizeof(f));
    return f;
  }
  uint16_t h;
  std::memcpy(&h, data + 2 * i, sizeof(h));
  return format == WeightFormat::kF16 ? HalfToFloat(h) : Bf16ToFloat(h);
}

}  // namespace

absl::StatusOr<MatrixRows> MatrixRows::Make(absl::Span<const MatrixPart> parts) {
  if (parts.empty()) return absl::InvalidArgumentError("a matrix of no parts");
  MatrixRows rows;
  rows.k_ = parts[0].cols;
  for (const MatrixPart& part : parts) {
    FN_RETURN_IF_ERROR(CheckPart(part));
    if (part.cols != rows.k_) {
      return absl::InvalidArgumentError(absl::StrCat("parts of ", rows.k_, " and of ", part.cols,
                                                     " columns can't be one matrix"));
    }
    rows.first_.push_back(rows.n_);
    rows.n_ += part.rows;
    if (rows.n_ > kMostElements / rows.k_) {
      return absl::InvalidArgumentError("a matrix of more than 2^56 numbers");
    }
  }
  rows.first_.push_back(rows.n_);
  rows.parts_.assign(parts.begin(), parts.end());
  return rows;
}

bool MatrixRows::AllStoredAs(WeightFormat format) const {
  return std::all_of(parts_.begin(), parts_.end(), [format](const MatrixPart& part) {
    return part.format == format && !part.transposed;
  });
}

MatrixRows::Place MatrixRows::Find(int64_t r) const {
  const auto next = std::upper_bound(first_.begin(), first_.end(), r);
  const int64_t i = next - first_.begin() - 1;
  const MatrixPart& part = parts_[i];
  const int64_t row = r - first_[i];
  return {&part, part.row_order == nullptr ? row : part.row_order[row]};
}

const uint8_t* MatrixRows::Row(int64_t r) const {
  const Place place = Find(r);
  const WeightBlock block = BlockOf(place.part->format);
  return static_cast<const uint8_t*>(place.part->data) +
         place.row * (k_ / block.elements * block.bytes);
}

bool MatrixRows::Decode(int64_t r, int64_t count, float* out, int64_t ld) const {
  bool finite = true;
  for (int64_t j = 0; j < count; ++j) {
    const Place place = Find(r + j);
    if (!place.part->transposed) DecodeRow(place.part->format, Row(r + j), k_, out + j * ld);
  }
  // Transposed rows lie side by side, so all are read together, input by input.
  std::vector<std::pair<int64_t, Place>> columns;
  for (int64_t j = 0; j < count; ++j) {
    const Place place = Find(r + j);
    if (place.part->transposed) columns.emplace_back(j, place);
  }
  for (int64_t i = 0; !columns.empty() && i < k_; ++i) {
    for (const auto& [j, place] : columns) {
      const MatrixPart& part = *place.part;
      const int64_t stored = part.stored_rows == 0 ? part.rows : part.stored_rows;
      out[j * ld + i] =
          LoadOne(part.format, static_cast<const uint8_t*>(part.data), i * stored + place.row);
    }
  }
  for (int64_t j = 0; j < count; ++j) finite = AllFinite(out + j * ld, k_) && finite;
  return finite;
}

}  // namespace footnote::kernels::internal
