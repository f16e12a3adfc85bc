#include "transformer/weights/writer_internal.h"

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/weights/tensor_table.h"

namespace footnote::transformer::internal {

absl::StatusOr<uint64_t> OutputBytes(const OutputTensor& tensor) {
  const auto bytes = TensorBytes(tensor.shape, tensor.dtype);
  if (bytes.ok()) return *bytes;
  return absl::InvalidArgumentError(absl::StrCat("the tensor \"", absl::CHexEscape(tensor.name),
                                                 "\" ", bytes.status().message()));
}

absl::Status AppendTensor(const OutputTensor& tensor, uint64_t bytes, FileWriter& file) {
  const uint64_t before = file.bytes();
  FN_RETURN_IF_ERROR(tensor.write([&file](absl::string_view b) { return file.Append(b); }));
  if (file.bytes() - before == bytes) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("the tensor \"", absl::CHexEscape(tensor.name),
                                                 "\" gave ", file.bytes() - before,
                                                 " bytes; its shape and type need ", bytes));
}

}  // namespace footnote::transformer::internal
