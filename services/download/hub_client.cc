#include "services/download/hub_client.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "kernels/base/status_macros.h"

namespace footnote::services {
namespace {

constexpr size_t kMaxListBytes = size_t{64} << 20;
constexpr int kMaxPages = 100;
constexpr size_t kMaxShownBytes = 300;

struct Page {
  std::string body;
  std::string next;
};

absl::StatusOr<Page> GetJson(HttpClient& http, const std::string& url, const std::string& what,
                             const std::function<bool()>& cancelled) {
  Page page;
  HttpGet get;
  get.url = url;
  get.cancelled = cancelled;
  get.on_bytes = [&page](absl::string_view bytes) {
    if (page.body.size() + bytes.size() > kMaxListBytes) {
      return absl::DataLossError("the server's list of files has no end");
    }
    page.body.append(bytes.data(), bytes.size());
    return absl::OkStatus();
  };
  FN_ASSIGN_OR_RETURN(const HttpAnswer answer, http.Get(get));
  FN_RETURN_IF_ERROR(StatusOfAnswer(answer, what));
  const auto link = answer.headers.find("link");
  if (link != answer.headers.end()) page.next = NextPage(link->second);
  return page;
}

std::string ApiUrl(const std::string& mirror, const std::string& id, absl::string_view kind,
                   const std::string& revision) {
  return absl::StrCat(absl::StripSuffix(mirror, "/"), "/api/models/", PercentEncode(id, true), "/",
                      kind, "/", PercentEncode(revision, false));
}

}  // namespace

absl::Status StatusOfAnswer(const HttpAnswer& answer, const std::string& what) {
  if (answer.status >= 200 && answer.status < 300) return absl::OkStatus();
  std::string said;
  const auto message = answer.headers.find("x-error-message");
  if (message != answer.headers.end()) {
    said = absl::StrCat(" (\"", message->second.substr(0, kMaxShownBytes), "\")");
  }
  switch (answer.status) {
    case 401:
      return absl::PermissionDeniedError(
          absl::StrCat(what, ": the server wants a token (HTTP 401)", said,
                       ". Either there is no such repository, or it isn't public: set "
                       "models.token_file or --token-file"));
    case 403:
      return absl::PermissionDeniedError(
          absl::StrCat(what, ": the server refuses it (HTTP 403)", said,
                       ". The token must be allowed to read it, and for some models their "
                       "licence must be accepted on the server's web page first"));
    case 404:
      return absl::NotFoundError(absl::StrCat(what, ": the server has no such thing (HTTP 404)",
                                              said, ". Check the name and the revision"));
    case 416:
      return absl::OutOfRangeError(absl::StrCat(what, ": no such range (HTTP 416)"));
    case 408:
    case 429:
      return absl::UnavailableError(absl::StrCat(what, ": the server is asked too often (HTTP ",
                                                 answer.status, ")", said, ". Try again later"));
    default:
      break;
  }
  const std::string text = absl::StrCat(what, ": the server answers HTTP ", answer.status, said);
  return answer.status >= 500 ? absl::UnavailableError(text) : absl::DataLossError(text);
}

std::string FileUrl(const std::string& mirror, const std::string& id, const std::string& commit,
                    const std::string& name) {
  return absl::StrCat(absl::StripSuffix(mirror, "/"), "/", PercentEncode(id, true), "/resolve/",
                      PercentEncode(commit, false), "/", PercentEncode(name, true));
}

absl::StatusOr<HubListing> ListRepository(HttpClient& http, const std::string& mirror,
                                          const std::string& id, const std::string& revision,
                                          const std::function<bool()>& cancelled) {
  const std::string what = absl::StrCat(id, " at ", revision);
  FN_ASSIGN_OR_RETURN(const Page first,
                      GetJson(http, ApiUrl(mirror, id, "revision", revision), what, cancelled));
  FN_ASSIGN_OR_RETURN(const HubRevision found, ParseRevision(first.body));
  HubListing out;
  // From here on the commit, so that all files are of one state.
  out.commit = found.commit.empty() ? revision : found.commit;

  FN_ASSIGN_OR_RETURN(const std::string origin, UrlOrigin(mirror));
  std::string url = absl::StrCat(ApiUrl(mirror, id, "tree", out.commit), "?recursive=true");
  for (int pages = 0; !url.empty(); ++pages) {
    if (pages == kMaxPages) return absl::DataLossError("the server's list of files has no end");
    FN_ASSIGN_OR_RETURN(const Page page, GetJson(http, url, what, cancelled));
    FN_ASSIGN_OR_RETURN(std::vector<HubFile> files, ParseTree(page.body));
    std::move(files.begin(), files.end(), std::back_inserter(out.files));
    url = page.next;
    if (url.empty()) break;
    FN_ASSIGN_OR_RETURN(const std::string next_origin, UrlOrigin(url));
    if (next_origin != origin) {
      return absl::DataLossError(
          absl::StrCat("the server's list of files goes on at another server, ", next_origin));
    }
  }

  // Only what both lists have: the tree may hold submodules' files and the like.
  const std::set<std::string> listed(found.files.begin(), found.files.end());
  std::set<std::string> seen;
  for (const HubFile& file : out.files) {
    if (!seen.insert(file.name).second) {
      return absl::DataLossError(absl::StrCat("the server lists \"", file.name, "\" twice"));
    }
  }
  for (const std::string& name : listed) {
    if (seen.count(name) == 0) {
      return absl::DataLossError(
          absl::StrCat("the server gives no size and digest for \"", name, "\""));
    }
  }
  out.files.erase(
      std::remove_if(out.files.begin(), out.files.end(),
                     [&listed](const HubFile& file) { return listed.count(file.name) == 0; }),
      out.files.end());
  return out;
}

}  // namespace footnote::services
