// Any bytes as a file of torch.save, and as the pickle in one.
#include "transformer/weights/pytorch.h"

#include "tests/fuzz/touch_tensors.h"
#include "transformer/weights/state_dict_pickle.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view file(reinterpret_cast<const char*>(data), size);
  const auto tensors = footnote::transformer::ParsePytorch(file);
  if (tensors.ok()) footnote::transformer::CheckTensors(*tensors, file);
  const auto pickled = footnote::transformer::ReadStateDictPickle(file);
  if (pickled.ok()) {
    for (const auto& tensor : *pickled) {
      if (tensor.offset < 0 || tensor.shape.size() != tensor.stride.size()) std::abort();
    }
  }
  return 0;
}
