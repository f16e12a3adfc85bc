#ifndef FOOTNOTE_TESTS_SERVICES_HTTP_RAW_CLIENT_H_
#define FOOTNOTE_TESTS_SERVICES_HTTP_RAW_CLIENT_H_

#include <string>

#include "absl/strings/string_view.h"

namespace footnote::services {

// A TCP connection that sends exactly the bytes a test wants, also wrong ones.
class RawClient {
 public:
  // `address` is "127.0.0.1:PORT".
  explicit RawClient(const std::string& address);
  ~RawClient();

  // False when the server has closed the connection.
  bool Send(absl::string_view bytes);
  // Reads until the server closes, or `until` has arrived.
  std::string ReadAll();
  std::string ReadUntil(absl::string_view until);
  // One response with Content-Length, whole.
  std::string ReadResponse();
  void CloseWrite();
  void Close();

 private:
  int fd_ = -1;
  std::string unread_;
};

// The response to one request on a connection of its own.
std::string Exchange(const std::string& address, absl::string_view request);

// A GET or POST with the headers that a good client sends.
std::string Get(absl::string_view target, absl::string_view headers = "");
std::string Post(absl::string_view target, absl::string_view json, absl::string_view headers = "");

}  // namespace footnote::services

#endif  // FOOTNOTE_TESTS_SERVICES_HTTP_RAW_CLIENT_H_
