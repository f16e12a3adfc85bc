#include "transformer/encoder_output.h"

namespace footnote::transformer {

absl::string_view EncoderOutputName(EncoderOutput output) {
  switch (output) {
    case EncoderOutput::kDense:
      return "dense";
    case EncoderOutput::kSparse:
      return "sparse";
    case EncoderOutput::kColbert:
      return "colbert";
  }
  return "unknown";
}

}  // namespace footnote::transformer
