#ifndef FOOTNOTE_TESTS_FUZZ_TOUCH_TENSORS_H_
#define FOOTNOTE_TESTS_FUZZ_TOUCH_TENSORS_H_

#include <cstdint>
#include <cstdlib>

#include "absl/strings/string_view.h"
#include "transformer/weights/tensor_table.h"

namespace footnote::transformer {

// Aborts unless every tensor is inside `file` and as large as its shape.
inline void CheckTensors(const TensorTable& tensors, absl::string_view file) {
  for (const auto& [name, view] : tensors) {
    if (view.bytes == 0) continue;
    if (view.data < file.data() || view.data + view.bytes > file.data() + file.size()) std::abort();
    const DTypeBlock block = BlockOfDType(view.dtype);
    if (static_cast<uint64_t>(view.elements() / block.elements) * block.bytes != view.bytes) {
      std::abort();
    }
  }
}

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TESTS_FUZZ_TOUCH_TENSORS_H_
