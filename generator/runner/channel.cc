#include "generator/runner/channel.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/time/clock.h"

namespace footnote::generator {
namespace {

// How often a reader that waits asks whether it is still wanted.
constexpr absl::Duration kPollInterval = absl::Milliseconds(5);

class ChannelGeneration : public Generation {
 public:
  ChannelGeneration(std::shared_ptr<Channel> channel, absl::Time deadline)
      : channel_(std::move(channel)), deadline_(deadline) {}
  ~ChannelGeneration() override { channel_->GiveUp(); }

  absl::StatusOr<Finish> Read(const PieceCallback& on_piece,
                              const std::function<bool()>& cancelled) override {
    absl::StatusOr<Finish> finish = channel_->Read(deadline_, on_piece, cancelled);
    channel_->GiveUp();
    return finish;
  }

 private:
  const std::shared_ptr<Channel> channel_;
  const absl::Time deadline_;
};

}  // namespace

void Channel::Write(Piece piece) {
  {
    const std::lock_guard<std::mutex> lock(mu_);
    pieces_.push_back(std::move(piece));
  }
  changed_.notify_one();
}

void Channel::End(absl::StatusOr<Finish> finish) {
  {
    const std::lock_guard<std::mutex> lock(mu_);
    if (end_.has_value()) return;
    end_ = std::move(finish);
  }
  changed_.notify_one();
}

absl::StatusOr<Finish> Channel::Read(absl::Time deadline, const PieceCallback& on_piece,
                                     const std::function<bool()>& cancelled) {
  std::unique_lock<std::mutex> lock(mu_);
  while (true) {
    while (!pieces_.empty()) {
      const Piece piece = std::move(pieces_.front());
      pieces_.pop_front();
      lock.unlock();
      if (!on_piece(piece)) return absl::CancelledError("the reader wanted no more");
      lock.lock();
    }
    if (end_.has_value()) return *std::move(end_);
    lock.unlock();
    if (cancelled != nullptr && cancelled()) return absl::CancelledError("the call was cancelled");
    if (absl::Now() >= deadline) {
      return absl::DeadlineExceededError("the deadline passed before the text was complete");
    }
    lock.lock();
    if (pieces_.empty() && !end_.has_value()) {
      const absl::Time until = std::min(deadline, absl::Now() + kPollInterval);
      changed_.wait_until(lock, absl::ToChronoTime(until));
    }
  }
}

std::unique_ptr<Generation> MakeGeneration(std::shared_ptr<Channel> channel, absl::Time deadline) {
  return std::make_unique<ChannelGeneration>(std::move(channel), deadline);
}

}  // namespace footnote::generator
