#ifndef FOOTNOTE_TRANSFORMER_TOKENIZER_PIPELINE_H_
#define FOOTNOTE_TRANSFORMER_TOKENIZER_PIPELINE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "nlohmann/json_fwd.hpp"
#include "transformer/tokenizer/added_tokens.h"
#include "transformer/tokenizer/decoder.h"
#include "transformer/tokenizer/normalizer.h"
#include "transformer/tokenizer/post_processor.h"
#include "transformer/tokenizer/pre_tokenizer.h"
#include "transformer/tokenizer/token_model.h"
#include "transformer/tokenizer/tokenizer.h"
#include "transformer/tokenizer/tokenizer_config.h"

namespace footnote::transformer {

// The parts of a tokenizer in the manner of Hugging Face's `tokenizers`: added
// tokens are taken out, the rest is normalised, split into pieces, and the model
// makes ids of the pieces.
struct PipelineSpec {
  NormalizerPtr normalizer;       // may be null
  PreTokenizerPtr pre_tokenizer;  // may be null
  TokenModelPtr model;
  DecoderPtr decoder;  // null: a space between tokens
  std::vector<AddedToken> added_tokens;
  SpecialFrame frame;
  SpecialTokens special;
  std::string content_hash;
};

// Errors: DataLoss (an id out of proportion, or one that the vocabulary lacks).
// Messages begin with `name`.
absl::StatusOr<std::unique_ptr<const Tokenizer>> MakePipeline(absl::string_view name,
                                                              PipelineSpec spec);

// The tokenizer that a tokenizer.json describes, of any kind; BERT's takes its
// fast path. `config` says which special token is which. Errors: DataLoss and
// InvalidArgument (damaged), Unimplemented (an unknown component, which is named).
absl::StatusOr<std::unique_ptr<const Tokenizer>> MakeTokenizerFromJson(
    const nlohmann::json& root, absl::string_view name, const TokenizerConfig& config,
    std::string content_hash);

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_TOKENIZER_PIPELINE_H_
