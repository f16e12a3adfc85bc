#include "services/download/file_fetch.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <thread>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "kernels/base/status_macros.h"
#include "services/download/digest.h"
#include "services/download/hub_client.h"
#include "services/download/part_file.h"

namespace footnote::services {
namespace {

constexpr double kMaxWaitSeconds = 30;

DigestKind KindOf(const HubFile& file) {
  return file.sha256.empty() ? DigestKind::kGitBlob : DigestKind::kSha256;
}
const std::string& DigestOf(const HubFile& file) {
  return file.sha256.empty() ? file.git_blob : file.sha256;
}

// The first byte of "bytes 100-199/200".
bool ParseContentRange(absl::string_view text, uint64_t* first) {
  if (!absl::ConsumePrefix(&text, "bytes ")) return false;
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits('-', 1));
  return absl::SimpleAtoi(parts.first, first);
}

// Compares what the server is about to send with what is there and wanted.
absl::Status BeginBody(const HttpAnswer& answer, const HubFile& file, PartFile& part) {
  if (answer.status == 206) {
    uint64_t first = 0;
    const auto range = answer.headers.find("content-range");
    if (range == answer.headers.end() || !ParseContentRange(range->second, &first) ||
        first != part.bytes()) {
      return absl::DataLossError(
          absl::StrCat(file.name, ": the server sends another part than was asked for"));
    }
    return absl::OkStatus();
  }
  if (part.bytes() > 0) FN_RETURN_IF_ERROR(part.Restart());  // it knows no ranges
  uint64_t length = 0;
  const auto header = answer.headers.find("content-length");
  if (header != answer.headers.end() && absl::SimpleAtoi(header->second, &length) &&
      length != file.bytes) {
    return absl::DataLossError(
        absl::StrCat(file.name, ": the server lists ", file.bytes, " bytes and sends ", length));
  }
  return absl::OkStatus();
}

// One request for what is missing. Unavailable: it is worth trying again.
absl::Status FetchRest(HttpClient& http, const FileFetch& fetch, PartFile& part) {
  HttpGet get;
  get.url = fetch.url;
  get.from = part.bytes();
  get.cancelled = fetch.cancelled;
  get.on_begin = [&](const HttpAnswer& answer) { return BeginBody(answer, fetch.file, part); };
  get.on_bytes = [&](absl::string_view bytes) {
    if (bytes.size() > fetch.file.bytes - part.bytes()) {
      return absl::DataLossError(absl::StrCat(fetch.file.name, ": the server sends more than the ",
                                              fetch.file.bytes, " bytes that it lists"));
    }
    FN_RETURN_IF_ERROR(part.Append(bytes));
    if (fetch.on_progress) fetch.on_progress(part.bytes(), bytes.size());
    return absl::OkStatus();
  };
  FN_ASSIGN_OR_RETURN(const HttpAnswer answer, http.Get(get));
  if (answer.status == 416 && part.bytes() > 0) {
    FN_RETURN_IF_ERROR(part.Restart());
    return absl::UnavailableError(absl::StrCat(fetch.file.name, ": the server has no such range"));
  }
  FN_RETURN_IF_ERROR(StatusOfAnswer(answer, fetch.file.name));
  if (part.bytes() == fetch.file.bytes) return absl::OkStatus();
  return absl::UnavailableError(absl::StrCat(fetch.file.name, ": the connection ended after ",
                                             part.bytes(), " of ", fetch.file.bytes, " bytes"));
}

// Whether the wait was not cut short.
bool Wait(double seconds, const std::function<bool()>& cancelled) {
  const auto until = std::chrono::steady_clock::now() + std::chrono::duration<double>(seconds);
  while (std::chrono::steady_clock::now() < until) {
    if (cancelled && cancelled()) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  return true;
}

// FetchRest until all is there, through broken connections.
absl::Status FetchAll(HttpClient& http, const FileFetch& fetch, PartFile& part) {
  int failures = 0;
  while (part.bytes() < fetch.file.bytes) {
    const uint64_t before = part.bytes();
    absl::Status status = FetchRest(http, fetch, part);
    if (status.ok()) break;
    if (!absl::IsUnavailable(status)) return status;
    failures = part.bytes() > before ? 1 : failures + 1;
    if (failures >= fetch.attempts) {
      return absl::UnavailableError(
          absl::StrCat(status.message(), " (tried ", failures,
                       " times; what is there stays, run it again to go on)"));
    }
    const double wait = fetch.first_wait_seconds * (1 << std::min(failures - 1, 10));
    if (!Wait(std::min(wait, kMaxWaitSeconds), fetch.cancelled)) {
      return absl::CancelledError("stopped");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<bool> IsWholeFile(const HubFile& file, const std::string& path) {
  FN_ASSIGN_OR_RETURN(const std::string digest, FileDigest(KindOf(file), path));
  return digest == DigestOf(file);
}

absl::Status FetchFile(HttpClient& http, const FileFetch& fetch) {
  FN_ASSIGN_OR_RETURN(const auto part,
                      PartFile::Open(fetch.path, KindOf(fetch.file), fetch.file.bytes));
  bool resumed = part->bytes() > 0;
  if (resumed && fetch.on_progress) fetch.on_progress(part->bytes(), 0);
  for (;;) {
    FN_RETURN_IF_ERROR(FetchAll(http, fetch, *part));
    const std::string digest = part->Digest();
    if (digest == DigestOf(fetch.file)) return part->Finish();
    if (!resumed) {
      part->Remove();
      return absl::DataLossError(absl::StrCat(fetch.file.name, " has the digest ", digest,
                                              "; the server lists ", DigestOf(fetch.file),
                                              ". What was downloaded is thrown away"));
    }
    // What an earlier call left was of something else.
    resumed = false;
    FN_RETURN_IF_ERROR(part->Restart());
    if (fetch.on_progress) fetch.on_progress(0, 0);
  }
}

}  // namespace footnote::services
