#ifndef FOOTNOTE_TRANSFORMER_WEIGHTS_WRITER_INTERNAL_H_
#define FOOTNOTE_TRANSFORMER_WEIGHTS_WRITER_INTERNAL_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "transformer/io/file_writer.h"
#include "transformer/weights/weight_writer.h"

// What the writers of both formats share.
namespace footnote::transformer::internal {

// Bytes of the tensor. Errors: InvalidArgument, naming it: its shape and type
// make no size.
absl::StatusOr<uint64_t> OutputBytes(const OutputTensor& tensor);

// Appends the tensor's bytes. Errors: InvalidArgument if there were not exactly
// `bytes`; those of the tensor and the disk.
absl::Status AppendTensor(const OutputTensor& tensor, uint64_t bytes, FileWriter& file);

}  // namespace footnote::transformer::internal

#endif  // FOOTNOTE_TRANSFORMER_WEIGHTS_WRITER_INTERNAL_H_
