#ifndef FOOTNOTE_GENERATOR_RUNNER_CHANNEL_H_
#define FOOTNOTE_GENERATOR_RUNNER_CHANNEL_H_

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "generator/runner/generation.h"

namespace footnote::generator {

// Between the runner's thread, which writes, and a generation's reader. What is
// written but not yet read is bounded by the request's max_tokens, so that a slow
// reader holds nobody up. Thread-safe.
class Channel {
 public:
  // The writer's side.
  void Write(Piece piece);
  // The first end counts.
  void End(absl::StatusOr<Finish> finish);
  bool given_up() const { return given_up_.load(std::memory_order_relaxed); }

  // The reader's side; see Generation.
  void GiveUp() { given_up_.store(true, std::memory_order_relaxed); }
  absl::StatusOr<Finish> Read(absl::Time deadline, const PieceCallback& on_piece,
                              const std::function<bool()>& cancelled);

 private:
  std::atomic<bool> given_up_{false};
  std::mutex mu_;
  std::condition_variable changed_;
  std::deque<Piece> pieces_;
  std::optional<absl::StatusOr<Finish>> end_;
};

// Reads `channel`; gives up when it is destroyed.
std::unique_ptr<Generation> MakeGeneration(std::shared_ptr<Channel> channel, absl::Time deadline);

}  // namespace footnote::generator

#endif  // FOOTNOTE_GENERATOR_RUNNER_CHANNEL_H_
