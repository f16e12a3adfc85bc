#include "retrieval/codec/coding.h"

#include <bit>
#include <cstring>
#include <limits>

#include "absl/strings/str_cat.h"
#include "kernels/base/hash.h"

namespace footnote::retrieval {
namespace {

constexpr size_t kHeaderBytes = 2;
constexpr size_t kChecksumBytes = 4;

static_assert(std::endian::native == std::endian::little,
              "floats are stored as they lie in memory");

uint32_t Checksum(absl::string_view bytes) { return static_cast<uint32_t>(kernels::Hash64(bytes)); }

}  // namespace

RecordWriter::RecordWriter(RecordKind kind, uint8_t version) {
  Byte(static_cast<uint8_t>(kind));
  Byte(version);
}

void RecordWriter::Varint(uint64_t value) {
  while (value >= 0x80) {
    Byte(static_cast<uint8_t>(value | 0x80));
    value >>= 7;
  }
  Byte(static_cast<uint8_t>(value));
}

void RecordWriter::Signed(int64_t value) {
  Varint((static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63));
}

void RecordWriter::Bytes(absl::string_view value) {
  Varint(value.size());
  bytes_.append(value.data(), value.size());
}

void RecordWriter::Floats(const float* values, size_t count) {
  bytes_.append(reinterpret_cast<const char*>(values), count * sizeof(float));
}

std::string RecordWriter::Finish() && {
  const uint32_t sum = Checksum(bytes_);
  for (int shift = 0; shift < 32; shift += 8) Byte(static_cast<uint8_t>(sum >> shift));
  return std::move(bytes_);
}

RecordReader::RecordReader(absl::string_view value, RecordKind kind, uint8_t max_version) {
  if (value.size() < kHeaderBytes + kChecksumBytes) {
    Fail("too short");
    return;
  }
  uint32_t sum = 0;
  for (size_t i = 0; i < kChecksumBytes; ++i) {
    const auto byte = static_cast<unsigned char>(value[value.size() - kChecksumBytes + i]);
    sum |= static_cast<uint32_t>(byte) << (8 * i);
  }
  value.remove_suffix(kChecksumBytes);
  if (sum != Checksum(value)) {
    Fail("its checksum differs");
  } else if (static_cast<uint8_t>(value[0]) != static_cast<uint8_t>(kind)) {
    Fail(absl::StrCat("it is of kind ", static_cast<int>(value[0]), ", expected ",
                      static_cast<int>(kind)));
  } else if (const auto version = static_cast<uint8_t>(value[1]);
             version < 1 || version > max_version) {
    Fail(absl::StrCat("its version is ", version, ", this program reads up to ", max_version));
  } else {
    version_ = version;
    rest_ = value.substr(kHeaderBytes);
  }
}

void RecordReader::Fail(absl::string_view why) {
  if (error_.empty()) error_ = std::string(why);
  rest_ = {};
}

uint8_t RecordReader::Byte() {
  if (rest_.empty()) {
    Fail("it ends too early");
    return 0;
  }
  const auto byte = static_cast<uint8_t>(rest_[0]);
  rest_.remove_prefix(1);
  return byte;
}

uint64_t RecordReader::Varint() {
  uint64_t value = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    const uint8_t byte = Byte();
    if (!ok()) return 0;
    if (shift == 63 && byte > 1) break;
    value |= static_cast<uint64_t>(byte & 0x7F) << shift;
    if (byte < 0x80) return value;
  }
  Fail("a number is longer than 64 bits");
  return 0;
}

uint32_t RecordReader::Varint32() {
  const uint64_t value = Varint();
  if (value <= std::numeric_limits<uint32_t>::max()) return static_cast<uint32_t>(value);
  Fail("a number is longer than 32 bits");
  return 0;
}

int64_t RecordReader::Signed() {
  const uint64_t value = Varint();
  return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
}

absl::string_view RecordReader::Bytes() {
  const uint64_t size = Varint();
  if (size > rest_.size()) {
    Fail("a length exceeds the record");
    return {};
  }
  const absl::string_view out = rest_.substr(0, size);
  rest_.remove_prefix(size);
  return out;
}

size_t RecordReader::Count(size_t min_bytes) {
  const uint64_t count = Varint();
  if (count > rest_.size() / min_bytes) {
    Fail("a count exceeds the record");
    return 0;
  }
  return count;
}

void RecordReader::Floats(float* values, size_t count) {
  if (count > rest_.size() / sizeof(float)) {
    Fail("it ends too early");
    return;
  }
  if (count == 0) return;
  std::memcpy(values, rest_.data(), count * sizeof(float));
  rest_.remove_prefix(count * sizeof(float));
}

absl::Status RecordReader::Finish() {
  if (ok() && !rest_.empty()) Fail("bytes are left over");
  if (ok()) return absl::OkStatus();
  return absl::DataLossError(absl::StrCat("a stored record is damaged: ", error_));
}

}  // namespace footnote::retrieval
