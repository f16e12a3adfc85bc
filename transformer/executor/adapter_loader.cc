#include "absl/strings/str_cat.h"
#include "transformer/executor/decoder_model.h"

namespace footnote::transformer {

absl::StatusOr<std::unique_ptr<const Adapter>> DecoderModel::LoadAdapter(const std::string& dir) {
  return absl::UnimplementedError(absl::StrCat(dir, ": adapters can't be loaded yet"));
}

}  // namespace footnote::transformer
