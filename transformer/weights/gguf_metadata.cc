#include <limits>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "transformer/weights/gguf.h"

namespace footnote::transformer {
namespace {

absl::Status Missing(absl::string_view key) {
  return absl::InvalidArgumentError(absl::StrCat("the GGUF metadata lack \"", key, "\""));
}

absl::Status Wrong(absl::string_view key, absl::string_view wanted) {
  return absl::InvalidArgumentError(
      absl::StrCat("the GGUF metadata's \"", key, "\" is not ", wanted));
}

}  // namespace

const GgufValue* GgufMetadata::Find(absl::string_view key) const {
  const auto it = values_.find(key);
  return it == values_.end() ? nullptr : &it->second;
}

absl::StatusOr<int64_t> GgufMetadata::Int(absl::string_view key) const {
  const GgufValue* value = Find(key);
  if (value == nullptr) return Missing(key);
  if (value->kind == GgufValue::Kind::kSigned) return value->i;
  if (value->kind != GgufValue::Kind::kUnsigned) return Wrong(key, "an integer");
  if (value->u > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
    return Wrong(key, "an integer below 2^63");
  }
  return static_cast<int64_t>(value->u);
}

absl::StatusOr<double> GgufMetadata::Number(absl::string_view key) const {
  const GgufValue* value = Find(key);
  if (value == nullptr) return Missing(key);
  switch (value->kind) {
    case GgufValue::Kind::kFloat:
      return value->f;
    case GgufValue::Kind::kUnsigned:
      return static_cast<double>(value->u);
    case GgufValue::Kind::kSigned:
      return static_cast<double>(value->i);
    default:
      return Wrong(key, "a number");
  }
}

absl::StatusOr<std::string> GgufMetadata::String(absl::string_view key) const {
  const GgufValue* value = Find(key);
  if (value == nullptr) return Missing(key);
  if (value->kind != GgufValue::Kind::kString) return Wrong(key, "a string");
  return std::string(value->s);
}

}  // namespace footnote::transformer
