#include "transformer/text_encoder.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "kernels/base/hash.h"
#include "kernels/base/status_macros.h"
#include "transformer/encoder/load_encoder.h"
#include "transformer/encoder/packed_runner.h"
#include "transformer/encoder/pooling.h"
#include "transformer/encoder/token_heads.h"
#include "transformer/text/case.h"

namespace footnote::transformer {
namespace {

class BertTextEncoder : public TextEncoder {
 public:
  BertTextEncoder(EncoderModel model, SentencePooling pooling, TokenHeads heads, Prompts prompts,
                  int threads)
      : config_(std::move(model.config)),
        outputs_(config_.outputs()),
        tokenizer_(std::move(model.tokenizer)),
        fingerprint_(std::move(model.fingerprint)),
        prompts_(std::move(prompts)),
        pooling_(std::move(pooling)),
        heads_(std::move(heads)),
        runner_(std::move(model.encoder), threads) {}

  absl::StatusOr<Embeddings> Embed(absl::Span<const absl::string_view> texts,
                                   const std::function<bool()>& cancelled) const override {
    return Embed(prompts_.passage, texts, cancelled);
  }
  absl::StatusOr<Embeddings> EmbedQueries(absl::Span<const absl::string_view> texts,
                                          const std::function<bool()>& cancelled) const override {
    return Embed(prompts_.query, texts, cancelled);
  }
  absl::StatusOr<std::vector<TokenVectors>> HiddenStates(
      absl::Span<const absl::string_view> texts,
      const std::function<bool()>& cancelled) const override;
  const std::vector<EncoderOutput>& outputs() const override { return outputs_; }
  absl::StatusOr<std::vector<TextOutputs>> Encode(
      absl::Span<const absl::string_view> texts, absl::Span<const EncoderOutput> wanted,
      const std::function<bool()>& cancelled) const override;

  int CountTokens(absl::string_view text) const override {
    return config_.do_lower_case ? tokenizer_->CountTokens(ToLower(text))
                                 : tokenizer_->CountTokens(text);
  }
  int dim() const override { return config_.embedding_size(); }
  int max_tokens() const override { return config_.max_seq_length; }
  const std::string& fingerprint() const override { return fingerprint_; }

 private:
  absl::StatusOr<Embeddings> Embed(const std::string& prefix,
                                   absl::Span<const absl::string_view> texts,
                                   const std::function<bool()>& cancelled) const;
  std::vector<EncoderInput> Tokenize(const std::string& prefix,
                                     absl::Span<const absl::string_view> texts) const;
  absl::Status CheckOffered(absl::Span<const EncoderOutput> wanted) const;
  TextOutputs MakeOutputs(absl::Span<const EncoderOutput> wanted, absl::Span<const int32_t> ids,
                          const float* states) const;
  // Finite weights can still overflow on the way.
  absl::Status CheckFinite(absl::Span<const float> values) const;

