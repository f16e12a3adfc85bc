#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "transformer/weights/gguf_internal.h"
#include "transformer/weights/gguf_types.h"

namespace footnote::transformer::internal {
namespace {

// Elements of all arrays together. The largest published vocabularies, with
// scores and merges, have about a million.
constexpr uint64_t kMaxArrayElements = uint64_t{1} << 24;
constexpr uint64_t kMaxKeyBytes = 65535;  // the format's own limit

// One value of type T, as the field of its kind; `Keep` puts it there.
template <typename T, typename Keep>
absl::Status ReadNumbers(GgufCursor& cursor, uint64_t n, absl::string_view what, const Keep& keep) {
  for (uint64_t i = 0; i < n; ++i) {
    FN_ASSIGN_OR_RETURN(const T value, cursor.Take<T>(what));
    keep(value);
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> ReadBool(GgufCursor& cursor, absl::string_view what) {
  FN_ASSIGN_OR_RETURN(const uint8_t byte, cursor.Take<uint8_t>(what));
  if (byte > 1) return absl::DataLossError(absl::StrCat("has the boolean ", byte, " in ", what));
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
absl::Status ReadValues(GgufCursor& cursor, GgufType type, uint64_t n, absl::string_view what,
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
  return absl::DataLossError(absl::StrCat("has an array of arrays in ", what));
}

absl::StatusOr<GgufType> TakeType(GgufCursor& cursor, absl::string_view what) {
  FN_ASSIGN_OR_RETURN(const uint32_t type, cursor.Take<uint32_t>(what));
  if (type > kLastGgufType) {
    return absl::DataLossError(absl::StrCat("has the unknown value type ", type, " in ", what));
  }
  return static_cast<GgufType>(type);
}

absl::Status ReadArray(GgufCursor& cursor, absl::string_view what, uint64_t* elements_left,
                       GgufValue* out) {
  FN_ASSIGN_OR_RETURN(const GgufType type, TakeType(cursor, what));
  if (type == GgufType::kArray) {
    return absl::UnimplementedError(
        absl::StrCat("has an array of arrays in ", what, ", which is not supported"));
  }
  FN_ASSIGN_OR_RETURN(const uint64_t n,
                      cursor.TakeCount(absl::StrCat("the length of ", what), SizeOf(type)));
  if (n > *elements_left) {
    return absl::DataLossError(absl::StrCat("has more than ", kMaxArrayElements,
                                            " elements in its metadata's arrays, the last in ",
                                            what));
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

absl::StatusOr<GgufValue> ReadValue(GgufCursor& cursor, absl::string_view what,
                                    uint64_t* elements_left) {
  const uint64_t begin = cursor.position();
  FN_ASSIGN_OR_RETURN(const GgufType type, TakeType(cursor, what));
  GgufValue value;
  value.kind = KindOf(type);
  if (type == GgufType::kArray) {
    FN_RETURN_IF_ERROR(ReadArray(cursor, what, elements_left, &value));
    value.stored = cursor.TakenSince(begin);
    return value;
  }
  FN_RETURN_IF_ERROR(ReadValues(
      cursor, type, 1, what, [&](uint64_t v) { value.u = v; }, [&](int64_t v) { value.i = v; },
      [&](double v) { value.f = v; }, [&](absl::string_view v) { value.s = v; }));
  value.stored = cursor.TakenSince(begin);
  return value;
}

}  // namespace

std::string QuotedForMessage(absl::string_view text) {
  constexpr size_t kShown = 100;
  return absl::StrCat("\"", absl::CHexEscape(text.substr(0, kShown)),
                      text.size() > kShown ? "...\"" : "\"");
}

absl::StatusOr<GgufMetadata> ReadGgufMetadata(GgufCursor& cursor, uint64_t count) {
  GgufMetadata::Map values;
  uint64_t elements_left = kMaxArrayElements;
  for (uint64_t i = 0; i < count; ++i) {
    FN_ASSIGN_OR_RETURN(const absl::string_view key,
                        cursor.TakeString(absl::StrCat("the key of metadata value ", i)));
    if (key.empty() || key.size() > kMaxKeyBytes) {
      return absl::DataLossError(absl::StrCat("has a metadata key of ", key.size(), " bytes"));
    }
    FN_ASSIGN_OR_RETURN(
        GgufValue value,
        ReadValue(cursor, absl::StrCat("the metadata value ", QuotedForMessage(key)),
                  &elements_left));
    if (!values.emplace(std::string(key), std::move(value)).second) {
      return absl::DataLossError(
          absl::StrCat("has the metadata key ", QuotedForMessage(key), " twice"));
    }
  }
  return GgufMetadata(std::move(values));
}

}  // namespace footnote::transformer::internal

namespace footnote::transformer {

absl::StatusOr<GgufMetadata> ParseGgufPairs(absl::string_view bytes, uint64_t count) {
  internal::GgufCursor cursor(bytes);
  return internal::ReadGgufMetadata(cursor, count);
}

}  // namespace footnote::transformer
