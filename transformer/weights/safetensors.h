#ifndef FOOTNOTE_TRANSFORMER_WEIGHTS_SAFETENSORS_H_
#define FOOTNOTE_TRANSFORMER_WEIGHTS_SAFETENSORS_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "transformer/weights/tensor_table.h"

namespace footnote::transformer {

// The tensors of a safetensors file; the views point into `file`.
//
// The file is: header length u64 little-endian, header (a JSON object: name ->
// {dtype, shape, data_offsets: [begin, end)} and "__metadata__"), data. It is
// read strictly: the tensors must tile the data exactly, in any order, with no
// gap, overlap or trailing byte, each name is there once, and each range has
// the size of its shape.
//
// Errors: DataLoss (the message says what is wrong), Unimplemented (an element
// type that nothing here reads).
// Source: https://github.com/huggingface/safetensors#format
absl::StatusOr<TensorTable> ParseSafetensors(absl::string_view file);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_WEIGHTS_SAFETENSORS_H_
