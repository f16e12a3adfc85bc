#include "transformer/text_encoder.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <filesystem>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/hash.h"
#include "kernels/base/status_macros.h"
#include "kernels/base/thread_pool.h"
#include "transformer/encoder/bert_encoder.h"
#include "transformer/encoder/bert_weights.h"
#include "transformer/encoder/calibration.h"
#include "transformer/model/model_config.h"
#include "transformer/text/case.h"
#include "transformer/tokenizer/tokenizer.h"
#include "transformer/weights/weight_file.h"

namespace footnote::transformer {
namespace {

// Tokens that one forward pass takes, unless a single text has more: enough for
// whole tiles, few enough that a layer's values stay in the caches.
constexpr size_t kBatchTokens = 256;

absl::string_view PrecisionName(Precision precision) {
  switch (precision) {
    case Precision::kFloat32:
      return "float32";
    case Precision::kBfloat16:
      return "bfloat16";
    case Precision::kInt8:
      return "int8";
  }
  return "unknown";
}

// Texts [begin, end) that go through the model together.
struct Group {
  size_t begin;
  size_t end;
};

std::vector<Group> MakeGroups(const std::vector<std::vector<int32_t>>& ids) {
  std::vector<Group> groups;
  size_t tokens = 0;
  for (size_t i = 0; i < ids.size(); ++i) {
    if (groups.empty() || tokens + ids[i].size() > kBatchTokens) {
      groups.push_back({i, i});
      tokens = 0;
    }
    tokens += ids[i].size();
    groups.back().end = i + 1;
  }
  return groups;
}

// One row of hidden states per token to one unit vector.
void Pool(Pooling pooling, const float* states, int64_t tokens, int64_t dim, float* out) {
  const int64_t used = pooling == Pooling::kCls ? 1 : tokens;
  for (int64_t t = 0; t < used; ++t) {
    for (int64_t i = 0; i < dim; ++i) out[i] += states[t * dim + i];
  }
  double squares = 0;
  for (int64_t i = 0; i < dim; ++i) {
    out[i] /= static_cast<float>(used);
    squares += static_cast<double>(out[i]) * out[i];
  }
  const float inverse = static_cast<float>(1 / std::max(std::sqrt(squares), 1e-12));
  for (int64_t i = 0; i < dim; ++i) out[i] *= inverse;
}

class TextEncoder : public Embedder {
 public:
  TextEncoder(const ModelConfig& config, std::unique_ptr<const Tokenizer> tokenizer,
              std::unique_ptr<const BertEncoder> encoder, std::string fingerprint, int threads)
      : config_(config),
        tokenizer_(std::move(tokenizer)),
        encoder_(std::move(encoder)),
        fingerprint_(std::move(fingerprint)),
        pool_(threads) {}

  absl::StatusOr<Embeddings> Embed(absl::Span<const absl::string_view> texts,
                                   const std::function<bool()>& cancelled) const override;

  int CountTokens(absl::string_view text) const override {
    return config_.do_lower_case ? tokenizer_->CountTokens(ToLower(text))
                                 : tokenizer_->CountTokens(text);
  }
  int dim() const override { return config_.bert.hidden_size; }
  int max_tokens() const override { return config_.max_seq_length; }
  const std::string& fingerprint() const override { return fingerprint_; }

 private:
  std::vector<int32_t> Tokenize(absl::string_view text) const {
    if (!config_.do_lower_case) return tokenizer_->Encode(text, config_.max_seq_length);
    return tokenizer_->Encode(ToLower(text), config_.max_seq_length);
  }

  void EmbedGroup(const std::vector<std::vector<int32_t>>& ids, const Group& group,
                  BertScratch* scratch, Embeddings* out) const;

  // Scratch space is kept between calls: fresh memory costs more than some ops.
  std::unique_ptr<BertScratch> TakeScratch() const;
  void GiveScratch(std::unique_ptr<BertScratch> scratch) const;

