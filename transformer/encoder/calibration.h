#ifndef FOOTNOTE_TRANSFORMER_ENCODER_CALIBRATION_H_
#define FOOTNOTE_TRANSFORMER_ENCODER_CALIBRATION_H_

#include <array>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "transformer/encoder/bert_layer.h"

namespace footnote::transformer {

// A few built-in paragraphs of ordinary text, about a thousand tokens, by which
// int8 weights are made: it takes a fraction of a second to run them. Changing
// them changes embeddings, and with them kCalibrationVersion.
inline constexpr int kCalibrationVersion = 1;
absl::Span<const char* const> CalibrationTexts();

// Gathers what the inputs of one layer's linear layers look like. Not
// thread-safe.
class InputObserver {
 public:
  // Refers to this.
  BertObserver AsFunction();
  // Precondition: each linear layer was observed.
  BertLayerStatistics Statistics() const;

 private:
  // One pass gives sums and extremes; the greatest distance from the mean is that
  // of one of the extremes.
  struct Seen {
    std::vector<double> sum;
    std::vector<float> least, most;
    int64_t rows = 0;
  };
  std::array<Seen, kBertLinears> seen_;
};

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_ENCODER_CALIBRATION_H_
