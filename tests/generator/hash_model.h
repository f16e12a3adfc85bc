#ifndef FOOTNOTE_TESTS_GENERATOR_HASH_MODEL_H_
#define FOOTNOTE_TESTS_GENERATOR_HASH_MODEL_H_

#include <atomic>
#include <cmath>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "generator/decoding/philox.h"
#include "kernels/base/hash.h"
#include "tests/generator/byte_tokenizer.h"
#include "transformer/language_model.h"

namespace footnote::generator {

struct HashModelOptions {
  std::vector<std::string> pieces;  // of the tokenizer
  int64_t context = 512;
  int64_t cache_tokens = 4096;
  bool encoder_decoder = false;
  // What it writes in place of chance, byte by byte, and then the end; and how far
  // above chance's logits, which are below 8, that stands.
  std::string script;
  float script_logit = 100;
  // Called at the start of each Forward; its error is Forward's.
  std::function<absl::Status(absl::Span<const transformer::SequenceInput>)> before_step;
};

// A language model for tests, without weights: the logits are a hash of all
// tokens of a sequence and of its adapter. Keeps the books of a cache in blocks,
// and counts what lives. An adapter's hash is the name of its folder; a folder
// "missing" isn't there.
class HashModel : public transformer::LanguageModel {
 public:
  explicit HashModel(HashModelOptions options = {})
      : options_(std::move(options)),
        tokenizer_(options_.pieces),
        free_blocks_(options_.cache_tokens / kernels::kKvBlockTokens) {
    config_.family = "hash";
    config_.vocab_size = tokenizer_.vocab_size();
    config_.context_length = options_.context;
    config_.layers = 1;
    config_.encoder_layers = options_.encoder_decoder ? 1 : 0;
    config_.eos_tokens = {ByteTokenizer::kEos};
    config_.decoder_start_token = ByteTokenizer::kBos;
  }

  const transformer::TransformerConfig& config() const override { return config_; }
  const ByteTokenizer& tokenizer() const override { return tokenizer_; }
  absl::string_view device() const override { return "test"; }
  const transformer::MemoryPlan& memory() const override { return memory_; }
  const std::string& fingerprint() const override { return fingerprint_; }

  absl::StatusOr<std::unique_ptr<transformer::Sequence>> NewSequence() override {
    return std::make_unique<HashSequence>(this);
  }
  absl::StatusOr<std::unique_ptr<transformer::Sequence>> NewSequence(
      absl::Span<const int32_t> source, const transformer::Adapter*) override {
    auto sequence = std::make_unique<HashSequence>(this);
    sequence->source.assign(source.begin(), source.end());
    return sequence;
  }

  absl::StatusOr<transformer::Logits> Forward(
      absl::Span<const transformer::SequenceInput> inputs) override {
    if (options_.before_step != nullptr) {
      const absl::Status status = options_.before_step(inputs);
      if (!status.ok()) return status;
    }
    int64_t blocks = 0;
    for (const transformer::SequenceInput& input : inputs) {
      const auto* sequence = static_cast<const HashSequence*>(input.sequence);
      const int64_t length = sequence->length() + static_cast<int64_t>(input.tokens.size());
      if (length > config_.context_length) {
        return absl::OutOfRangeError(
            absl::StrCat(length, " tokens; the context holds ", config_.context_length));
      }
      blocks += Blocks(length) - Blocks(sequence->length());
    }
    if (blocks > free_blocks_) return absl::ResourceExhaustedError("no cache block is free");
    ++steps;
    transformer::Logits logits;
    logits.vocab_size = config_.vocab_size;
    for (const transformer::SequenceInput& input : inputs) {
      auto* sequence = static_cast<HashSequence*>(input.sequence);
      sequence->Append(input.tokens);
      if (input.logits == transformer::LogitRows::kNone) continue;
      AppendRow(*sequence, input.adapter, &logits);
      if (!options_.script.empty()) Follow(sequence->written++, &logits);
    }
    return logits;
  }

  absl::StatusOr<std::vector<float>> HiddenStates(const transformer::SequenceInput&) override {
    return absl::UnimplementedError("hash");
  }
  absl::StatusOr<std::unique_ptr<const transformer::Adapter>> LoadAdapter(
      const std::string& dir) override {
    if (dir == "missing") return absl::NotFoundError("no such folder: missing");
    return std::make_unique<HashAdapter>(dir);
  }
  int64_t free_tokens() const override { return free_blocks_ * kernels::kKvBlockTokens; }

  std::atomic<int> steps{0};

 private:
  struct HashAdapter : public transformer::Adapter {
    explicit HashAdapter(std::string h) : hash(std::move(h)) {}
    const std::string& content_hash() const override { return hash; }
    const std::string hash;
  };

  struct HashSequence : public transformer::Sequence {
    explicit HashSequence(HashModel* m) : model(m) {}
    ~HashSequence() override { Truncate(0); }
    int64_t length() const override { return static_cast<int64_t>(tokens.size()); }
    void Truncate(int64_t length) override { Resize(length); }
    void Append(absl::Span<const int32_t> more) {
      const int64_t old = length();
      Resize(old + static_cast<int64_t>(more.size()));
      std::copy(more.begin(), more.end(), tokens.begin() + old);
    }
    void Resize(int64_t length) {
      model->free_blocks_ -= Blocks(length) - Blocks(this->length());
      tokens.resize(length);
    }
    HashModel* model;
    std::vector<int32_t> source;
    std::vector<int32_t> tokens;
    size_t written = 0;
  };

  static int64_t Blocks(int64_t tokens) {
    return (tokens + kernels::kKvBlockTokens - 1) / kernels::kKvBlockTokens;
  }

  void AppendRow(const HashSequence& sequence, const transformer::Adapter* adapter,
                 transformer::Logits* logits) const {
    std::string state = adapter == nullptr ? "" : adapter->content_hash();
    for (const auto* ids : {&sequence.source, &sequence.tokens}) {
      state.append(reinterpret_cast<const char*>(ids->data()), ids->size() * sizeof(int32_t));
      state.push_back('|');
    }
    const uint64_t seed = kernels::Hash64(state);
    for (int64_t i = 0; i < config_.vocab_size; ++i) {
      // Printable characters are likely, so that texts can be read.
      const bool printable = i >= ByteTokenizer::kFirstPiece || (i >= ' ' && i <= '~');
      const double logit = 8 * UniformAt(seed, i) + (printable ? 0 : -6);
      logits->values.push_back(static_cast<float>(logit));
    }
    ++logits->rows;
  }

  void Follow(size_t place, transformer::Logits* logits) const {
    const int32_t next = place < options_.script.size()
                             ? static_cast<unsigned char>(options_.script[place])
                             : ByteTokenizer::kEos;
    logits->values[(logits->rows - 1) * logits->vocab_size + next] = options_.script_logit;
  }

  const HashModelOptions options_;
  const ByteTokenizer tokenizer_;
  transformer::TransformerConfig config_;
  transformer::MemoryPlan memory_;
  std::string fingerprint_ = "hash";
  int64_t free_blocks_;
};

}  // namespace footnote::generator

#endif  // FOOTNOTE_TESTS_GENERATOR_HASH_MODEL_H_