  const ModelConfig config_;
  const std::unique_ptr<const Tokenizer> tokenizer_;
  const std::unique_ptr<const BertEncoder> encoder_;
  const std::string fingerprint_;
  mutable kernels::ThreadPool pool_;
  mutable std::mutex mu_;
  mutable std::vector<std::unique_ptr<BertScratch>> spare_;
};

std::unique_ptr<BertScratch> TextEncoder::TakeScratch() const {
  std::lock_guard<std::mutex> lock(mu_);
  if (spare_.empty()) return std::make_unique<BertScratch>();
  std::unique_ptr<BertScratch> scratch = std::move(spare_.back());
  spare_.pop_back();
  return scratch;
}

void TextEncoder::GiveScratch(std::unique_ptr<BertScratch> scratch) const {
  std::lock_guard<std::mutex> lock(mu_);
  if (static_cast<int>(spare_.size()) < 2 * pool_.threads()) spare_.push_back(std::move(scratch));
}

void TextEncoder::EmbedGroup(const std::vector<std::vector<int32_t>>& ids, const Group& group,
                             BertScratch* scratch, Embeddings* out) const {
  TokenBatch batch;
  for (size_t i = group.begin; i < group.end; ++i) {
    batch.ids.insert(batch.ids.end(), ids[i].begin(), ids[i].end());
    batch.lengths.push_back(static_cast<int64_t>(ids[i].size()));
  }
  const float* states = encoder_->Forward(batch, scratch);
  for (size_t i = group.begin; i < group.end; ++i) {
    Pool(config_.pooling, states, batch.lengths[i - group.begin], out->dim,
         out->values.data() + i * out->dim);
    states += batch.lengths[i - group.begin] * out->dim;
  }
}

absl::StatusOr<Embeddings> TextEncoder::Embed(absl::Span<const absl::string_view> texts,
                                              const std::function<bool()>& cancelled) const {
  if (cancelled()) return absl::CancelledError("embedding was cancelled");
  Embeddings out;
  out.rows = static_cast<int>(texts.size());
  out.dim = dim();
  out.values.resize(texts.size() * static_cast<size_t>(out.dim));
  std::vector<std::vector<int32_t>> ids(texts.size());
  pool_.ParallelFor(static_cast<int64_t>(texts.size()), 8, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) ids[i] = Tokenize(texts[i]);
  });
  const std::vector<Group> groups = MakeGroups(ids);
  std::atomic<size_t> next{0};
  std::atomic<bool> stop{false};
  const std::thread::id caller = std::this_thread::get_id();
  // Each worker takes the next group until none is left. Only the caller's thread
  // asks whether to stop: `cancelled` need not be thread-safe.
  const int64_t workers = std::min<int64_t>(pool_.threads(), static_cast<int64_t>(groups.size()));
  pool_.ParallelFor(workers, 1, [&](int64_t, int64_t) {
    std::unique_ptr<BertScratch> scratch = TakeScratch();
    for (size_t g = next++; g < groups.size() && !stop; g = next++) {
      EmbedGroup(ids, groups[g], scratch.get(), &out);
      if (std::this_thread::get_id() == caller && cancelled()) stop = true;
    }
    GiveScratch(std::move(scratch));
  });
  if (stop) return absl::CancelledError("embedding was cancelled");
  // Finite weights can still overflow on the way.
  if (!std::all_of(out.values.begin(), out.values.end(),
                   [](float v) { return std::isfinite(v); })) {
    return absl::InternalError(absl::StrCat(
        "the model ", fingerprint_,
        " gave a vector that isn't of finite numbers; its weights are unusable at this precision"));
  }
  return out;
}

absl::Status CheckVocabulary(const ModelConfig& config, const Tokenizer& tokenizer,
                             const std::string& model_dir) {
  if (tokenizer.vocab_size() > config.bert.vocab_size) {
    return absl::InvalidArgumentError(
        absl::StrCat(model_dir, ": the tokenizer has ", tokenizer.vocab_size(),
                     " tokens, but config.json says vocab_size ", config.bert.vocab_size));
  }
  if (config.max_seq_length < tokenizer.SpecialCount() + 1) {
    return absl::InvalidArgumentError(absl::StrCat(model_dir, ": max_seq_length ",
                                                   config.max_seq_length,
                                                   " leaves no room for a token of the text"));
  }
  return absl::OkStatus();
}

absl::Status CheckPrecision(const BertConfig& config, Precision precision,
                            const std::string& model_dir) {
  const int multiple = precision == Precision::kInt8       ? 4
                       : precision == Precision::kBfloat16 ? 2
                                                           : 1;
  if (config.hidden_size % multiple == 0 && config.intermediate_size % multiple == 0) {
    return absl::OkStatus();
  }
  return absl::UnimplementedError(
      absl::StrCat(model_dir, ": precision ", PrecisionName(precision),
                   " needs hidden_size and intermediate_size to be multiples of ", multiple,
                   "; load this model with float32"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<const Embedder>> LoadTextEncoder(const std::string& model_dir,
                                                                const EncoderOptions& options) {
  FN_ASSIGN_OR_RETURN(const ModelConfig config, LoadModelConfig(model_dir));
  FN_RETURN_IF_ERROR(CheckPrecision(config.bert, options.precision, model_dir));
  FN_ASSIGN_OR_RETURN(std::unique_ptr<const Tokenizer> tokenizer, LoadTokenizer(model_dir));
  FN_RETURN_IF_ERROR(CheckVocabulary(config, *tokenizer, model_dir));
  FN_ASSIGN_OR_RETURN(const std::unique_ptr<const WeightFile> file, OpenWeights(model_dir));
  FN_ASSIGN_OR_RETURN(const BertWeights weights, ReadBertWeights(config.bert, *file));
  const kernels::CpuLevel level = kernels::ActiveCpuLevel();
  BertEncoder::Statistics statistics;
  const bool quantized = options.precision == Precision::kInt8;
  if (quantized) {
    statistics = Calibrate(config.bert, weights, *tokenizer, config.max_seq_length, level);
  }
  auto encoder = std::make_unique<const BertEncoder>(config.bert, weights, options.precision, level,
                                                     quantized ? &statistics : nullptr);
  const std::string name = std::filesystem::path(model_dir).lexically_normal().filename().string();
  std::string fingerprint =
      absl::StrCat(name, "/", file->ContentHash(), "/", tokenizer->content_hash(), "/",
                   config.max_seq_length, "/", PrecisionName(options.precision));
  if (quantized) absl::StrAppend(&fingerprint, ".", kCalibrationVersion);
  // What else sentence-transformers' files can change.
  if (config.pooling == Pooling::kCls) absl::StrAppend(&fingerprint, "/cls");
  if (config.do_lower_case) absl::StrAppend(&fingerprint, "/lower");
  return std::make_unique<const TextEncoder>(config, std::move(tokenizer), std::move(encoder),
                                             std::move(fingerprint), options.threads);
}

}  // namespace footnote::transformer
