#include "transformer/weights/gguf.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/weights/gguf_internal.h"
#include "transformer/weights/gguf_types.h"

namespace footnote::transformer {
namespace {

using internal::GgufCursor;
using internal::QuotedForMessage;

static_assert(std::endian::native == std::endian::little, "GGUF is read as it lies in memory");

constexpr uint32_t kMaxGgufDimensions = 4;
constexpr uint64_t kDefaultAlignment = 32;
constexpr uint64_t kMaxPairs = 100'000;  // no published model has a thousand
// The least bytes of a key-value pair (key length, type, one byte) and of a
// tensor's description (name length, dimension count, type, offset).
constexpr uint64_t kMinPairBytes = 8 + 4 + 1;
constexpr uint64_t kMinTensorBytes = 8 + 4 + 4 + 8;

// A tensor as described in the header, nothing of it compared with the data.
struct Described {
  std::string name;
  TensorView view;
  uint64_t offset = 0;
};

absl::StatusOr<Described> ReadDescription(GgufCursor& cursor, uint64_t index) {
  Described out;
  FN_ASSIGN_OR_RETURN(const absl::string_view name,
                      cursor.TakeString(absl::StrCat("the name of tensor ", index)));
  out.name = std::string(name);
  const std::string what = absl::StrCat("tensor ", QuotedForMessage(name));
  FN_ASSIGN_OR_RETURN(const uint32_t dimensions, cursor.Take<uint32_t>(what));
  if (dimensions > kMaxGgufDimensions) {
    return absl::DataLossError(
        absl::StrCat(what, " has ", dimensions, " dimensions; at most ", kMaxGgufDimensions));
  }
  for (uint32_t d = 0; d < dimensions; ++d) {
    FN_ASSIGN_OR_RETURN(const uint64_t size, cursor.Take<uint64_t>(what));
    if (size > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      return absl::DataLossError(absl::StrCat(what, " has the dimension ", size));
    }
    out.view.shape.push_back(static_cast<int64_t>(size));
  }
  std::reverse(out.view.shape.begin(), out.view.shape.end());
  FN_ASSIGN_OR_RETURN(const uint32_t type, cursor.Take<uint32_t>(what));
  const absl::StatusOr<DType> dtype = DTypeOfGguf(type);
  if (!dtype.ok()) {
    return absl::Status(dtype.status().code(), absl::StrCat(what, " ", dtype.status().message()));
  }
  out.view.dtype = *dtype;
  FN_ASSIGN_OR_RETURN(out.offset, cursor.Take<uint64_t>(what));
  const auto bytes = TensorBytes(out.view.shape, out.view.dtype);
  if (!bytes.ok()) return absl::DataLossError(absl::StrCat(what, " ", bytes.status().message()));
  out.view.bytes = static_cast<size_t>(*bytes);
  return out;
}

// The tensors must lie one after the other, each at the next multiple of
// `alignment` after the one before, as every writer of the format puts them.
absl::StatusOr<TensorTable> PlaceTensors(std::vector<Described> described, absl::string_view data,
                                         uint64_t alignment) {
  std::sort(described.begin(), described.end(), [](const Described& a, const Described& b) {
    return std::make_pair(a.offset, a.view.bytes) < std::make_pair(b.offset, b.view.bytes);
  });
  TensorTable tensors;
  uint64_t expected = 0;  // never beyond the data, rounded up
  for (Described& d : described) {
    const std::string what = absl::StrCat("tensor ", QuotedForMessage(d.name));
    if (d.offset % alignment != 0) {
      return absl::DataLossError(absl::StrCat(
          what, " is at byte ", d.offset, " of the data, which is not a multiple of ", alignment));
    }
    // By subtraction: the sum could wrap.
    if (d.offset > data.size() || d.view.bytes > data.size() - d.offset) {
      return absl::DataLossError(absl::StrCat(what, " has ", d.view.bytes, " bytes at byte ",
                                              d.offset, " of ", data.size(), " bytes of data"));
    }
    if (d.offset != expected) {
      return absl::DataLossError(absl::StrCat(
          what, d.offset < expected ? " is on the bytes of another tensor"
                                    : " has bytes before it that belong to no tensor"));
    }
    d.view.data = data.data() + d.offset;
    const uint64_t end = d.offset + d.view.bytes;
    expected = end + (alignment - end % alignment) % alignment;
    const auto [it, inserted] = tensors.emplace(std::move(d.name), std::move(d.view));
    if (!inserted) return absl::DataLossError(absl::StrCat("has the ", what, " twice"));
  }
  // Padding may follow the last tensor, or not; nothing else may. A tensor that
  // the count leaves out would be here.
  if (data.size() > expected) {
    return absl::DataLossError(
        absl::StrCat("has ", data.size() - expected, " bytes after its last tensor"));
  }
  return tensors;
}

absl::StatusOr<uint64_t> Alignment(const GgufMetadata& metadata) {
  constexpr char kKey[] = "general.alignment";
  if (metadata.Find(kKey) == nullptr) return kDefaultAlignment;
  const auto alignment = metadata.Int(kKey);
  if (!alignment.ok()) return absl::DataLossError(alignment.status().message());
  const bool power_of_two =
      *alignment > 0 && std::has_single_bit(static_cast<uint64_t>(*alignment));
  if (!power_of_two || *alignment > std::numeric_limits<int32_t>::max()) {
    return absl::DataLossError(absl::StrCat("has ", *alignment, " as \"", kKey,
                                            "\", which is not a power of two below 2^31"));
  }
  return static_cast<uint64_t>(*alignment);
}

absl::Status CheckNotSplit(const GgufMetadata& metadata) {
  const auto parts = metadata.Int("split.count");
  if (!parts.ok() || *parts <= 1) return absl::OkStatus();
  return absl::UnimplementedError(
      absl::StrCat("is one of ", *parts, " parts of a split GGUF file, which is not supported; ",
                   "merge them first with llama.cpp's `llama-gguf-split --merge`"));
}

absl::Status CheckVersion(uint32_t version) {
  if (version == 2 || version == 3) return absl::OkStatus();
  if ((version & 0xFFFF) == 0 && version != 0) {
    return absl::UnimplementedError("is big-endian, which is not supported");
  }
  return absl::UnimplementedError(
      absl::StrCat("has GGUF version ", version, "; versions 2 and 3 are read"));
}

}  // namespace

absl::StatusOr<GgufContents> ParseGguf(absl::string_view file) {
  if (file.substr(0, 4) != "GGUF") return absl::DataLossError("does not begin with \"GGUF\"");
  GgufCursor cursor(file);
  FN_RETURN_IF_ERROR(cursor.Take<uint32_t>("its magic number").status());
  FN_ASSIGN_OR_RETURN(const uint32_t version, cursor.Take<uint32_t>("its version"));
  FN_RETURN_IF_ERROR(CheckVersion(version));
  FN_ASSIGN_OR_RETURN(const uint64_t tensors,
                      cursor.TakeCount("the number of tensors", kMinTensorBytes));
  FN_ASSIGN_OR_RETURN(const uint64_t pairs,
                      cursor.TakeCount("the number of metadata values", kMinPairBytes));
  if (tensors > kMaxTensors || pairs > kMaxPairs) {
    return absl::DataLossError(absl::StrCat("has ", tensors, " tensors and ", pairs,
                                            " metadata values; at most ", kMaxTensors, " and ",
                                            kMaxPairs, " are read"));
  }
  FN_ASSIGN_OR_RETURN(GgufMetadata metadata, internal::ReadGgufMetadata(cursor, pairs));
  FN_RETURN_IF_ERROR(CheckNotSplit(metadata));
  FN_ASSIGN_OR_RETURN(const uint64_t alignment, Alignment(metadata));

  std::vector<Described> described;
  described.reserve(tensors);
  for (uint64_t i = 0; i < tensors; ++i) {
    FN_ASSIGN_OR_RETURN(Described d, ReadDescription(cursor, i));
    described.push_back(std::move(d));
  }
  // No wrap: the position is within the file, the alignment below 2^31.
  const uint64_t begin =
      cursor.position() + (alignment - cursor.position() % alignment) % alignment;
  if (begin > file.size() && !described.empty()) {
    return absl::DataLossError(absl::StrCat("ends before its data, at byte ", file.size()));
  }
  const absl::string_view data = begin > file.size() ? absl::string_view() : file.substr(begin);
  FN_ASSIGN_OR_RETURN(TensorTable table, PlaceTensors(std::move(described), data, alignment));
  return GgufContents{std::move(metadata), std::move(table)};
}

}  // namespace footnote::transformer
