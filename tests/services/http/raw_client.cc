#include "tests/services/http/raw_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace footnote::services {

RawClient::RawClient(const std::string& address) {
  const size_t colon = address.rfind(':');
  sockaddr_in to = {};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<uint16_t>(std::atoi(address.c_str() + colon + 1)));
  inet_pton(AF_INET, address.substr(0, colon).c_str(), &to.sin_addr);
  fd_ = socket(AF_INET, SOCK_STREAM, 0);
  if (connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof(to)) != 0) Close();
}

RawClient::~RawClient() { Close(); }

void RawClient::Close() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

void RawClient::CloseWrite() { shutdown(fd_, SHUT_WR); }

bool RawClient::Send(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

std::string RawClient::ReadUntil(absl::string_view until) {
  std::string out = std::move(unread_);
  unread_.clear();
  char buffer[65536];
  while (until.empty() || !absl::StrContains(out, until)) {
    const ssize_t n = recv(fd_, buffer, sizeof(buffer), 0);
    if (n <= 0) return out;
    out.append(buffer, static_cast<size_t>(n));
  }
  const size_t end = out.find(std::string(until)) + until.size();
  unread_ = out.substr(end);
  out.resize(end);
  return out;
}

std::string RawClient::ReadAll() { return ReadUntil(""); }

std::string RawClient::ReadResponse() {
  std::string head = ReadUntil("\r\n\r\n");
  const size_t at = head.find("Content-Length: ");
  const size_t wanted =
      at == std::string::npos ? 0 : static_cast<size_t>(std::atoll(head.c_str() + at + 16));
  std::string body = std::move(unread_);
  char buffer[65536];
  while (body.size() < wanted) {
    const ssize_t n = recv(fd_, buffer, sizeof(buffer), 0);
    if (n <= 0) break;
    body.append(buffer, static_cast<size_t>(n));
  }
  unread_ = body.size() > wanted ? body.substr(wanted) : "";
  body.resize(std::min(body.size(), wanted));
  return head + body;
}

std::string Exchange(const std::string& address, absl::string_view request) {
  RawClient client(address);
  client.Send(request);
  return client.ReadResponse();
}

std::string Get(absl::string_view target, absl::string_view headers) {
  return absl::StrCat("GET ", target, " HTTP/1.1\r\nHost: localhost\r\n", headers, "\r\n");
}

std::string Post(absl::string_view target, absl::string_view json, absl::string_view headers) {
  return absl::StrCat("POST ", target,
                      " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                      "Content-Length: ",
                      json.size(), "\r\n", headers, "\r\n", json);
}

}  // namespace footnote::services
