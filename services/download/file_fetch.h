#ifndef FOOTNOTE_SERVICES_DOWNLOAD_FILE_FETCH_H_
#define FOOTNOTE_SERVICES_DOWNLOAD_FILE_FETCH_H_

#include <cstdint>
#include <functional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "services/download/http_client.h"
#include "services/download/hub.h"

namespace footnote::services {

struct FileFetch {
  std::string url;
  std::string path;  // where the file goes; its folder exists
  HubFile file;
  int attempts = 5;
  double first_wait_seconds = 0.5;
  // Told how many bytes of the file are there, and how many of them came over
  // the network since the last call.
  std::function<void(uint64_t there, uint64_t fetched)> on_progress;
  std::function<bool()> cancelled;
};

// Whether `path` has the file's size and digest. Errors: those of reading.
absl::StatusOr<bool> IsWholeFile(const HubFile& file, const std::string& path);

// Downloads a file to PATH.part, from where an earlier call left it, checks its
// size and digest, and renames it. After an error PATH.part stays for the next
// call, unless its digest was wrong. Errors: as Pull in puller.h.
absl::Status FetchFile(HttpClient& http, const FileFetch& fetch);

}  // namespace footnote::services

#endif  // FOOTNOTE_SERVICES_DOWNLOAD_FILE_FETCH_H_
