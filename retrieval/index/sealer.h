#ifndef FOOTNOTE_RETRIEVAL_INDEX_SEALER_H_
#define FOOTNOTE_RETRIEVAL_INDEX_SEALER_H_

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "retrieval/index/collection_state.h"
#include "retrieval/index/vector_index_options.h"
#include "retrieval/index/vector_segment.h"

namespace footnote::retrieval {

// The thread that builds segments of the collections' vectors while they are
// searched and written, and has them written to files: a graph at once, the others
// when nothing is left to build. Where there isn't the memory for one, the rows go on
// being compared by their vectors, and the next Wake() tries again.
class Sealer {
 public:
  using States = std::vector<std::shared_ptr<const CollectionState>>;

  struct Calls {
    // The newest state of every collection.
    std::function<States()> states;
    // Makes a segment of the collection `name` part of its newest state, or drops it
    // if that has another lineage.
    std::function<void(const std::string& name, uint64_t lineage,
                       std::shared_ptr<const VectorSegment>)>
        publish;
    // Writes a state's segments to files, unless they are there. True: it did.
    std::function<bool(const CollectionState&, const std::atomic<bool>& stop)> write;
  };
  // Makes the calls from its thread.
  Sealer(const VectorIndexOptions& options, Calls calls);
  // Ends what is being built.
  ~Sealer();
  Sealer(const Sealer&) = delete;
  Sealer& operator=(const Sealer&) = delete;

  // There may be something to build. Thread-safe; doesn't wait.
  void Wake();

 private:
  void Run();
  // Whether something was done.
  bool Step();
  bool Build(const CollectionState& state, const SegmentStep& step);

  const VectorIndexOptions options_;
  const Calls calls_;
  std::mutex mu_;
  std::condition_variable woken_;
  bool wanted_ = true;  // under mu_
  std::atomic<bool> stop_{false};
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_INDEX_SEALER_H_
