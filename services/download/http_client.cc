#include "services/download/http_client.h"

#include <curl/curl.h>

#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/memory/memory.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "kernels/base/status_macros.h"

namespace footnote::services {
namespace {

constexpr int kMaxRedirects = 10;
constexpr long kConnectSeconds = 30;
constexpr size_t kMaxHeaderBytes = size_t{1} << 20;

// libcurl's setup for the process.
void InitCurl() {
  static const CURLcode once = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)once;
}

bool IsLoopback(absl::string_view origin) {
  const size_t begin = origin.find("://") + 3;
  const absl::string_view host = origin.substr(begin, origin.rfind(':') - begin);
  const bool is_address = host.find_first_not_of("0123456789.") == absl::string_view::npos;
  return host == "localhost" || host == "[::1]" || (is_address && absl::StartsWith(host, "127."));
}

bool IsRedirect(int status) {
  return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

// One transfer, while libcurl calls back.
struct Transfer {
  const HttpGet* get = nullptr;
  CURL* curl = nullptr;
  HttpAnswer answer;
  size_t header_bytes = 0;
  bool begun = false;
  absl::Status status;

  bool WantsBody() const { return answer.status >= 200 && answer.status < 300; }
  absl::Status Begin() {
    if (begun || !WantsBody()) return absl::OkStatus();
    begun = true;
    return get->on_begin ? get->on_begin(answer) : absl::OkStatus();
  }
};

size_t OnHeader(char* data, size_t one, size_t bytes, void* user) {
  auto* transfer = static_cast<Transfer*>(user);
  const absl::string_view line(data, one * bytes);
  transfer->header_bytes += line.size();
  if (transfer->header_bytes > kMaxHeaderBytes) return 0;
  if (absl::StartsWith(line, "HTTP/")) {  // also after "100 Continue"
    transfer->answer.headers.clear();
    long status = 0;
    curl_easy_getinfo(transfer->curl, CURLINFO_RESPONSE_CODE, &status);
    transfer->answer.status = static_cast<int>(status);
  }
  const size_t colon = line.find(':');
  if (colon != absl::string_view::npos) {
    transfer->answer.headers[absl::AsciiStrToLower(line.substr(0, colon))] =
        std::string(absl::StripAsciiWhitespace(line.substr(colon + 1)));
  }
  return line.size();
}

size_t OnBody(char* data, size_t one, size_t bytes, void* user) {
  auto* transfer = static_cast<Transfer*>(user);
  const absl::string_view body(data, one * bytes);
  if (!transfer->WantsBody()) return body.size();
  transfer->status = transfer->Begin();
  if (transfer->status.ok() && transfer->get->on_bytes) {
    transfer->status = transfer->get->on_bytes(body);
  }
  return transfer->status.ok() ? body.size() : 0;
}

int OnProgress(void* user, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  const auto* transfer = static_cast<const Transfer*>(user);
  return transfer->get->cancelled && transfer->get->cancelled() ? 1 : 0;
}

absl::Status TransferError(CURLcode code, const std::string& url, const char* details) {
  const std::string message =
      absl::StrCat(url, ": ", details[0] != '\0' ? details : curl_easy_strerror(code));
  switch (code) {
    case CURLE_ABORTED_BY_CALLBACK:
      return absl::CancelledError("stopped");
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CERTPROBLEM:
      return absl::FailedPreconditionError(message);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
      return absl::InvalidArgumentError(message);
    default:
      return absl::UnavailableError(message);
  }
}

}  // namespace

struct HttpClient::State {
  HttpClientOptions options;
  std::string origin;
  CURL* curl = nullptr;

  State() = default;
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State() { curl_easy_cleanup(curl); }

