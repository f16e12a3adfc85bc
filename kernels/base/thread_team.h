#ifndef FOOTNOTE_KERNELS_BASE_THREAD_TEAM_H_
#define FOOTNOTE_KERNELS_BASE_THREAD_TEAM_H_

#include <functional>
#include <memory>

namespace footnote::kernels {

// A fixed set of threads that do one thing together, again and again, with
// little time between: the products of one token. Where ThreadPool hands out
// pieces of work, every member of a team runs the same function once and splits
// the work by its number.
//
// A member that has finished watches for the next call for about 50
// microseconds, so that calls in quick succession cost about one; then it
// sleeps, so that an idle server uses no CPU. Where there are more members than
// available CPUs, none of them watches.
class ThreadTeam {
 public:
  // `threads` counts the caller of Run, so 1 starts no thread. Below 1: one per
  // CPU that this process may use.
  explicit ThreadTeam(int threads);
  ~ThreadTeam();
  ThreadTeam(const ThreadTeam&) = delete;
  ThreadTeam& operator=(const ThreadTeam&) = delete;

  int size() const;

  // Calls fn(0) on this thread and fn(1) .. fn(size() - 1) on the others;
  // returns when all have returned. What one member writes, the caller sees.
  // Thread-safe: calls from several threads run one after another. `fn` must not
  // throw and must not call Run of the same team.
  void Run(const std::function<void(int member)>& fn);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace footnote::kernels

#endif  // FOOTNOTE_KERNELS_BASE_THREAD_TEAM_H_
