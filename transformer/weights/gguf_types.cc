#include "transformer/weights/gguf_types.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace footnote::transformer {
namespace {

struct TypeRow {
  uint32_t number;
  DType dtype;
};
constexpr TypeRow kTypes[] = {
    {0, DType::kF32},   {1, DType::kF16},   {2, DType::kQ4_0}, {3, DType::kQ4_1},
    {6, DType::kQ5_0},  {7, DType::kQ5_1},  {8, DType::kQ8_0}, {12, DType::kQ4_K},
    {13, DType::kQ5_K}, {14, DType::kQ6_K}, {24, DType::kI8},  {25, DType::kI16},
    {26, DType::kI32},  {27, DType::kI64},  {28, DType::kF64}, {30, DType::kBF16},
};

// Types that exist and are not read: for messages.
struct NameRow {
  uint32_t number;
  absl::string_view name;
};
constexpr NameRow kUnsupported[] = {
    {9, "Q8_1"},     {10, "Q2_K"},  {11, "Q3_K"},   {15, "Q8_K"},  {16, "IQ2_XXS"}, {17, "IQ2_XS"},
    {18, "IQ3_XXS"}, {19, "IQ1_S"}, {20, "IQ4_NL"}, {21, "IQ3_S"}, {22, "IQ2_S"},   {23, "IQ4_XS"},
    {29, "IQ1_M"},   {34, "TQ1_0"}, {35, "TQ2_0"},  {39, "MXFP4"},
};

}  // namespace

uint64_t SizeOf(GgufType type) {
  switch (type) {
    case GgufType::kU8:
    case GgufType::kI8:
    case GgufType::kBool:
      return 1;
    case GgufType::kU16:
    case GgufType::kI16:
      return 2;
    case GgufType::kU32:
    case GgufType::kI32:
    case GgufType::kF32:
      return 4;
    case GgufType::kU64:
    case GgufType::kI64:
    case GgufType::kF64:
    case GgufType::kString:
    case GgufType::kArray:
      break;
  }
  return 8;
}

absl::StatusOr<DType> DTypeOfGguf(uint32_t type) {
  for (const TypeRow& row : kTypes) {
    if (row.number == type) return row.dtype;
  }
  for (const NameRow& row : kUnsupported) {
    if (row.number == type) {
      return absl::UnimplementedError(
          absl::StrCat("has the element type ", row.name,
                       ", which is not supported; quantise the model to Q4_K, Q5_K, Q6_K, Q4_0, "
                       "Q5_0 or Q8_0 instead"));
    }
  }
  return absl::UnimplementedError(
      absl::StrCat("has the element type number ", type, ", which is not supported"));
}

absl::StatusOr<uint32_t> GgufTypeOf(DType dtype) {
  for (const TypeRow& row : kTypes) {
    if (row.dtype == dtype) return row.number;
  }
  return absl::UnimplementedError(absl::StrCat("GGUF has no element type ", DTypeName(dtype)));
}

}  // namespace footnote::transformer
