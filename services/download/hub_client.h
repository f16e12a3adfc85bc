#ifndef FOOTNOTE_SERVICES_DOWNLOAD_HUB_CLIENT_H_
#define FOOTNOTE_SERVICES_DOWNLOAD_HUB_CLIENT_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/download/http_client.h"
#include "services/download/hub.h"

namespace footnote::services {

// A repository at one revision.
struct HubListing {
  std::string commit;  // or the revision asked for, where the server names none
  std::vector<HubFile> files;
};

// The files of `id` on the hub at `mirror`, with sizes and digests. Errors: as
// Pull in puller.h.
absl::StatusOr<HubListing> ListRepository(HttpClient& http, const std::string& mirror,
                                          const std::string& id, const std::string& revision,
                                          const std::function<bool()>& cancelled);

// Where a file of a repository is downloaded from.
std::string FileUrl(const std::string& mirror, const std::string& id, const std::string& commit,
                    const std::string& name);

// What an answer's status means: ok for 2xx; else an error that says what to do.
// `what` is what was asked for.
absl::Status StatusOfAnswer(const HttpAnswer& answer, const std::string& what);

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_DOWNLOAD_HUB_CLIENT_H_