  const ModelConfig config_;
  const std::vector<EncoderOutput> outputs_;
  const std::unique_ptr<const Tokenizer> tokenizer_;
  const std::string fingerprint_;
  const Prompts prompts_;
  const SentencePooling pooling_;
  const TokenHeads heads_;
  const PackedRunner runner_;
};

std::vector<EncoderInput> BertTextEncoder::Tokenize(
    const std::string& prefix, absl::Span<const absl::string_view> texts) const {
  std::vector<EncoderInput> inputs(texts.size());
  runner_.ParallelFor(texts.size(), [&](size_t i) {
    std::string changed;
    absl::string_view text = texts[i];
    if (!prefix.empty()) text = changed = absl::StrCat(prefix, text);
    if (config_.do_lower_case) text = changed = ToLower(text);
    inputs[i].ids = tokenizer_->Encode(text, config_.max_seq_length);
    inputs[i].second_begins = static_cast<int64_t>(inputs[i].ids.size());
  });
  return inputs;
}

absl::Status BertTextEncoder::CheckFinite(absl::Span<const float> values) const {
  if (std::all_of(values.begin(), values.end(), [](float v) { return std::isfinite(v); })) {
    return absl::OkStatus();
  }
  return absl::InternalError(absl::StrCat(
      "the model ", fingerprint_,
      " gave a vector that isn't of finite numbers; its weights are unusable at this precision"));
}

absl::StatusOr<Embeddings> BertTextEncoder::Embed(const std::string& prefix,
                                                  absl::Span<const absl::string_view> texts,
                                                  const std::function<bool()>& cancelled) const {
  if (cancelled()) return absl::CancelledError("embedding was cancelled");
  Embeddings out;
  out.rows = static_cast<int>(texts.size());
  out.dim = dim();
  out.values.resize(texts.size() * static_cast<size_t>(out.dim));
  const std::vector<EncoderInput> inputs = Tokenize(prefix, texts);
  FN_RETURN_IF_ERROR(runner_.Run(inputs, cancelled, [&](size_t i, const float* states) {
    pooling_.Apply(states, static_cast<int64_t>(inputs[i].ids.size()),
                   out.values.data() + i * out.dim);
  }));
  FN_RETURN_IF_ERROR(CheckFinite(out.values));
  return out;
}

absl::StatusOr<std::vector<TokenVectors>> BertTextEncoder::HiddenStates(
    absl::Span<const absl::string_view> texts, const std::function<bool()>& cancelled) const {
  if (cancelled()) return absl::CancelledError("encoding was cancelled");
  std::vector<TokenVectors> out(texts.size());
  const std::vector<EncoderInput> inputs = Tokenize("", texts);
  FN_RETURN_IF_ERROR(runner_.Run(inputs, cancelled, [&](size_t i, const float* states) {
    out[i].dim = config_.bert.hidden_size;
    out[i].ids = inputs[i].ids;
    out[i].values.assign(states, states + out[i].ids.size() * static_cast<size_t>(out[i].dim));
  }));
  for (const TokenVectors& text : out) FN_RETURN_IF_ERROR(CheckFinite(text.values));
  return out;
}

absl::Status BertTextEncoder::CheckOffered(absl::Span<const EncoderOutput> wanted) const {
  for (const EncoderOutput output : wanted) {
    if (absl::c_linear_search(outputs_, output)) continue;
    return absl::InvalidArgumentError(absl::StrCat(
        "the model ", fingerprint_, " has no ", EncoderOutputName(output), " output; it gives ",
        absl::StrJoin(outputs_, ", ", [](std::string* s, EncoderOutput known) {
          absl::StrAppend(s, EncoderOutputName(known));
        })));
  }
  return absl::OkStatus();
}

TextOutputs BertTextEncoder::MakeOutputs(absl::Span<const EncoderOutput> wanted,
                                         absl::Span<const int32_t> ids, const float* states) const {
  TextOutputs out;
  for (const EncoderOutput output : wanted) {
    switch (output) {
      case EncoderOutput::kDense:
        out.dense.resize(static_cast<size_t>(dim()));
        pooling_.Apply(states, static_cast<int64_t>(ids.size()), out.dense.data());
        break;
      case EncoderOutput::kSparse:
        out.lexical_weights = heads_.LexicalWeights(ids, states);
        break;
      case EncoderOutput::kColbert:
        out.colbert = heads_.ColbertVectors(ids, states);
        break;
    }
  }
  return out;
}

absl::StatusOr<std::vector<TextOutputs>> BertTextEncoder::Encode(
    absl::Span<const absl::string_view> texts, absl::Span<const EncoderOutput> wanted,
    const std::function<bool()>& cancelled) const {
  FN_RETURN_IF_ERROR(CheckOffered(wanted));
  if (cancelled()) return absl::CancelledError("encoding was cancelled");
  std::vector<TextOutputs> out(texts.size());
  const std::vector<EncoderInput> inputs = Tokenize(prompts_.passage, texts);
  FN_RETURN_IF_ERROR(runner_.Run(inputs, cancelled, [&](size_t i, const float* states) {
    out[i] = MakeOutputs(wanted, inputs[i].ids, states);
  }));
  for (const TextOutputs& text : out) {
    FN_RETURN_IF_ERROR(CheckFinite(text.dense));
    FN_RETURN_IF_ERROR(CheckFinite(text.colbert.values));
    for (const TokenWeight& token : text.lexical_weights) {
      FN_RETURN_IF_ERROR(CheckFinite({&token.weight, 1}));
    }
  }
  return out;
}

// One text by itself: what an embedder is calibrated with.
EncoderInput SingleText(const EncoderModel& model, absl::string_view text,
                        absl::string_view /*next*/) {
  EncoderInput input;
  input.ids = model.tokenizer->Encode(text, model.config.max_seq_length);
  input.second_begins = static_cast<int64_t>(input.ids.size());
  return input;
}

// What else than weights and tokenizer can change a vector.
void AppendSettings(const ModelConfig& config, const SentencePooling& pooling,
                    const TokenHeads& heads, const Prompts& prompts, std::string* fingerprint) {
  if (config.pooling == Pooling::kCls) absl::StrAppend(fingerprint, "/cls");
  if (config.do_lower_case) absl::StrAppend(fingerprint, "/lower");
  absl::StrAppend(fingerprint, pooling.dense_fingerprint(), heads.fingerprint());
  if (prompts.query.empty() && prompts.passage.empty()) return;
  absl::StrAppend(
      fingerprint, "/",
      kernels::HexHash128(absl::StrCat(prompts.query.size(), ":", prompts.query, prompts.passage)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<const TextEncoder>> LoadTextEncoder(const std::string& model_dir,
                                                                   const EncoderOptions& options) {
  FN_ASSIGN_OR_RETURN(EncoderModel model, LoadEncoder(model_dir, options, &SingleText));
  FN_ASSIGN_OR_RETURN(SentencePooling pooling, SentencePooling::Load(model_dir, model.config));
  FN_ASSIGN_OR_RETURN(TokenHeads heads,
                      TokenHeads::Load(model_dir, model.config, model.tokenizer->special()));
  Prompts prompts = model.config.prompts;
  if (options.query_prefix.has_value()) prompts.query = *options.query_prefix;
  if (options.passage_prefix.has_value()) prompts.passage = *options.passage_prefix;
  AppendSettings(model.config, pooling, heads, prompts, &model.fingerprint);
  return std::make_unique<const BertTextEncoder>(
      std::move(model), std::move(pooling), std::move(heads), std::move(prompts), options.threads);
}

}  // namespace footnote::transformer
