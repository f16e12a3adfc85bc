#ifndef FOOTNOTE_TRANSFORMER_ENCODER_PACKED_RUNNER_H_
#define FOOTNOTE_TRANSFORMER_ENCODER_PACKED_RUNNER_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "kernels/base/thread_pool.h"
#include "transformer/encoder/bert_encoder.h"

namespace footnote::transformer {

// One sequence for the encoder.
struct EncoderInput {
  std::vector<int32_t> ids;
  // Where the second of two texts begins; ids.size() where there is but one.
  int64_t second_begins = 0;
};

// Runs an encoder over any number of sequences on a team of threads, several
// sequences packed one after another in each pass. A sequence's states don't
// depend on what it shares a pass with. Thread-safe.
class PackedRunner {
 public:
  PackedRunner(std::unique_ptr<const BertEncoder> encoder, int threads)
      : encoder_(std::move(encoder)), pool_(threads) {}

  // Calls `sink` with the number of each sequence and its last hidden states,
  // [ids, hidden_size], in any order and on any of the threads. `cancelled` is
  // polled between passes, on the caller's thread alone. Errors: Cancelled.
  using Sink = std::function<void(size_t i, const float* states)>;
  absl::Status Run(const std::vector<EncoderInput>& inputs, const std::function<bool()>& cancelled,
                   const Sink& sink) const;

  // fn(i) for i in [0, n), on the team.
  void ParallelFor(size_t n, const std::function<void(size_t i)>& fn) const;

  const BertEncoder& encoder() const { return *encoder_; }

 private:
  // Sequences [begin, end) that go through the encoder together.
  struct Group {
    size_t begin;
    size_t end;
  };
  static std::vector<Group> MakeGroups(const std::vector<EncoderInput>& inputs);
  void RunGroup(const std::vector<EncoderInput>& inputs, const Group& group, BertScratch* scratch,
                const Sink& sink) const;

  // Scratch space is kept between calls: fresh memory costs more than some ops.
  std::unique_ptr<BertScratch> TakeScratch() const;
  void GiveScratch(std::unique_ptr<BertScratch> scratch) const;

  const std::unique_ptr<const BertEncoder> encoder_;
  mutable kernels::ThreadPool pool_;
  mutable std::mutex mu_;
  mutable std::vector<std::unique_ptr<BertScratch>> spare_;
};

}  // namespace footnote::transformer

#endif  // FOOTNOTE_TRANSFORMER_ENCODER_PACKED_RUNNER_H_
