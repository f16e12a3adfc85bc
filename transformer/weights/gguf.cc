#include "transformer/weights/gguf.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>
#include <string>
#include <type_traits>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/weights/gguf_types.h"

namespace footnote::transformer {
namespace {

static_assert(std::endian::native == std::endian::little, "GGUF is read as it lies in memory");

// Elements of all arrays together. The largest published vocabularies, with
// scores and merges, have about a million.
constexpr uint64_t kMaxArrayElements = uint64_t{1} << 24;
constexpr uint64_t kMaxKeyBytes = 65535;  // the format's own limit
constexpr uint32_t kMaxGgufDimensions = 4;
constexpr uint64_t kDefaultAlignment = 32;
constexpr uint64_t kMaxPairs = 100'000;  // no published model has a thousand
// The least bytes of a key-value pair (key length, type, one byte) and of a
// tensor's description (name length, dimension count, type, offset).
constexpr uint64_t kMinPairBytes = 8 + 4 + 1;
constexpr uint64_t kMinTensorBytes = 8 + 4 + 4 + 8;

absl::Status Damaged(absl::string_view what) { return absl::DataLossError(what); }

std::string Quoted(absl::string_view text) {
  constexpr size_t kShown = 100;
  return absl::StrCat("\"", absl::CHexEscape(text.substr(0, kShown)),
                      text.size() > kShown ? "...\"" : "\"");
}

// Takes values off the front of a file. Every method checks what is left first.
class Cursor {
 public:
  explicit Cursor(absl::string_view file) : file_(file) {}

  uint64_t position() const { return position_; }
  uint64_t left() const { return file_.size() - position_; }

  template <typename T>
  absl::StatusOr<T> Take(absl::string_view what) {
    static_assert(std::is_arithmetic_v<T>);
    if (left() < sizeof(T)) return Cut(what);
    T value;
    std::memcpy(&value, file_.data() + position_, sizeof value);
    position_ += sizeof value;
    return value;
  }

  absl::StatusOr<absl::string_view> TakeString(absl::string_view what) {
    FN_ASSIGN_OR_RETURN(const uint64_t length, Take<uint64_t>(what));
    if (length > left()) {
      return Damaged(absl::StrCat("says that ", what, " has ", length, " bytes; ", left(),
                                  " are left in the file"));
    }
    const absl::string_view text = file_.substr(position_, length);
    position_ += length;
    return text;
  }

  // A count of things of at least `min_bytes` each, which must be able to follow.
  absl::StatusOr<uint64_t> TakeCount(absl::string_view what, uint64_t min_bytes) {
    FN_ASSIGN_OR_RETURN(const uint64_t count, Take<uint64_t>(what));
    if (count > left() / min_bytes) return TooMany(what, count);
    return count;
  }

  absl::Status TooMany(absl::string_view what, uint64_t count) const {
    return Damaged(absl::StrCat("has ", count, " as ", what, ", for which the ", left(),
                                " bytes left are too few"));
  }

 private:
  absl::Status Cut(absl::string_view what) const {
    return Damaged(absl::StrCat("ends within ", what, ", at byte ", file_.size()));
  }

