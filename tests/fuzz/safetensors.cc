// Any bytes as a safetensors file.
#include "transformer/weights/safetensors.h"

#include "tests/fuzz/touch_tensors.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view file(reinterpret_cast<const char*>(data), size);
  const auto tensors = footnote::transformer::ParseSafetensors(file);
  if (tensors.ok()) footnote::transformer::CheckTensors(*tensors, file);
  return 0;
}
