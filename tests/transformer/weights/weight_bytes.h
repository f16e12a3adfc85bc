#ifndef FOOTNOTE_TESTS_TRANSFORMER_WEIGHTS_WEIGHT_BYTES_H_
#define FOOTNOTE_TESTS_TRANSFORMER_WEIGHTS_WEIGHT_BYTES_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

// Weight files made by hand, byte by byte.
namespace footnote::transformer::testing_bytes {

inline std::string LittleEndian(uint64_t value, int width) {
  std::string out;
  for (int i = 0; i < width; ++i) out.push_back(i < 8 ? static_cast<char>(value >> (8 * i)) : 0);
  return out;
}

inline std::string Safetensors(absl::string_view header, absl::string_view data) {
  return absl::StrCat(LittleEndian(header.size(), 8), header, data);
}

// Pieces of GGUF files.
inline std::string GgufString(absl::string_view s) {
  return absl::StrCat(LittleEndian(s.size(), 8), s);
}
// A metadata value; `value` is its bytes after the type.
inline std::string GgufPair(absl::string_view key, uint32_t type, absl::string_view value) {
  return absl::StrCat(GgufString(key), LittleEndian(type, 4), value);
}
// A tensor's description. `dimensions` are as in the file: the innermost first.
inline std::string GgufTensor(absl::string_view name, const std::vector<uint64_t>& dimensions,
                              uint32_t type, uint64_t offset) {
  std::string out = absl::StrCat(GgufString(name), LittleEndian(dimensions.size(), 4));
  for (const uint64_t d : dimensions) out += LittleEndian(d, 8);
  return absl::StrCat(out, LittleEndian(type, 4), LittleEndian(offset, 8));
}
inline std::string GgufHeader(uint64_t tensors, uint64_t pairs, uint32_t version = 3) {
  return absl::StrCat("GGUF", LittleEndian(version, 4), LittleEndian(tensors, 8),
                      LittleEndian(pairs, 8));
}
// A whole file; `data` begins at the next multiple of `alignment`.
inline std::string Gguf(const std::vector<std::string>& pairs,
                        const std::vector<std::string>& tensors, absl::string_view data,
                        size_t alignment = 32, uint32_t version = 3) {
  std::string out = GgufHeader(tensors.size(), pairs.size(), version);
  for (const std::string& pair : pairs) out += pair;
  for (const std::string& tensor : tensors) out += tensor;
  out.append((alignment - out.size() % alignment) % alignment, '\0');
  return out.append(data.data(), data.size());
}

struct ZipEntry {
  std::string name;
  std::string data;
  int method = 0;
  int flags = 0;
};

// A zip archive of stored entries without extra fields.
inline std::string Zip(const std::vector<ZipEntry>& entries) {
  std::string out, directory;
  for (const ZipEntry& e : entries) {
    const uint64_t at = out.size();
    const std::string sizes =
        absl::StrCat(LittleEndian(0, 4), LittleEndian(e.data.size(), 4),
                     LittleEndian(e.data.size(), 4), LittleEndian(e.name.size(), 2));
    absl::StrAppend(&out, "PK\x03\x04", LittleEndian(20, 2), LittleEndian(e.flags, 2),
                    LittleEndian(e.method, 2), LittleEndian(0, 4), sizes, LittleEndian(0, 2),
                    e.name, e.data);
    absl::StrAppend(&directory, "PK\x01\x02", LittleEndian(20, 2), LittleEndian(20, 2),
                    LittleEndian(e.flags, 2), LittleEndian(e.method, 2), LittleEndian(0, 4), sizes,
                    LittleEndian(0, 12), LittleEndian(at, 4), e.name);
  }
  const uint64_t at = out.size();
  absl::StrAppend(&out, directory, "PK\x05\x06", LittleEndian(0, 4),
                  LittleEndian(entries.size(), 2), LittleEndian(entries.size(), 2),
                  LittleEndian(directory.size(), 4), LittleEndian(at, 4), LittleEndian(0, 2));
  return out;
}

// Pieces of pickles. Each leaves one value on the stack.
inline std::string Text(absl::string_view s) {
  return absl::StrCat("X", LittleEndian(s.size(), 4), s);
}
inline std::string Int(int32_t value) {
  return absl::StrCat("J", LittleEndian(static_cast<uint32_t>(value), 4));
}
inline std::string Long(int64_t value) {
  return absl::StrCat("\x8a", LittleEndian(8, 1), LittleEndian(static_cast<uint64_t>(value), 8));
}
inline std::string Tuple(const std::vector<std::string>& values) {
  std::string out = "(";
  for (const std::string& v : values) out += v;
  return out + "t";
}
inline std::string Global(absl::string_view module, absl::string_view name) {
  return absl::StrCat("c", module, "\n", name, "\n");
}
inline std::string PickledStorage(absl::string_view type, absl::string_view key,
                                  const std::string& elements) {
  return Tuple({Text("storage"), Global("torch", type), Text(key), Text("cpu"), elements}) + "Q";
}
inline std::string PickledTensor(const std::string& storage, const std::string& offset,
                                 const std::string& shape, const std::string& stride) {
  return Global("torch._utils", "_rebuild_tensor_v2") +
         Tuple({storage, offset, shape, stride, "\x89",
                Global("collections", "OrderedDict") + ")R"}) +
         "R";
}
inline std::string PickledDict(const std::vector<std::pair<std::string, std::string>>& items) {
  std::string out = "\x80\x02" + Global("collections", "OrderedDict") + ")R(";
  for (const auto& [name, value] : items) out += Text(name) + value;
  return out + "u.";
}

}  // namespace footnote::transformer::testing_bytes

#endif  // FOOTNOTE_TESTS_TRANSFORMER_WEIGHTS_WEIGHT_BYTES_H_
