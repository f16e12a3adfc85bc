// Any bytes as a GGUF file.
#include "transformer/weights/gguf.h"

#include "tests/fuzz/touch_tensors.h"

namespace {

// Reads every byte that a value's strings view.
size_t Touch(const footnote::transformer::GgufValue& value) {
  size_t sum = 0;
  for (const char c : value.s) sum += static_cast<unsigned char>(c);
  for (const absl::string_view s : value.ss) {
    for (const char c : s) sum += static_cast<unsigned char>(c);
  }
  return sum;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view file(reinterpret_cast<const char*>(data), size);
  const auto contents = footnote::transformer::ParseGguf(file);
  if (!contents.ok()) return 0;
  footnote::transformer::CheckTensors(contents->tensors, file);
  volatile size_t sink = 0;
  for (const auto& [key, value] : contents->metadata.values()) sink = sink + Touch(value);
  return 0;
}
