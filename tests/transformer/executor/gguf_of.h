#ifndef FOOTNOTE_TESTS_TRANSFORMER_EXECUTOR_GGUF_OF_H_
#define FOOTNOTE_TESTS_TRANSFORMER_EXECUTOR_GGUF_OF_H_

#include <string>

#include "gtest/gtest.h"
#include "tests/transformer/golden_model.h"
#include "transformer/convert/model_converter.h"

namespace footnote::transformer {

// The model of a folder, as a GGUF file of f32 in that folder: its path.
inline std::string GgufOf(const TempModel& dir) {
  ConvertOptions convert;
  convert.source = dir.path();
  convert.target = dir.File("base.gguf");
  convert.dtype = DType::kF32;
  const auto report = ConvertModel(convert);
  EXPECT_TRUE(report.ok()) << report.status();
  return convert.target;
}

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TESTS_TRANSFORMER_EXECUTOR_GGUF_OF_H_
