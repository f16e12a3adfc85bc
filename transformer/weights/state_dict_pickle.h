#ifndef FOOTNOTE_TRANSFORMER_WEIGHTS_STATE_DICT_PICKLE_H_
#define FOOTNOTE_TRANSFORMER_WEIGHTS_STATE_DICT_PICKLE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "transformer/weights/weight_file.h"

namespace footnote::transformer {

// What a pickled state dict says of one tensor. Sizes are those of the pickle:
// not negative, otherwise not yet compared with any data.
struct PickledTensor {
  std::string name;
  DType dtype = DType::kF32;
  std::string storage_key;       // the entry data/<key> of the archive
  int64_t storage_elements = 0;  // of the whole storage
  int64_t offset = 0;            // in elements
  std::vector<int64_t> shape;
  std::vector<int64_t> stride;  // in elements; as many as `shape`
};

// Reads the pickle of a PyTorch state dict and nothing else. A pickle is a
// program; this machine runs only the opcodes that torch.save writes for a dict
// of tensors, and knows three functions, of which it does the meaning itself:
// collections.OrderedDict, torch._utils._rebuild_tensor_v2 and
// torch.<Type>Storage in a persistent id. Any other opcode or global is refused
// by its name, and nothing is ever called.
//
// Errors: PermissionDenied (a refused opcode or global), DataLoss (damaged, or
// not a dict of tensors), Unimplemented (an element type that nothing reads).
// Source: Python's Lib/pickletools.py; torch/serialization.py
absl::StatusOr<std::vector<PickledTensor>> ReadStateDictPickle(absl::string_view pickle);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_WEIGHTS_STATE_DICT_PICKLE_H_