  // One request without following redirects; `next` is where it redirects to.
  absl::StatusOr<HttpAnswer> Once(const HttpGet& get, const std::string& url, std::string* next);
};

absl::StatusOr<HttpAnswer> HttpClient::State::Once(const HttpGet& get, const std::string& url,
                                                   std::string* next) {
  FN_ASSIGN_OR_RETURN(const std::string target, UrlOrigin(url));
  Transfer transfer;
  transfer.get = &get;
  transfer.curl = curl;
  transfer.answer.url = url;
  char details[CURL_ERROR_SIZE] = "";
  curl_slist* headers = nullptr;
  const absl::Cleanup freer = [&headers] { curl_slist_free_all(headers); };
  if (!options.token.empty() && target == origin) {
    headers =
        curl_slist_append(headers, absl::StrCat("Authorization: Bearer ", options.token).c_str());
  }
  const std::string range = absl::StrCat(get.from, "-");

  curl_easy_reset(curl);
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT, kConnectSeconds);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L);
  curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, static_cast<long>(options.stall_seconds));
  curl_easy_setopt(curl, CURLOPT_USERAGENT, options.user_agent.c_str());
  curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, details);
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
  curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, OnHeader);
  curl_easy_setopt(curl, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, OnBody);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &transfer);
  curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, OnProgress);
  curl_easy_setopt(curl, CURLOPT_XFERINFODATA, &transfer);
  if (get.from > 0) curl_easy_setopt(curl, CURLOPT_RANGE, range.c_str());
  if (!options.ca_file.empty()) curl_easy_setopt(curl, CURLOPT_CAINFO, options.ca_file.c_str());

  const CURLcode code = curl_easy_perform(curl);
  if (!transfer.status.ok()) return transfer.status;
  if (code != CURLE_OK) return TransferError(code, url, details);
  FN_RETURN_IF_ERROR(transfer.Begin());  // a body without bytes
  char* redirect = nullptr;
  curl_easy_getinfo(curl, CURLINFO_REDIRECT_URL, &redirect);
  *next = redirect != nullptr && IsRedirect(transfer.answer.status) ? redirect : "";
  return transfer.answer;
}

HttpClient::HttpClient(std::unique_ptr<State> state) : state_(std::move(state)) {}
HttpClient::~HttpClient() = default;

absl::StatusOr<std::unique_ptr<HttpClient>> HttpClient::Create(HttpClientOptions options) {
  InitCurl();
  auto state = std::make_unique<State>();
  FN_ASSIGN_OR_RETURN(state->origin, UrlOrigin(options.server));
  for (const char c : options.token) {
    if (!absl::ascii_isgraph(static_cast<unsigned char>(c))) {
      return absl::InvalidArgumentError("the token has a character that tokens don't have");
    }
  }
  if (!options.token.empty() && absl::StartsWith(state->origin, "http:") &&
      !IsLoopback(state->origin)) {
    return absl::InvalidArgumentError(
        absl::StrCat(options.server, " is not encrypted, so the token is not sent there; use ",
                     "https, or set no token"));
  }
  state->options = std::move(options);
  state->curl = curl_easy_init();
  if (state->curl == nullptr) return absl::InternalError("libcurl can't be initialised");
  return absl::WrapUnique(new HttpClient(std::move(state)));
}

absl::StatusOr<HttpAnswer> HttpClient::Get(const HttpGet& get) {
  std::string url = get.url;
  for (int hop = 0; hop <= kMaxRedirects; ++hop) {
    std::string next;
    FN_ASSIGN_OR_RETURN(HttpAnswer answer, state_->Once(get, url, &next));
    if (next.empty()) return answer;
    if (absl::StartsWithIgnoreCase(url, "https:") && !absl::StartsWithIgnoreCase(next, "https:")) {
      return absl::InvalidArgumentError(
          absl::StrCat(url, " redirects to ", next, ", which is not encrypted: not followed"));
    }
    url = std::move(next);
  }
  return absl::InvalidArgumentError(
      absl::StrCat(get.url, " redirects more than ", kMaxRedirects, " times"));
}

absl::StatusOr<std::string> UrlOrigin(const std::string& url) {
  InitCurl();
  CURLU* parsed = curl_url();
  char *scheme = nullptr, *host = nullptr, *port = nullptr;
  const absl::Cleanup freer = [&] {
    curl_free(scheme);
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(parsed);
  };
  if (curl_url_set(parsed, CURLUPART_URL, url.c_str(), 0) != CURLUE_OK ||
      curl_url_get(parsed, CURLUPART_SCHEME, &scheme, 0) != CURLUE_OK ||
      curl_url_get(parsed, CURLUPART_HOST, &host, 0) != CURLUE_OK ||
      curl_url_get(parsed, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) != CURLUE_OK) {
    return absl::InvalidArgumentError(absl::StrCat("\"", url, "\" is not a URL"));
  }
  const std::string name = absl::AsciiStrToLower(scheme);
  if (name != "http" && name != "https") {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", url, "\" is neither an https nor an http URL"));
  }
  return absl::StrCat(name, "://", absl::AsciiStrToLower(host), ":", port);
}

std::string PercentEncode(absl::string_view text, bool keep_slashes) {
  std::string out;
  for (const char c : text) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '.' || c == '_' ||
        c == '~' || (c == '/' && keep_slashes)) {
      out += c;
    } else {
      absl::StrAppend(&out, "%",
                      absl::AsciiStrToUpper(
                          absl::StrCat(absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2))));
    }
  }
  return out;
}

}  // namespace footnote::services
