#include "transformer/encoder/packed_runner.h"

#include <algorithm>
#include <atomic>
#include <thread>
#include <utility>

namespace footnote::transformer {
namespace {

// Tokens that one forward pass takes, unless a single text has more: enough for
// whole tiles, few enough that a layer's values stay in the caches.
constexpr size_t kBatchTokens = 256;

}  // namespace

std::vector<PackedRunner::Group> PackedRunner::MakeGroups(const std::vector<EncoderInput>& inputs) {
  std::vector<Group> groups;
  size_t tokens = 0;
  for (size_t i = 0; i < inputs.size(); ++i) {
    if (groups.empty() || tokens + inputs[i].ids.size() > kBatchTokens) {
      groups.push_back({i, i});
      tokens = 0;
    }
    tokens += inputs[i].ids.size();
    groups.back().end = i + 1;
  }
  return groups;
}

std::unique_ptr<BertScratch> PackedRunner::TakeScratch() const {
  std::lock_guard<std::mutex> lock(mu_);
  if (spare_.empty()) return std::make_unique<BertScratch>();
  std::unique_ptr<BertScratch> scratch = std::move(spare_.back());
  spare_.pop_back();
  return scratch;
}

void PackedRunner::GiveScratch(std::unique_ptr<BertScratch> scratch) const {
  std::lock_guard<std::mutex> lock(mu_);
  if (static_cast<int>(spare_.size()) < 2 * pool_.threads()) spare_.push_back(std::move(scratch));
}

void PackedRunner::RunGroup(const std::vector<EncoderInput>& inputs, const Group& group,
                            BertScratch* scratch, const Sink& sink) const {
  TokenBatch batch;
  for (size_t i = group.begin; i < group.end; ++i) {
    batch.ids.insert(batch.ids.end(), inputs[i].ids.begin(), inputs[i].ids.end());
    batch.lengths.push_back(static_cast<int64_t>(inputs[i].ids.size()));
    batch.second_begins.push_back(inputs[i].second_begins);
  }
  const float* states = encoder_->Forward(batch, scratch);
  for (size_t i = group.begin; i < group.end; ++i) {
    sink(i, states);
    states += batch.lengths[i - group.begin] * encoder_->config().hidden_size;
  }
}

absl::Status PackedRunner::Run(const std::vector<EncoderInput>& inputs,
                               const std::function<bool()>& cancelled, const Sink& sink) const {
  const std::vector<Group> groups = MakeGroups(inputs);
  std::atomic<size_t> next{0};
  std::atomic<bool> stop{false};
  const std::thread::id caller = std::this_thread::get_id();
  // Each worker takes the next group until none is left. Only the caller's thread
  // asks whether to stop: `cancelled` need not be thread-safe.
  const int64_t workers = std::min<int64_t>(pool_.threads(), static_cast<int64_t>(groups.size()));
  pool_.ParallelFor(workers, 1, [&](int64_t, int64_t) {
    std::unique_ptr<BertScratch> scratch = TakeScratch();
    for (size_t g = next++; g < groups.size() && !stop; g = next++) {
      RunGroup(inputs, groups[g], scratch.get(), sink);
      if (std::this_thread::get_id() == caller && cancelled()) stop = true;
    }
    GiveScratch(std::move(scratch));
  });
  return stop ? absl::CancelledError("encoding was cancelled") : absl::OkStatus();
}

void PackedRunner::ParallelFor(size_t n, const std::function<void(size_t i)>& fn) const {
  pool_.ParallelFor(static_cast<int64_t>(n), 8, [&](int64_t begin, int64_t end) {
    for (int64_t i = begin; i < end; ++i) fn(static_cast<size_t>(i));
  });
}

}  // namespace footnote::transformer
