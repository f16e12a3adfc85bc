#include <cstring>
#include <set>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/weights/gguf_types.h"
#include "transformer/weights/weight_writer.h"
#include "transformer/weights/writer_internal.h"

namespace footnote::transformer {
namespace {

constexpr uint64_t kAlignment = 32;
constexpr uint32_t kVersion = 3;
constexpr size_t kMaxNameBytes = 63;  // what ggml reads

// The reader, too, is for little-endian machines alone.
template <typename T>
void Put(T value, std::string* out) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out->append(bytes, sizeof bytes);
}

void PutString(absl::string_view text, std::string* out) {
  Put(static_cast<uint64_t>(text.size()), out);
  out->append(text.data(), text.size());
}

uint64_t Padding(uint64_t position) { return (kAlignment - position % kAlignment) % kAlignment; }

// Everything before the data, padded to its beginning. Also puts each tensor's
// size into `sizes`.
absl::StatusOr<std::string> Head(const GgufPairs& pairs, absl::Span<const OutputTensor> tensors,
                                 std::vector<uint64_t>* sizes) {
  std::string out = "GGUF";
  Put(kVersion, &out);
  Put(static_cast<uint64_t>(tensors.size()), &out);
  Put(pairs.count(), &out);
  out += pairs.bytes();
  uint64_t offset = 0;
  std::set<absl::string_view> names;
  for (const OutputTensor& tensor : tensors) {
    const std::string what = absl::StrCat("the tensor \"", absl::CHexEscape(tensor.name), "\"");
    if (tensor.name.size() > kMaxNameBytes || tensor.shape.size() > 4) {
      return absl::InvalidArgumentError(
          absl::StrCat(what, " has a name of more than ", kMaxNameBytes,
                       " bytes or more than 4 dimensions, which GGUF can't hold"));
    }
    if (!names.insert(tensor.name).second) {
      return absl::InvalidArgumentError(absl::StrCat(what, " is there twice"));
    }
    FN_ASSIGN_OR_RETURN(const uint32_t type, GgufTypeOf(tensor.dtype));
    FN_ASSIGN_OR_RETURN(const uint64_t bytes, internal::OutputBytes(tensor));
    PutString(tensor.name, &out);
    Put(static_cast<uint32_t>(tensor.shape.size()), &out);
    for (auto d = tensor.shape.rbegin(); d != tensor.shape.rend(); ++d) {
      Put(static_cast<uint64_t>(*d), &out);
    }
    Put(type, &out);
    Put(offset, &out);
    offset += bytes + Padding(bytes);
    sizes->push_back(bytes);
  }
  out.append(Padding(out.size()), '\0');
  return out;
}

}  // namespace

void GgufPairs::Begin(absl::string_view key, uint32_t type) {
  ++count_;
  PutString(key, &bytes_);
  Put(type, &bytes_);
}

void GgufPairs::AddU32(absl::string_view key, uint32_t value) {
  Begin(key, static_cast<uint32_t>(GgufType::kU32));
  Put(value, &bytes_);
}

void GgufPairs::AddF32(absl::string_view key, float value) {
  Begin(key, static_cast<uint32_t>(GgufType::kF32));
  Put(value, &bytes_);
}

void GgufPairs::AddBool(absl::string_view key, bool value) {
  Begin(key, static_cast<uint32_t>(GgufType::kBool));
  Put(static_cast<uint8_t>(value ? 1 : 0), &bytes_);
}

void GgufPairs::AddString(absl::string_view key, absl::string_view value) {
  Begin(key, static_cast<uint32_t>(GgufType::kString));
  PutString(value, &bytes_);
}

void GgufPairs::AddStrings(absl::string_view key, absl::Span<const std::string> values) {
  Begin(key, static_cast<uint32_t>(GgufType::kArray));
  Put(static_cast<uint32_t>(GgufType::kString), &bytes_);
  Put(static_cast<uint64_t>(values.size()), &bytes_);
  for (const std::string& value : values) PutString(value, &bytes_);
}

void GgufPairs::AddInts(absl::string_view key, absl::Span<const int32_t> values) {
  Begin(key, static_cast<uint32_t>(GgufType::kArray));
  Put(static_cast<uint32_t>(GgufType::kI32), &bytes_);
  Put(static_cast<uint64_t>(values.size()), &bytes_);
  for (const int32_t value : values) Put(value, &bytes_);
}

void GgufPairs::AddBytes(absl::string_view key, absl::string_view values) {
  Begin(key, static_cast<uint32_t>(GgufType::kArray));
  Put(static_cast<uint32_t>(GgufType::kU8), &bytes_);
  PutString(values, &bytes_);  // a count and the bytes, as a text is
}

void GgufPairs::AddFloats(absl::string_view key, absl::Span<const float> values) {
  Begin(key, static_cast<uint32_t>(GgufType::kArray));
  Put(static_cast<uint32_t>(GgufType::kF32), &bytes_);
  Put(static_cast<uint64_t>(values.size()), &bytes_);
  for (const float value : values) Put(value, &bytes_);
}

void GgufPairs::AddStored(absl::string_view key, absl::string_view stored) {
  ++count_;
  PutString(key, &bytes_);
  bytes_.append(stored.data(), stored.size());
}

absl::Status WriteGguf(const std::string& path, const GgufPairs& pairs,
                       absl::Span<const OutputTensor> tensors) {
  std::vector<uint64_t> sizes;
  FN_ASSIGN_OR_RETURN(const std::string head, Head(pairs, tensors, &sizes));
  FN_ASSIGN_OR_RETURN(const auto file, FileWriter::Create(path));
  FN_RETURN_IF_ERROR(file->Append(head));
  for (size_t i = 0; i < tensors.size(); ++i) {
    FN_RETURN_IF_ERROR(internal::AppendTensor(tensors[i], sizes[i], *file));
    FN_RETURN_IF_ERROR(file->Append(std::string(Padding(sizes[i]), '\0')));
  }
  return file->Commit();
}

}  // namespace footnote::transformer
