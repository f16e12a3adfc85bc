#ifndef FOOTNOTE_SERVICES_DOWNLOAD_PULLER_H_
#define FOOTNOTE_SERVICES_DOWNLOAD_PULLER_H_

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "services/download/http_client.h"

namespace footnote::services {

struct PullOptions {
  std::string id;  // "ORG/NAME"
  std::string revision = "main";
  std::string dir;  // where the files go; made if it isn't there
  // Weights in pickles too. Footnote's own reader of them runs nothing, but
  // other programs' do.
  bool allow_pickle = false;
  // Shell patterns such as "*Q4_K_M.gguf" of which a file's name must match one;
  // empty: every file that a model needs.
  std::vector<std::string> only;
  // http.server is the mirror.
  HttpClientOptions http;
  // How often a broken transfer of one file is taken up again without a byte of
  // progress, and how long to wait before the first time; each further one
  // doubles it.
  int attempts = 5;
  double first_wait_seconds = 0.5;
};

struct PullProgress {
  std::string file;
  uint64_t files_done = 0;
  uint64_t files_total = 0;
  uint64_t bytes_done = 0;  // with what was there already
  uint64_t bytes_total = 0;
  uint64_t bytes_fetched = 0;  // over the network, in this call
  double seconds = 0;
};

struct PulledFile {
  std::string name;
  uint64_t bytes = 0;
  bool was_there = false;  // whole and with the right digest
};

struct PullResult {
  std::string dir;
  std::string commit;  // or the revision, where the server names no commit
  std::vector<PulledFile> files;
  uint64_t bytes_fetched = 0;
  std::vector<std::string> pickles;  // not taken
  std::vector<std::string> others;   // not taken
};

// Downloads a model repository. Each file is written as FILE.part, continued
// there after a break or by a later call, compared with the size and digest that
// the server lists, and renamed. Files that are there and right are left alone.
//
// `progress` is called some times a second; it returns false to stop.
//
// Errors: InvalidArgument (a wrong name; the server lists a path outside the
// repository), NotFound (repository, revision, no matching file), PermissionDenied
// (a token is needed or doesn't suffice), FailedPrecondition (the weights are
// there only as pickles; another process downloads to the same folder),
// DataLoss (digest or size are wrong after all), ResourceExhausted (not enough
// disk), Unavailable (no connection), Cancelled.
absl::StatusOr<PullResult> Pull(const PullOptions& options,
                                const std::function<bool(const PullProgress&)>& progress);

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_DOWNLOAD_PULLER_H_
