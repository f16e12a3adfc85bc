#include "services/http/connection.h"

#include <poll.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/error.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "services/http/wire.h"
#include "services/trace_id.h"

namespace footnote::services {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using boost::system::error_code;
using Parser = http::request_parser<http::string_body>;

// Room for the headers and for one piece of a body. A chunk's own header line
// must fit too, which bounds its extensions.
constexpr size_t kReadBufferBytes = 128 << 10;
// A body beyond this takes one of the slots for large requests.
constexpr uint64_t kLargeBodyBytes = 64 << 10;
// What may wait to be written before a handler that streams has to wait.
constexpr size_t kMaxQueuedBytes = 1 << 20;
// What one write takes, so that write_timeout means progress.
constexpr size_t kWriteBytes = 256 << 10;
// After the last response the client may still be sending; reading on for a
// moment keeps the system from resetting the connection before the response
// has arrived.
constexpr size_t kMaxLingerBytes = 4 << 20;
constexpr auto kLingerTime = std::chrono::seconds(2);

std::chrono::nanoseconds Nanoseconds(absl::Duration d) { return absl::ToChronoNanoseconds(d); }

absl::string_view View(boost::beast::string_view s) { return {s.data(), s.size()}; }

// Whether the client has closed its side. Doesn't read, so that a request that
// was sent ahead stays in the socket.
bool PeerClosed(int fd) {
  pollfd p = {fd, POLLRDHUP, 0};
  return poll(&p, 1, 0) > 0 && (p.revents & (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)) != 0;
}

// What is wrong with how the request says where its body ends; "" if nothing.
// A proxy before this server that reads it differently would let one request
// hide in another.
std::string FramingError(const http::request<http::string_body>& message) {
  const auto count = [&](http::field name) {
    return std::distance(message.equal_range(name).first, message.equal_range(name).second);
  };
  if (count(http::field::content_length) > 1) return "more than one Content-Length";
  if (count(http::field::transfer_encoding) == 0) return "";
  if (count(http::field::content_length) > 0) return "both Content-Length and Transfer-Encoding";
  if (message.version() != 11) return "Transfer-Encoding in HTTP/1.0";
  if (count(http::field::transfer_encoding) > 1 ||
      !absl::EqualsIgnoreCase(View(message[http::field::transfer_encoding]), "chunked")) {
    return "a Transfer-Encoding other than chunked";
  }
  return "";
}

class ConnectionImpl : public Connection,
                       private StreamWriter,
                       public std::enable_shared_from_this<ConnectionImpl> {
 public:
  ConnectionImpl(asio::ip::tcp::socket socket, ConnectionHost* host, std::function<void()> on_end)
      : host_(host),
        on_end_(std::move(on_end)),
        stream_(std::move(socket)),
        heartbeat_(stream_.get_executor()),
        buffer_(kReadBufferBytes + static_cast<size_t>(host->http.max_header_bytes)) {}

  ~ConnectionImpl() override { on_end_(); }

  void ReadNext(absl::Duration wait);
  void Drain() override;
  void Abort() override;

 private:
  // Reading, on the server's thread.
  void OnFirstBytes(const error_code& error, size_t bytes);
  void ReadHeader();
  void OnHeader(const error_code& error);
  void ReadBody();
  void OnReadError(const error_code& error);
  bool TakeLargeSlot();
  void Dispatch();
  HttpRequest ToRequest();
  void Refuse(int status, absl::string_view code, absl::string_view message);

  // Working, on a worker's thread.
  static void Work(std::shared_ptr<ConnectionImpl> self);
  bool Gone() const;
  void Begin(const HttpResponse& head, absl::string_view filler) override;
  bool Send(absl::string_view bytes) override;
  bool begun() const override { return begun_; }
  std::string Frame(absl::string_view bytes) const;
  void Queue(std::string bytes);

  // Writing, on the server's thread.
  void Finish(const HttpResponse& response);
  void Enqueue(std::string bytes);
  void WriteSome();
  void OnWritten(const error_code& error, size_t bytes);
  void EndOfResponse();
  void ScheduleHeartbeat();
  void Break();
  void Linger();
  void LingerRead();
  void Close();

  ConnectionHost* const host_;
  const std::function<void()> on_end_;
  beast::tcp_stream stream_;
  asio::steady_timer heartbeat_;
  beast::flat_buffer buffer_;
  std::optional<Parser> parser_;

  bool waiting_ = false;  // for the first byte of a request
  bool large_ = false;    // holds a slot

  // Of the request in flight. Handed between the two threads with it.
  HttpRequest request_;
  bool working_ = false;  // a worker has it
  bool head_ = false;
  bool http10_ = false;
  bool keep_alive_ = false;
  bool begun_ = false;  // a stream
  bool finished_ = false;
  std::string filler_;
  int fd_ = -1;

  std::deque<std::string> out_;
  size_t out_offset_ = 0;  // of out_.front()
  bool writing_ = false;
  std::chrono::steady_clock::time_point last_write_;
  size_t lingered_ = 0;

  mutable std::mutex mu_;
  std::condition_variable room_;
  size_t queued_ = 0;
  std::atomic<bool> broken_{false};  // nothing can be written any more
};

void ConnectionImpl::ReadNext(absl::Duration wait) {
  if (host_->draining) return Linger();
  if (buffer_.size() > 0) return ReadHeader();
  waiting_ = true;
  stream_.expires_after(Nanoseconds(wait));
  stream_.async_read_some(buffer_.prepare(4096),
                          [self = shared_from_this()](const error_code& error, size_t bytes) {
                            self->OnFirstBytes(error, bytes);
                          });
}

void ConnectionImpl::OnFirstBytes(const error_code& error, size_t bytes) {
  waiting_ = false;
  if (error) return Close();
  buffer_.commit(bytes);
  ReadHeader();
}

void ConnectionImpl::ReadHeader() {
  parser_.emplace();
  parser_->header_limit(static_cast<uint32_t>(host_->http.max_header_bytes));
  parser_->body_limit(host_->limits.max_body_bytes);
  stream_.expires_after(Nanoseconds(host_->http.header_timeout));
  http::async_read_header(
      stream_, buffer_, *parser_,
      [self = shared_from_this()](const error_code& error, size_t) { self->OnHeader(error); });
}

void ConnectionImpl::OnHeader(const error_code& error) {
  if (error) return OnReadError(error);
  if (const std::string wrong = FramingError(parser_->get()); !wrong.empty()) {
    return Refuse(400, "INVALID_ARGUMENT", absl::StrCat("the request has ", wrong));
  }
  if (!TakeLargeSlot()) {
    return Refuse(503, "UNAVAILABLE",
                  "too many large requests at once (limits.max_concurrent_requests); try again");
  }
  if (parser_->is_done()) return Dispatch();
  if (!absl::EqualsIgnoreCase(View(parser_->get()[http::field::expect]), "100-continue")) {
    return ReadBody();
  }
  static constexpr absl::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";
  asio::async_write(stream_, asio::buffer(kContinue.data(), kContinue.size()),
                    [self = shared_from_this()](const error_code& write_error, size_t) {
                      write_error ? self->Close() : self->ReadBody();
                    });
}

bool ConnectionImpl::TakeLargeSlot() {
  const auto length = parser_->content_length();
  if (!parser_->chunked() && (!length || *length <= kLargeBodyBytes)) return true;
  if (host_->large_requests.fetch_add(1) < host_->limits.max_concurrent_requests) {
    large_ = true;
    return true;
  }
  host_->large_requests.fetch_sub(1);
  return false;
}

void ConnectionImpl::ReadBody() {
  stream_.expires_after(Nanoseconds(host_->http.body_timeout));
  http::async_read(stream_, buffer_, *parser_,
                   [self = shared_from_this()](const error_code& error, size_t) {
                     error ? self->OnReadError(error) : self->Dispatch();
                   });
}

void ConnectionImpl::OnReadError(const error_code& error) {
  if (error == http::error::body_limit) {
    return Refuse(413, "RESOURCE_EXHAUSTED",
                  absl::StrCat("the body is larger than ", host_->limits.max_body_bytes,
                               " bytes (limits.max_body_bytes)"));
  }
  if (error == http::error::header_limit) {
    return Refuse(431, "RESOURCE_EXHAUSTED",
                  absl::StrCat("the request's headers are larger than ",
                               host_->http.max_header_bytes, " bytes (http.max_header_bytes)"));
  }
  const bool malformed = error.category() == http::make_error_code(http::error{}).category() &&
                         error != http::error::end_of_stream &&
                         error != http::error::partial_message;
  if (!malformed) return Close();  // the client has gone, or was too slow
  Refuse(400, "INVALID_ARGUMENT", absl::StrCat("malformed HTTP request: ", error.message()));
}

void ConnectionImpl::Refuse(int status, absl::string_view code, absl::string_view message) {
  if (request_.trace_id.empty()) request_.trace_id = TraceIdOrNew("", "");
  head_ = false;
  keep_alive_ = false;
  Finish(host_->router->Refuse(request_, status, code, message));
}

HttpRequest ConnectionImpl::ToRequest() {
  http::request<http::string_body> message = parser_->release();
  HttpRequest request;
  request.method = std::string(View(message.method_string()));
  const std::string target(View(message.target()));
  const size_t question = target.find('?');
  request.path = target.substr(0, question);
  if (question != std::string::npos) request.query = target.substr(question + 1);
  for (const auto& field : message) {
    request.headers.emplace_back(absl::AsciiStrToLower(View(field.name_string())),
                                 std::string(View(field.value())));
  }
  request.body = std::move(message.body());
  request.trace_id = TraceIdOrNew(request.Header("x-trace-id"), request.Header("traceparent"));
  request.received = absl::Now();
  return request;
}

void ConnectionImpl::Dispatch() {
  stream_.expires_never();
  keep_alive_ = parser_->keep_alive() && !host_->draining;
  http10_ = parser_->get().version() == 10;
  request_ = ToRequest();
  parser_.reset();
  if (request_.path.empty() || request_.path[0] != '/') {
    return Refuse(400, "INVALID_ARGUMENT", "the request's target must begin with '/'");
  }
  head_ = request_.method == "HEAD";
  fd_ = static_cast<int>(stream_.socket().native_handle());
  request_.cancelled = [this] { return Gone(); };
  if (host_->router->IsQuick(request_)) return Finish(host_->router->Handle(request_, this));
  working_ = true;
  host_->run([self = shared_from_this()]() mutable { Work(std::move(self)); });
}

void ConnectionImpl::Work(std::shared_ptr<ConnectionImpl> self) {
  HttpResponse response = self->host_->router->Handle(self->request_, self.get());
  // The reference goes with the task, so that the connection ends on the
  // server's thread.
  const auto executor = self->stream_.get_executor();
  asio::post(executor, [self = std::move(self), response = std::move(response)] {
    self->working_ = false;
    self->Finish(response);
  });
}

bool ConnectionImpl::Gone() const {
  return broken_.load(std::memory_order_relaxed) ||
         host_->stopping.load(std::memory_order_relaxed) || PeerClosed(fd_);
}

void ConnectionImpl::Begin(const HttpResponse& head, absl::string_view filler) {
  begun_ = true;
  if (http10_) keep_alive_ = false;
  Queue(SerializeHead(head, http10_ ? Framing::kClose : Framing::kChunked, keep_alive_));
  asio::post(stream_.get_executor(),
             [self = shared_from_this(), piece = head_ ? "" : Frame(filler)]() mutable {
               self->filler_ = std::move(piece);
               self->ScheduleHeartbeat();
             });
}

bool ConnectionImpl::Send(absl::string_view bytes) {
  if (bytes.empty() || head_) return !broken_;
  std::unique_lock<std::mutex> lock(mu_);
  while (queued_ >= kMaxQueuedBytes && !broken_ && !host_->stopping) {
    room_.wait_for(lock, std::chrono::milliseconds(100));
  }
  lock.unlock();
  if (broken_) return false;
  Queue(Frame(bytes));
  return true;
}

std::string ConnectionImpl::Frame(absl::string_view bytes) const {
  return http10_ ? std::string(bytes) : Chunk(bytes);
}

void ConnectionImpl::Queue(std::string bytes) {
  {
    const std::lock_guard<std::mutex> lock(mu_);
    queued_ += bytes.size();
  }
  asio::post(stream_.get_executor(),
             [self = shared_from_this(), bytes = std::move(bytes)]() mutable {
               self->Enqueue(std::move(bytes));
             });
}

void ConnectionImpl::Finish(const HttpResponse& response) {
  finished_ = true;
  heartbeat_.cancel();
  std::string rest;
  if (!begun_) {
    rest = SerializeHead(response, Framing::kLength, keep_alive_);
    if (!head_) rest += response.body;
  } else if (!http10_ && !head_) {
    rest = kLastChunk;
  }
  if (!rest.empty()) {
    {
      const std::lock_guard<std::mutex> lock(mu_);
      queued_ += rest.size();
    }
    Enqueue(std::move(rest));
  }
  if (broken_) return Close();
  if (!writing_) EndOfResponse();
}

void ConnectionImpl::Enqueue(std::string bytes) {
  if (broken_) return;
  out_.push_back(std::move(bytes));
  if (!writing_) WriteSome();
}

void ConnectionImpl::WriteSome() {
  writing_ = true;
  const std::string& front = out_.front();
  const size_t bytes = std::min(kWriteBytes, front.size() - out_offset_);
  stream_.expires_after(Nanoseconds(host_->http.write_timeout));
  asio::async_write(stream_, asio::buffer(front.data() + out_offset_, bytes),
                    [self = shared_from_this()](const error_code& error, size_t written) {
                      self->OnWritten(error, written);
                    });
}

void ConnectionImpl::OnWritten(const error_code& error, size_t bytes) {
  writing_ = false;
  if (error || broken_) {
    Break();
    // A worker still uses the socket; its end closes it.
    if (!working_) Close();
    return;
  }
  last_write_ = std::chrono::steady_clock::now();
  stream_.expires_never();
  {
    const std::lock_guard<std::mutex> lock(mu_);
    queued_ -= bytes;
  }
  room_.notify_all();
  out_offset_ += bytes;
  if (out_offset_ == out_.front().size()) {
    out_.pop_front();
    out_offset_ = 0;
  }
  if (!out_.empty()) return WriteSome();
  if (finished_) EndOfResponse();
}

void ConnectionImpl::EndOfResponse() {
  if (large_) host_->large_requests.fetch_sub(1);
  large_ = false;
  begun_ = finished_ = false;
  request_ = {};
  parser_.reset();
  if (!keep_alive_) return Linger();
  ReadNext(host_->http.idle_timeout);
}

void ConnectionImpl::ScheduleHeartbeat() {
  if (finished_ || broken_ || filler_.empty()) return;
  heartbeat_.expires_after(Nanoseconds(host_->http.heartbeat));
  heartbeat_.async_wait([self = shared_from_this()](const error_code& error) {
    if (error || self->finished_ || self->broken_) return;
    const auto quiet = std::chrono::steady_clock::now() - self->last_write_;
    if (!self->writing_ && quiet >= Nanoseconds(self->host_->http.heartbeat) / 2) {
      self->Queue(self->filler_);
    }
    self->ScheduleHeartbeat();
  });
}

void ConnectionImpl::Break() {
  broken_ = true;
  if (!writing_) out_.clear();  // a write in flight still reads it
  heartbeat_.cancel();
  room_.notify_all();
}

void ConnectionImpl::Drain() {
  if (waiting_) Close();
}

void ConnectionImpl::Abort() {
  // A worker sees `stopping` within a step, and its client is told.
  if (!working_) Close();
}

void ConnectionImpl::Linger() {
  error_code ignored;
  stream_.socket().shutdown(asio::ip::tcp::socket::shutdown_send, ignored);
  if (ignored || host_->stopping) return Close();
  buffer_.clear();
  waiting_ = true;
  stream_.expires_after(kLingerTime);
  LingerRead();
}

void ConnectionImpl::LingerRead() {
  buffer_.clear();
  stream_.async_read_some(buffer_.prepare(65536),
                          [self = shared_from_this()](const error_code& error, size_t bytes) {
                            self->lingered_ += bytes;
                            if (error || self->lingered_ > kMaxLingerBytes) return self->Close();
                            self->LingerRead();
                          });
}

void ConnectionImpl::Close() {
  if (large_) host_->large_requests.fetch_sub(1);
  large_ = false;
  Break();
  stream_.close();
}

}  // namespace

std::shared_ptr<Connection> StartConnection(boost::asio::ip::tcp::socket socket,
                                            ConnectionHost* host, std::function<void()> on_end) {
  auto connection = std::make_shared<ConnectionImpl>(std::move(socket), host, std::move(on_end));
  connection->ReadNext(host->http.header_timeout);
  return connection;
}

}  // namespace footnote::services
