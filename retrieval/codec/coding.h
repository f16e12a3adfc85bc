#ifndef FOOTNOTE_RETRIEVAL_CODEC_CODING_H_
#define FOOTNOTE_RETRIEVAL_CODEC_CODING_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace footnote::retrieval {

// What a stored value is. The first byte of every value; persistent: never
// reuse or change one.
enum class RecordKind : uint8_t {
  kId = 1,
  kDocument = 2,
  kText = 3,
  kBlocks = 4,
  kChunk = 5,
  kPosting = 6,
  kVectors = 7,
  kAccess = 8,
  kCollection = 9,
  kCounter = 10,
};

// Builds one value: kind:u8 version:u8 payload checksum:u32. The checksum is the
// low half of XXH3-64 over everything before it. Integers in the payload are
// LEB128 varints; fixed-width ones are little-endian.
class RecordWriter {
 public:
  RecordWriter(RecordKind kind, uint8_t version);
  void Varint(uint64_t value);
  void Signed(int64_t value);  // zigzag varint
  void Byte(uint8_t value) { bytes_.push_back(static_cast<char>(value)); }
  void Bytes(absl::string_view value);             // varint length, then the bytes
  void Floats(const float* values, size_t count);  // no length
  std::string Finish() &&;

 private:
  std::string bytes_;
};

// Reads what RecordWriter built. After the first failure every read gives zero
// or empty, so a caller may read all fields and ask Finish() once. Counts and
// lengths are compared with the bytes that are left before they are believed.
// Views that it returns are of the value that it was given.
class RecordReader {
 public:
  // `max_version`: the newest that the caller understands.
  RecordReader(absl::string_view value, RecordKind kind, uint8_t max_version);
  uint8_t version() const { return version_; }  // 0 after a failure to read it
  uint64_t Varint();
  uint32_t Varint32();  // a failure above 2^32 - 1
  int64_t Signed();
  uint8_t Byte();
  absl::string_view Bytes();
  std::string String() { return std::string(Bytes()); }
  // A number of elements, each of at least `min_bytes` (>= 1) bytes.
  size_t Count(size_t min_bytes);
  void Floats(float* values, size_t count);
  bool ok() const { return error_.empty(); }
  void Fail(absl::string_view why);
  // DataLoss if a read failed or bytes are left over.
  absl::Status Finish();

 private:
  absl::string_view rest_;
  uint8_t version_ = 0;
  std::string error_;
};

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_CODEC_CODING_H_
