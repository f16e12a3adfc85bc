#ifndef FOOTNOTE_TRANSFORMER_WEIGHTS_GGUF_H_
#define FOOTNOTE_TRANSFORMER_WEIGHTS_GGUF_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "transformer/weights/tensor_table.h"

namespace footnote::transformer {

// One value of a GGUF file's metadata. Views point into the file.
struct GgufValue {
  enum class Kind { kUnsigned, kSigned, kFloat, kBool, kString, kArray };
  Kind kind = Kind::kUnsigned;
  uint64_t u = 0;       // kUnsigned, kBool
  int64_t i = 0;        // kSigned
  double f = 0;         // kFloat
  absl::string_view s;  // kString
  // kArray: all of one kind; arrays of arrays are refused. Numbers are in the
  // field of their kind.
  Kind element = Kind::kUnsigned;
  std::vector<uint64_t> us;
  std::vector<int64_t> is;
  std::vector<float> fs;
  std::vector<absl::string_view> ss;
  // The value's type and bytes as the file has them, for writing them again.
  absl::string_view stored;
};

// The key-value pairs at the head of a GGUF file. Immutable and thread-safe.
class GgufMetadata {
 public:
  using Map = std::map<std::string, GgufValue, std::less<>>;
  explicit GgufMetadata(Map values) : values_(std::move(values)) {}

  // Null if there is no such key.
  const GgufValue* Find(absl::string_view key) const;
  const Map& values() const { return values_; }

  // Errors: InvalidArgument, naming the key: absent, or of another type. An
  // integer may be stored as any integer type that holds it.
  absl::StatusOr<int64_t> Int(absl::string_view key) const;
  absl::StatusOr<double> Number(absl::string_view key) const;
  absl::StatusOr<std::string> String(absl::string_view key) const;

 private:
  Map values_;
};

struct GgufContents {
  GgufMetadata metadata;
  TensorTable tensors;  // shapes outermost first (GGUF writes the innermost first)
};

// The metadata and tensors of a GGUF file of version 2 or 3, little-endian.
// Every length and count is checked against the file before it is believed, in
// arithmetic that can't wrap.
//
// Errors: DataLoss (damaged; the message says how), Unimplemented (another
// version, a big-endian file, a tensor type that nothing here reads).
// Source: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
absl::StatusOr<GgufContents> ParseGguf(absl::string_view file);

// `count` key-value pairs by themselves, as GgufPairs has them before they are
// written. The result views `bytes`. Errors: as ParseGguf.
absl::StatusOr<GgufMetadata> ParseGgufPairs(absl::string_view bytes, uint64_t count);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_WEIGHTS_GGUF_H_
