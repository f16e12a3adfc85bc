#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"
#include "transformer/encoder/families/family.h"

namespace footnote::transformer {
namespace {

// Positions begin behind the row of the padding token.
absl::StatusOr<BertConfig> Parse(const JsonFields& fields, absl::string_view path) {
  FN_ASSIGN_OR_RETURN(BertConfig config, ParseBertFields(fields, path, 1e-12));
  FN_ASSIGN_OR_RETURN(const int64_t pad, fields.Int("pad_token_id", 1, 0, config.vocab_size - 1));
  config.unplaced_token = static_cast<int32_t>(pad);
  if (pad + 1 >= config.max_position_embeddings) {
    return absl::InvalidArgumentError(absl::StrCat(
        path, ": \"max_position_embeddings\" ", config.max_position_embeddings,
        " leaves no position behind those of padding, \"pad_token_id\" ", pad, " and 1 more"));
  }
  config.position_offset = static_cast<int>(pad) + 1;
  return config;
}

constexpr EncoderFamily Named(absl::string_view model_type) {
  return {
      .model_type = model_type,
      .prefix = "roberta.",
      .score_dense = "classifier.dense",
      .score_out = "classifier.out_proj",
      .pair_separators = 2,
      .pair_types = false,
      .parse = &Parse,
  };
}

}  // namespace

// Liu et al. 2019, https://arxiv.org/abs/1907.11692
const EncoderFamily kRobertaFamily = Named("roberta");
// Martin et al. 2019, https://arxiv.org/abs/1911.03894
const EncoderFamily kCamembertFamily = Named("camembert");
// Conneau et al. 2019, https://arxiv.org/abs/1911.02116; bge-m3, multilingual-e5.
const EncoderFamily kXlmRobertaFamily = Named("xlm-roberta");

}  // namespace footnote::transformer
