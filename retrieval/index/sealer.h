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
// searched and written. Where there isn't the memory for one, the rows go on being
// compared by their vectors, and the next Wake() tries again.
class Sealer {
 public:
  using States = std::vector<std::shared_ptr<const CollectionState>>;

  // Calls from its thread: `states` gives the newest state of every collection;
  // `publish` makes a segment of the collection `name` part of its newest state,
  // or drops it if that has another lineage.
  Sealer(const VectorIndexOptions& options, std::function<States()> states,
         std::function<void(const std::string& name, uint64_t lineage,
                            std::shared_ptr<const VectorSegment>)>
             publish);
  // Ends what is being built.
  ~Sealer();
  Sealer(const Sealer&) = delete;
  Sealer& operator=(const Sealer&) = delete;

  // There may be something to build. Thread-safe; doesn't wait.
  void Wake();

 private:
  void Run();
  // Whether something was built.
  bool Step();

  const VectorIndexOptions options_;
  const std::function<States()> states_;
  const std::function<void(const std::string&, uint64_t, std::shared_ptr<const VectorSegment>)>
      publish_;
  std::mutex mu_;
  std::condition_variable woken_;
  bool wanted_ = true;  // under mu_
  std::atomic<bool> stop_{false};
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace footnote::retrieval

#endif  // FOOTNOTE_RETRIEVAL_INDEX_SEALER_H_