  const absl::string_view file_;
  uint64_t position_ = 0;
};

// One value of type T, as the field of its kind; `Keep` puts it there.
template <typename T, typename Keep>
absl::Status ReadNumbers(Cursor& cursor, uint64_t n, absl::string_view what, const Keep& keep) {
  for (uint64_t i = 0; i < n; ++i) {
    FN_ASSIGN_OR_RETURN(const T value, cursor.Take<T>(what));
    keep(value);
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> ReadBool(Cursor& cursor, absl::string_view what) {
  FN_ASSIGN_OR_RETURN(const uint8_t byte, cursor.Take<uint8_t>(what));
  if (byte > 1) return Damaged(absl::StrCat("has the boolean ", byte, " in ", what));
  return byte == 1;
}

GgufValue::Kind KindOf(GgufType type) {
  switch (type) {
    case GgufType::kU8:
    case GgufType::kU16:
    case GgufType::kU32:
    case GgufType::kU64:
      return GgufValue::Kind::kUnsigned;
    case GgufType::kI8:
    case GgufType::kI16:
    case GgufType::kI32:
    case GgufType::kI64:
      return GgufValue::Kind::kSigned;
    case GgufType::kF32:
    case GgufType::kF64:
      return GgufValue::Kind::kFloat;
    case GgufType::kBool:
      return GgufValue::Kind::kBool;
    case GgufType::kString:
      return GgufValue::Kind::kString;
    case GgufType::kArray:
      break;
  }
  return GgufValue::Kind::kArray;
}

// Reads `n` values of `type` and hands each to the function of its kind.
template <typename Unsigned, typename Signed, typename Float, typename String>
absl::Status ReadValues(Cursor& cursor, GgufType type, uint64_t n, absl::string_view what,
                        const Unsigned& on_unsigned, const Signed& on_signed, const Float& on_float,
                        const String& on_string) {
  switch (type) {
    case GgufType::kU8:
      return ReadNumbers<uint8_t>(cursor, n, what, on_unsigned);
    case GgufType::kU16:
      return ReadNumbers<uint16_t>(cursor, n, what, on_unsigned);
    case GgufType::kU32:
      return ReadNumbers<uint32_t>(cursor, n, what, on_unsigned);
    case GgufType::kU64:
      return ReadNumbers<uint64_t>(cursor, n, what, on_unsigned);
    case GgufType::kI8:
      return ReadNumbers<int8_t>(cursor, n, what, on_signed);
    case GgufType::kI16:
      return ReadNumbers<int16_t>(cursor, n, what, on_signed);
    case GgufType::kI32:
      return ReadNumbers<int32_t>(cursor, n, what, on_signed);
    case GgufType::kI64:
      return ReadNumbers<int64_t>(cursor, n, what, on_signed);
    case GgufType::kF32:
      return ReadNumbers<float>(cursor, n, what, on_float);
    case GgufType::kF64:
      return ReadNumbers<double>(cursor, n, what, on_float);
    case GgufType::kBool:
      for (uint64_t i = 0; i < n; ++i) {
        FN_ASSIGN_OR_RETURN(const bool value, ReadBool(cursor, what));
        on_unsigned(value ? 1 : 0);
      }
      return absl::OkStatus();
    case GgufType::kString:
      for (uint64_t i = 0; i < n; ++i) {
        FN_ASSIGN_OR_RETURN(const absl::string_view value, cursor.TakeString(what));
        on_string(value);
      }
      return absl::OkStatus();
    case GgufType::kArray:
      break;
  }
  return Damaged(absl::StrCat("has an array of arrays in ", what));
}

absl::StatusOr<GgufType> TakeType(Cursor& cursor, absl::string_view what) {
  FN_ASSIGN_OR_RETURN(const uint32_t type, cursor.Take<uint32_t>(what));
  if (type > kLastGgufType) {
    return Damaged(absl::StrCat("has the unknown value type ", type, " in ", what));
  }
  return static_cast<GgufType>(type);
}

absl::Status ReadArray(Cursor& cursor, absl::string_view what, uint64_t* elements_left,
                       GgufValue* out) {
  FN_ASSIGN_OR_RETURN(const GgufType type, TakeType(cursor, what));
  if (type == GgufType::kArray) {
    return absl::UnimplementedError(
        absl::StrCat("has an array of arrays in ", what, ", which is not supported"));
  }
  FN_ASSIGN_OR_RETURN(const uint64_t n,
                      cursor.TakeCount(absl::StrCat("the length of ", what), SizeOf(type)));
  if (n > *elements_left) {
    return Damaged(absl::StrCat("has more than ", kMaxArrayElements,
                                " elements in its metadata's arrays, the last in ", what));
  }
  *elements_left -= n;
  out->element = KindOf(type);
  switch (out->element) {
    case GgufValue::Kind::kSigned:
      out->is.reserve(n);
      break;
    case GgufValue::Kind::kFloat:
      out->fs.reserve(n);
      break;
    case GgufValue::Kind::kString:
      out->ss.reserve(n);
      break;
    default:
      out->us.reserve(n);
  }
  return ReadValues(
      cursor, type, n, what, [out](uint64_t v) { out->us.push_back(v); },
      [out](int64_t v) { out->is.push_back(v); },
      [out](double v) { out->fs.push_back(static_cast<float>(v)); },
      [out](absl::string_view v) { out->ss.push_back(v); });
}

absl::StatusOr<GgufValue> ReadValue(Cursor& cursor, absl::string_view what,
                                    uint64_t* elements_left) {
  FN_ASSIGN_OR_RETURN(const GgufType type, TakeType(cursor, what));
  GgufValue value;
  value.kind = KindOf(type);
  if (type == GgufType::kArray) {
    FN_RETURN_IF_ERROR(ReadArray(cursor, what, elements_left, &value));
    return value;
  }
  FN_RETURN_IF_ERROR(ReadValues(
      cursor, type, 1, what, [&](uint64_t v) { value.u = v; }, [&](int64_t v) { value.i = v; },
      [&](double v) { value.f = v; }, [&](absl::string_view v) { value.s = v; }));
  return value;
}

absl::StatusOr<GgufMetadata> ReadMetadata(Cursor& cursor, uint64_t count) {
  GgufMetadata::Map values;
  uint64_t elements_left = kMaxArrayElements;
  for (uint64_t i = 0; i < count; ++i) {
    FN_ASSIGN_OR_RETURN(const absl::string_view key,
                        cursor.TakeString(absl::StrCat("the key of metadata value ", i)));
    if (key.empty() || key.size() > kMaxKeyBytes) {
      return Damaged(absl::StrCat("has a metadata key of ", key.size(), " bytes"));
    }
    FN_ASSIGN_OR_RETURN(
        GgufValue value,
        ReadValue(cursor, absl::StrCat("the metadata value ", Quoted(key)), &elements_left));
    if (!values.emplace(std::string(key), std::move(value)).second) {
      return Damaged(absl::StrCat("has the metadata key ", Quoted(key), " twice"));
    }
  }
  return GgufMetadata(std::move(values));
}

// A tensor as described in the header, nothing of it compared with the data.
struct Described {
  std::string name;
  TensorView view;
  uint64_t offset = 0;
};

absl::StatusOr<Described> ReadDescription(Cursor& cursor, uint64_t index) {
  Described out;
  FN_ASSIGN_OR_RETURN(const absl::string_view name,
                      cursor.TakeString(absl::StrCat("the name of tensor ", index)));
  out.name = std::string(name);
  const std::string what = absl::StrCat("tensor ", Quoted(name));
  FN_ASSIGN_OR_RETURN(const uint32_t dimensions, cursor.Take<uint32_t>(what));
  if (dimensions > kMaxGgufDimensions) {
    return Damaged(
        absl::StrCat(what, " has ", dimensions, " dimensions; at most ", kMaxGgufDimensions));
  }
  for (uint32_t d = 0; d < dimensions; ++d) {
    FN_ASSIGN_OR_RETURN(const uint64_t size, cursor.Take<uint64_t>(what));
    if (size > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
      return Damaged(absl::StrCat(what, " has the dimension ", size));
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
  if (!bytes.ok()) return Damaged(absl::StrCat(what, " ", bytes.status().message()));
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
    const std::string what = absl::StrCat("tensor ", Quoted(d.name));
    if (d.offset % alignment != 0) {
      return Damaged(absl::StrCat(what, " is at byte ", d.offset,
                                  " of the data, which is not a multiple of ", alignment));
    }
    // By subtraction: the sum could wrap.
    if (d.offset > data.size() || d.view.bytes > data.size() - d.offset) {
      return Damaged(absl::StrCat(what, " has ", d.view.bytes, " bytes at byte ", d.offset, " of ",
                                  data.size(), " bytes of data"));
    }
    if (d.offset != expected) {
      return Damaged(absl::StrCat(what, d.offset < expected
                                            ? " is on the bytes of another tensor"
                                            : " has bytes before it that belong to no tensor"));
    }
    d.view.data = data.data() + d.offset;
    const uint64_t end = d.offset + d.view.bytes;
    expected = end + (alignment - end % alignment) % alignment;
    const auto [it, inserted] = tensors.emplace(std::move(d.name), std::move(d.view));
    if (!inserted) return Damaged(absl::StrCat("has the ", what, " twice"));
  }
  // Padding may follow the last tensor, or not; nothing else may. A tensor that
  // the count leaves out would be here.
  if (data.size() > expected) {
    return Damaged(absl::StrCat("has ", data.size() - expected, " bytes after its last tensor"));
  }
  return tensors;
}

absl::StatusOr<uint64_t> Alignment(const GgufMetadata& metadata) {
  constexpr char kKey[] = "general.alignment";
  if (metadata.Find(kKey) == nullptr) return kDefaultAlignment;
  const auto alignment = metadata.Int(kKey);
  if (!alignment.ok()) return Damaged(alignment.status().message());
  const bool power_of_two =
      *alignment > 0 && std::has_single_bit(static_cast<uint64_t>(*alignment));
  if (!power_of_two || *alignment > std::numeric_limits<int32_t>::max()) {
    return Damaged(absl::StrCat("has ", *alignment, " as \"", kKey,
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
  if (file.substr(0, 4) != "GGUF") return Damaged("does not begin with \"GGUF\"");
  Cursor cursor(file);
  FN_RETURN_IF_ERROR(cursor.Take<uint32_t>("its magic number").status());
  FN_ASSIGN_OR_RETURN(const uint32_t version, cursor.Take<uint32_t>("its version"));
  FN_RETURN_IF_ERROR(CheckVersion(version));
  FN_ASSIGN_OR_RETURN(const uint64_t tensors,
                      cursor.TakeCount("the number of tensors", kMinTensorBytes));
  FN_ASSIGN_OR_RETURN(const uint64_t pairs,
                      cursor.TakeCount("the number of metadata values", kMinPairBytes));
  if (tensors > kMaxTensors || pairs > kMaxPairs) {
    return Damaged(absl::StrCat("has ", tensors, " tensors and ", pairs,
                                " metadata values; at most ", kMaxTensors, " and ", kMaxPairs,
                                " are read"));
  }
  FN_ASSIGN_OR_RETURN(GgufMetadata metadata, ReadMetadata(cursor, pairs));
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
    return Damaged(absl::StrCat("ends before its data, at byte ", file.size()));
  }
  const absl::string_view data = begin > file.size() ? absl::string_view() : file.substr(begin);
  FN_ASSIGN_OR_RETURN(TensorTable table, PlaceTensors(std::move(described), data, alignment));
  return GgufContents{std::move(metadata), std::move(table)};
}

}  // namespace footnote::transformer
